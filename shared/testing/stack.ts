import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePorts } from "./free-ports.js";

/** The whole local stack, started as `npm start` starts it, on free ports and with a data folder of its own. */
export interface Stack {
  readonly app: string;
  /** The same over TLS, with `--https`. */
  readonly secureApp: string;
  readonly identityUrl: string;
  readonly mailboxUrl: string;
  readonly storagePort: number;
  readonly azuritePort: number;
  readonly port: number;
  readonly dataFolder: string;
  /** Milliseconds from the start of the process to its line "Vigil is ready". */
  readonly startedInMs: number;
  /** Everything printed so far. */
  output(): string;
  /** The launcher and all processes below it. */
  processes(): Promise<readonly StackProcess[]>;
  /** Settles with its exit code when it has ended, of itself or not. */
  readonly ended: Promise<number | null>;
  /** Ends it with a signal and waits; answers the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Removes the data folder. */
  remove(): Promise<void>;
}

export interface StackProcess {
  readonly pid: number;
  readonly command: string;
  readonly rssBytes: number;
}

export interface StackOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An existing data folder, for a second start. */
  readonly dataFolder?: string;
}

const repository = resolve(fileURLToPath(import.meta.url).replace(/[/\\]dist[/\\]/, "/"), "../../..");
const readyDeadlineMs = 60_000;

/** @throws with everything it printed, when it ends instead of getting ready */
export async function startStack({ args = [], env = {}, dataFolder }: StackOptions = {}): Promise<Stack> {
  const port = await findFreePorts(11);
  const storagePort = port + 1;
  const azuritePort = port + 4;
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), "vigil-stack-")));
  const startedAt = performance.now();
  const launcher = spawnLauncher(
    [
      ...["--port", port, "--storage-port", storagePort, "--azurite-port", azuritePort],
      ...["--identity-port", port + 7, "--https-port", port + 8, "--data", folder],
      ...["--mailbox-port", port + 9, "--smtp-port", port + 10],
      ...args,
    ].map(String),
    env,
  );
  const exited = once(launcher.process, "exit");
  const deadline = setTimeout(() => launcher.process.kill("SIGTERM"), readyDeadlineMs);
  await Promise.race([launcher.printed("Vigil is ready"), exited]);
  clearTimeout(deadline);
  if (launcher.process.exitCode !== null) throw new Error(`the stack ended while starting:\n${launcher.output()}`);
  return {
    app: `http://127.0.0.1:${port}`,
    secureApp: `https://127.0.0.1:${port + 8}`,
    identityUrl: `https://127.0.0.1:${port + 7}`,
    mailboxUrl: `http://127.0.0.1:${port + 9}`,
    storagePort,
    azuritePort,
    port,
    dataFolder: folder,
    startedInMs: performance.now() - startedAt,
    output: launcher.output,
    processes: () => processesBelow(launcher.process.pid ?? 0),
    ended: exited.then(() => launcher.process.exitCode),
    stop: async (signal = "SIGINT") => {
      launcher.process.kill(signal);
      await exited;
      return launcher.process.exitCode;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs the launcher until it ends; for starts that are to fail. */
export async function runLauncher(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const launcher = spawnLauncher(args, env);
  await once(launcher.process, "exit");
  return { exitCode: launcher.process.exitCode, output: launcher.output() };
}

function spawnLauncher(args: readonly string[], env: Readonly<Record<string, string>>) {
  const process_: ChildProcess = spawn(process.execPath, [join(repository, "dist/infra/local/start.js"), ...args], {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [process_.stdout, process_.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (printed += chunk));
  }
  return {
    process: process_,
    output: () => printed,
    printed: async (text: string) => {
      while (!printed.includes(text)) await new Promise((resolve) => setTimeout(resolve, 10));
    },
  };
}

async function processesBelow(root: number): Promise<readonly StackProcess[]> {
  const ps = spawn("ps", ["-eo", "pid=,ppid=,rss=,args="], { stdio: ["ignore", "pipe", "inherit"] });
  let listing = "";
  ps.stdout.setEncoding("utf8").on("data", (chunk: string) => (listing += chunk));
  await once(ps, "close");
  const all = listing
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, rss, command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      rssBytes: Number(rss) * 1024,
      command: command ?? "",
    }));
  const found = all.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found.map(({ pid, command, rssBytes }) => ({ pid, command, rssBytes }));
}
