import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { emulatorAccount, type StorageAccount } from "../../infra/local/storage-accounts.js";

export type AzuriteOptions = {
  /** Accounts besides `devstoreaccount1`, which is always there. */
  readonly accounts?: readonly StorageAccount[];
  /** Folder that outlives `stop()`. Without one everything is in memory and a stop forgets it. */
  readonly dataFolder?: string;
  /** Fixed ports; 0 (the default) takes a free one. */
  readonly blobPort?: number;
  readonly queuePort?: number;
  readonly tablePort?: number;
  /** More command line options, such as `--oauth basic`. */
  readonly extraArguments?: readonly string[];
};

/** A running emulator. After `stop()`, `start()` brings it back on the same ports (and data, with a data folder). */
export type Azurite = {
  readonly blobPort: number;
  readonly queuePort: number;
  readonly tablePort: number;
  readonly accounts: readonly StorageAccount[];
  /** Connection string of an account (default `devstoreaccount1`); throws for one that it was not given. */
  connectionString(account?: string): string;
  /** Freezes the process (connections are accepted by the kernel and never answered) until `resume()`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
};

const startDeadlineMs = 20_000;
const stopDeadlineMs = 5_000;

type Ports = { blob: number; queue: number; table: number };

/** Starts the real emulator in a process of its own and waits until all three services listen. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const accounts = [emulatorAccount, ...(options.accounts ?? [])];
  const ports: Ports = { blob: options.blobPort ?? 0, queue: options.queuePort ?? 0, table: options.tablePort ?? 0 };
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    if (child !== undefined) return;
    const launched = launch(options, accounts, ports);
    try {
      Object.assign(ports, await listening(launched));
    } catch (error) {
      launched.kill("SIGKILL");
      throw error;
    }
    child = launched;
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGCONT");
    running.kill("SIGTERM");
    // it waits for idle keep-alive connections, which tests have no reason to wait for
    const hard = setTimeout(() => running.kill("SIGKILL"), stopDeadlineMs);
    await gone;
    clearTimeout(hard);
  };

  await start();
  return {
    blobPort: ports.blob,
    queuePort: ports.queue,
    tablePort: ports.table,
    accounts,
    connectionString: (name = emulatorAccount.name) => {
      const account = accounts.find((each) => each.name === name);
      if (account === undefined) throw new Error(`Azurite was not started with an account named ${name}`);
      return connectionString(account, ports);
    },
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    stop,
    start,
  };
}

function launch(options: AzuriteOptions, accounts: readonly StorageAccount[], ports: Ports): ChildProcess {
  const script = createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
  const storage = options.dataFolder === undefined ? ["--inMemoryPersistence"] : ["--location", options.dataFolder];
  return spawn(
    process.execPath,
    [
      script,
      ...storage,
      "--skipApiVersionCheck",
      "--disableTelemetry",
      "--silent",
      ...["--blobPort", String(ports.blob), "--queuePort", String(ports.queue), "--tablePort", String(ports.table)],
      ...(options.extraArguments ?? []),
    ],
    {
      cwd: options.dataFolder ?? tmpdir(),
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, AZURITE_ACCOUNTS: accounts.map(({ name, key }) => `${name}:${key}`).join(";") },
    },
  );
}

/** The three ports, once the emulator has printed them all. */
async function listening(child: ChildProcess): Promise<Ports> {
  return await new Promise((resolve, reject) => {
    let output = "";
    const deadline = setTimeout(() => {
      reject(new Error(`Azurite did not listen within ${startDeadlineMs} ms:\n${output}`));
    }, startDeadlineMs);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const port = (service: string): number =>
        Number(new RegExp(`${service} service is successfully listening at \\S+:(\\d+)`).exec(output)?.[1]);
      const ports = { blob: port("Blob"), queue: port("Queue"), table: port("Table") };
      if (Object.values(ports).some(Number.isNaN)) return;
      clearTimeout(deadline);
      resolve(ports);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(deadline);
      reject(new Error(`Azurite ended with code ${code ?? "?"} before it listened:\n${output}`));
    });
  });
}

function connectionString({ name, key }: StorageAccount, ports: Ports): string {
  const endpoint = (port: number): string => `http://127.0.0.1:${port}/${name}`;
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${name}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${endpoint(ports.blob)}`,
    `QueueEndpoint=${endpoint(ports.queue)}`,
    `TableEndpoint=${endpoint(ports.table)}`,
  ].join(";");
}
