import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A part of the stack that runs in a process of its own. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended: how, in words. */
  readonly ended: Promise<string>;
  /** Asks it to end; after `deadlineMs` it is killed. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `quiet`: standard output is dropped (Azurite's banner and access log); errors are always shown. */
  readonly quiet?: boolean;
}

/**
 * Starts a compiled module in its own process group: Ctrl-C in a terminal reaches the launcher alone, which then
 * stops the parts in the right order. A part notices by its closed IPC channel that the launcher has died.
 */
export function startChild(name: string, module: string, { args = [], env = {}, quiet = false }: ChildOptions): Child {
  const child: ChildProcess = spawn(process.execPath, ["--enable-source-maps", module, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", quiet ? "ignore" : "inherit", "inherit", "ipc"],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started: ${module}`);
  const ended = once(child, "exit").then(([code, signal]) =>
    code === null ? `ended by ${String(signal)}` : `exited with code ${String(code)}`,
  );
  messages.set(pid, child);
  return {
    name,
    pid,
    ended,
    stop: async (deadlineMs) => {
      child.kill("SIGTERM");
      const kill = setTimeout(() => {
        console.error(`${name} did not end within ${deadlineMs / 1000} s and is killed`);
        child.kill("SIGKILL");
      }, deadlineMs);
      await ended;
      clearTimeout(kill);
    },
  };
}

const messages = new Map<number, ChildProcess>();

/** Waits until a part says `{kind:"ready"}`; rejects with what it says of its failure, or with how it ended. */
export async function whenReady(child: Child): Promise<void> {
  const process = messages.get(child.pid);
  if (process === undefined) throw new Error(`${child.name} was not started here`);
  const said = new Promise<void>((resolve, reject) => {
    process.on("message", (message: unknown) => {
      const { kind, message: reason } = message as { kind?: unknown; message?: unknown };
      if (kind === "ready") resolve();
      if (kind === "failed") reject(new Error(`${child.name}: ${String(reason)}`));
    });
  });
  await Promise.race([
    said,
    child.ended.then((how) => {
      throw new Error(`${child.name} ${how} while starting; its reason is printed above`);
    }),
  ]);
}
