import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "./until.js";

const repository = resolve(import.meta.dirname, "../..");
const hostScript = join(repository, "dist/infra/local/functions-host/main.js");
const startDeadlineMs = 20_000;

export type HostProcessOptions = {
  readonly appFolder: string;
  /** Connection string for `AzureWebJobsStorage`. */
  readonly storage?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Command line options besides `--app` and `--port 0`. */
  readonly options?: readonly string[];
};

/** A functions host in a process of its own. */
export type HostProcess = {
  readonly url: string;
  /** With `--https-port`. */
  readonly secureUrl: string | undefined;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Asks it to drain; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
};

/** Starts the compiled host (`npm run build` first) and waits until it is ready; throws with its output when it fails. */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const { child, output } = spawnHost(options);
  const deadline = setTimeout(() => child.kill("SIGKILL"), startDeadlineMs);
  const message = await firstMessage(child);
  clearTimeout(deadline);
  if (message?.kind !== "ready") {
    child.kill("SIGKILL");
    throw new Error(`the host did not start: ${message?.message ?? "no message"}\n${output()}`);
  }
  const ended = once(child, "exit");
  return {
    url: message.url ?? "",
    secureUrl: message.secureUrl,
    process: child,
    output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const [code] = (await ended) as [number | null];
      return code;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Starts a host that is expected to refuse; resolves with what it said and its exit code. */
export async function startRefused(
  options: HostProcessOptions,
): Promise<{ readonly message: string; readonly exitCode: number | null; readonly output: string }> {
  const { child, output } = spawnHost(options);
  const deadline = setTimeout(() => child.kill("SIGKILL"), startDeadlineMs);
  const ended = once(child, "exit");
  const message = await firstMessage(child);
  if (message?.kind === "ready") child.kill("SIGKILL");
  const [exitCode] = (await ended) as [number | null];
  clearTimeout(deadline);
  return { message: message?.message ?? message?.kind ?? "", exitCode, output: output() };
}

/** Writes an app into a folder of its own that finds this repository's packages. */
export async function createApp(
  files: Readonly<Record<string, string | object>>,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "vigil-app-"));
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  const complete = {
    "package.json": { name: "app-under-test", type: "module", main: "app.js" },
    "host.json": { version: "2.0", extensionBundle: { id: "b", version: "[4.*, 5.0.0)" } },
    ...files,
  };
  for (const [name, content] of Object.entries(complete)) {
    await writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Asks until a condition holds; throws with `what` when the deadline passes first. */
export const eventually = <T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 15_000,
): Promise<T> => until(what, condition, deadlineMs);

type Message = { readonly kind: string; readonly url?: string; readonly secureUrl?: string; readonly message?: string };

function spawnHost(options: HostProcessOptions): { child: ChildProcess; output: () => string } {
  const child = fork(hostScript, ["--app", options.appFolder, "--port", "0", ...(options.options ?? [])], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, TZ: "UTC", AzureWebJobsStorage: options.storage, ...options.environment },
  });
  let text = "";
  const read = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  return { child, output: () => text };
}

async function firstMessage(child: ChildProcess): Promise<Message | undefined> {
  return await new Promise((resolve) => {
    child.once("message", (message) => {
      resolve(message as Message);
    });
    child.once("exit", () => {
      resolve(undefined);
    });
  });
}
