import { createServer } from "node:net";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { appEnvironment } from "./app-environment.js";
import { startChild, type Child } from "./child.js";
import { defaultRetentionDays, setAnalyticsOnFirstStart } from "./first-start.js";
import { help, parseStartOptions, portsToOpen, type StartOptions } from "./start-options.js";
import { connectionString, parseStorageAccounts, type StorageAccount } from "./storage-accounts.js";

/** How long each part may take to finish what it has begun, in milliseconds. */
const stopDeadlineMs = 15_000;
/** Ctrl-C reaches this process twice when npm is in the foreground: once from the terminal, once from npm. */
const sameCtrlCMs = 1_000;
const healthDeadlineMs = 60_000;

const startedAt = performance.now();
const appFolder = resolve(fileURLToPath(import.meta.url), "../../../..");
const compiled = (module: string) => join(appFolder, "dist", "infra", "local", module);

const parsed = parseStartOptions(process.argv.slice(2));
if (parsed.kind === "help") {
  console.log(help);
} else if (parsed.kind === "invalid") {
  console.error(`${parsed.message}\n\n${help}`);
  process.exitCode = 2;
} else {
  await run(parsed.options);
}

async function run(options: StartOptions): Promise<void> {
  /** In the order in which they started; stopped in reverse, so that storage goes last. */
  const running: Child[] = [];
  const stopping = stopOnSignal(running);
  const start = (...args: Parameters<typeof startChild>): Child => {
    const child = startChild(...args);
    running.push(child);
    void child.ended.then((how) => stopping.because(`${child.name} ${how}`));
    return child;
  };
  try {
    const accounts = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
    await refuseBusyPorts(options);
    await mkdir(options.data, { recursive: true });
    const azurite = start("Azurite", compiled("azurite/main.js"), { args: azuriteArguments(options), quiet: true });
    await azurite.whenReady();
    await announceAnalytics(options, accounts);

    const gateway = start("storage gateway", compiled("storage-gateway/main.js"), {
      args: ["--storage-port", String(options.storagePort), "--azurite-port", String(options.azuritePort)],
    });
    const host = start("functions host", compiled("functions-host/main.js"), {
      args: ["--app", appFolder, "--port", String(options.port)],
      env: appEnvironment(process.env, await localSettings(), accounts, options.azuritePort),
    });
    await Promise.all([gateway.whenReady(), host.whenReady()]);
    await untilHealthy(options.port);
    console.log(welcome(options, accounts, performance.now() - startedAt));
  } catch (error) {
    if (stopping.begun) return;
    await stopping.because(error instanceof Error ? error.message : String(error));
  }
}

/** Stops every part once, for a signal or for a reason; a second Ctrl-C ends it now. */
function stopOnSignal(running: readonly Child[]) {
  let begunAt: number | undefined;
  const stop = async (reason: string, exitCode: number): Promise<void> => {
    if (begunAt !== undefined) return;
    begunAt = performance.now();
    console.log(exitCode === 0 ? `\n${reason}: stopping (once more ends it at once)` : `Stopping: ${reason}`);
    const [storage, ...rest] = running;
    await Promise.all(rest.map((child) => child.stop(stopDeadlineMs)));
    await storage?.stop(stopDeadlineMs);
    if (exitCode === 0) console.log("Stopped; everything logged is stored.");
    process.exit(exitCode);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (begunAt !== undefined && performance.now() - begunAt > sameCtrlCMs) process.exit(130);
      void stop(signal === "SIGINT" ? "Ctrl-C" : signal, 0);
    });
  }
  return {
    get begun() {
      return begunAt !== undefined;
    },
    because: (reason: string) => stop(reason, 1),
  };
}

async function refuseBusyPorts(options: StartOptions): Promise<void> {
  for (const { port, option } of portsToOpen(options)) {
    const reason = await new Promise<string | undefined>((resolve) => {
      const probe = createServer();
      probe.once("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code === "EADDRINUSE" ? "is in use" : `cannot be opened (${String(error.code)})`);
      });
      probe.listen(port, "127.0.0.1", () =>
        probe.close(() => {
          resolve(undefined);
        }),
      );
    });
    if (reason !== undefined) {
      throw new Error(`port ${port} ${reason}; choose another with: npm start -- ${option} N`);
    }
  }
}

function azuriteArguments({ azuritePort, data }: StartOptions): string[] {
  const services = ["blob", "queue", "table"].flatMap((service, offset) => [
    `--${service}Host`,
    "127.0.0.1",
    `--${service}Port`,
    String(azuritePort + offset),
  ]);
  return [...services, "--location", join(data, "azurite"), "--skipApiVersionCheck", "--disableTelemetry", "--silent"];
}

async function announceAnalytics(options: StartOptions, accounts: readonly StorageAccount[]): Promise<void> {
  const connected = accounts.map((account) => ({
    name: account.name,
    connection: connectionString(account, options.azuritePort),
  }));
  const fresh = await setAnalyticsOnFirstStart(options.data, connected, options.analytics);
  if (fresh.length === 0) return;
  console.log(
    options.analytics
      ? `Storage Analytics switched on for ${fresh.join(", ")}: logging, hour and minute metrics with APIs, kept ${defaultRetentionDays} days (--no-analytics leaves it off)`
      : `Storage Analytics left off for ${fresh.join(", ")}; switch it on with Set Blob, Queue or Table Service Properties`,
  );
}

async function localSettings(): Promise<Readonly<Record<string, string>>> {
  const file = join(appFolder, "local.settings.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`reading ${file}`, { cause: error });
  }
  // what is wrong with its content is the functions host's to say
  const { Values } = JSON.parse(text) as { Values?: Record<string, string> };
  return Values ?? {};
}

async function untilHealthy(port: number): Promise<void> {
  const deadline = performance.now() + healthDeadlineMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    const body = await response.text();
    if (response.ok) return;
    if (performance.now() > deadline) throw new Error(`/health still answers ${response.status}: ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function welcome(options: StartOptions, accounts: readonly StorageAccount[], milliseconds: number): string {
  const app = `http://127.0.0.1:${options.port}`;
  const service = (offset: number, name: string) => `http://127.0.0.1:${options.storagePort + offset}/${name}`;
  return [
    "",
    `Vigil is ready (${(milliseconds / 1000).toFixed(1)} s). Data: ${resolve(options.data)}`,
    "",
    ...accounts.flatMap(({ name }) => [
      `  Storage account ${name}, every request logged`,
      `    blob   ${service(0, name)}`,
      `    queue  ${service(1, name)}`,
      `    table  ${service(2, name)}`,
      `    what it recorded: ${app}/storage-analytics/${name}`,
      `    its requests:     ${app}/storage-analytics/${name}/blob/requests`,
    ]),
    `  Health ${app}/health    API ${app}/openapi.json`,
    "",
    options.storagePort === 10000
      ? "Programs that say UseDevelopmentStorage=true are logged as they are. Try: npm run demo"
      : `Programs find it as ${connectionString(accounts[0] ?? { name: "", key: "" }, options.storagePort).replace(/AccountKey=[^;]*/, "AccountKey=…")}. Try: npm run demo -- --storage-port ${options.storagePort} --port ${options.port}`,
    "Ctrl-C stops everything.",
  ].join("\n");
}
