import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The compiled app on the local functions host, in a process of its own. */
export interface AppHost {
  /** `http://127.0.0.1:<port>` without a slash at the end. */
  readonly url: string;
  /** Everything printed so far. */
  output(): string;
  /** Runs a timer now. */
  runTimer(name: string): Promise<void>;
  /** Ends it as Ctrl-C does, or at once. */
  stop(signal?: "SIGINT" | "SIGKILL"): Promise<void>;
}

const repository = resolve(fileURLToPath(import.meta.url).replace(/[/\\]dist[/\\]/, "/"), "../../..");
const readyDeadlineMs = 30_000;

/** Settings that keep what the test's own shell has from reaching the app. */
const clean = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(VIGIL_|AzureWebJobs|WEBSITE_)/.test(name)));

export interface AppHostOptions {
  /** After this time a killed instance's messages come back. Default: that of the host. */
  readonly receiveLeaseSeconds?: number;
}

/**
 * Starts the app (`npm run build` has compiled it) on a free port, with these settings and no others of Vigil's.
 * @throws Error with the reason if the host refuses to start
 */
export async function startAppHost(
  settings: Readonly<Record<string, string>>,
  { receiveLeaseSeconds }: AppHostOptions = {},
): Promise<AppHost> {
  const script = resolve(repository, "dist/infra/local/functions-host/main.js");
  const lease = receiveLeaseSeconds === undefined ? [] : ["--receive-lease-seconds", receiveLeaseSeconds.toString()];
  const options = ["--app", repository, "--port", "0", "--drain-seconds", "5", ...lease];
  const child = spawn(process.execPath, [script, ...options], {
    env: { ...clean(process.env), ...settings },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const exited = once(child, "exit");
  const deadline = setTimeout(() => child.kill("SIGKILL"), readyDeadlineMs);
  const started = await Promise.race([once(child, "message"), exited.then(() => undefined)]);
  clearTimeout(deadline);
  const message = started?.[0] as { kind: "ready"; url: string } | { kind: "failed"; message: string } | undefined;
  if (message?.kind !== "ready") {
    await exited;
    throw new Error(`the app did not start: ${message?.message ?? output}`);
  }
  const url = message.url.replace(/\/$/, "");
  return {
    url,
    output: () => output,
    runTimer: async (name) => {
      const options = { method: "POST", body: '{"input":""}', headers: { "content-type": "application/json" } };
      const response = await fetch(`${url}/admin/functions/${name}`, options);
      if (response.status !== 202) throw new Error(`running ${name} answered ${response.status}`);
    },
    stop: async (signal = "SIGINT") => {
      child.kill(signal);
      await exited;
    },
  };
}
