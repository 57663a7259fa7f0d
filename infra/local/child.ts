import { spawn } from "node:child_process";
import { once } from "node:events";

/** A part of the stack that runs in a process of its own. */
export interface Child {
  readonly name: string;
  /** Settles when the process has ended: how, in words. */
  readonly ended: Promise<string>;
  /** What the part says with `{kind:"ready", …}`; rejects with its `{kind:"failed", message}`, or with how it ended. */
  whenReady(): Promise<Readonly<Record<string, unknown>>>;
  /** Asks it to end; after `deadlineMs` it is killed. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  /** For Node itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Drops standard output (Azurite's banner); errors are always shown. */
  readonly quiet?: boolean;
}

/**
 * Starts a compiled module in its own process group: Ctrl-C in a terminal reaches the launcher alone, which then
 * stops the parts in the right order. A part notices by its closed IPC channel that the launcher has died.
 */
export function startChild(name: string, module: string, options: ChildOptions): Child {
  const { args = [], nodeFlags = [], env = {}, quiet = false } = options;
  const child = spawn(process.execPath, ["--enable-source-maps", ...nodeFlags, module, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", quiet ? "ignore" : "inherit", "inherit", "ipc"],
    detached: true,
  });
  const ended = once(child, "exit").then(([code, signal]) =>
    code === null ? `was ended by ${String(signal)}` : `exited with code ${String(code)}`,
  );
  const said = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
    child.once("message", (message) => {
      resolve(message as Readonly<Record<string, unknown>>);
    });
  });
  return {
    name,
    ended,
    whenReady: async () => {
      const first = await Promise.race([said, ended]);
      if (typeof first === "string") throw new Error(`${name} ${first} while starting; its reason is printed above`);
      if (first["kind"] !== "ready") throw new Error(`${name}: ${String(first["message"])}`);
      return first;
    },
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
