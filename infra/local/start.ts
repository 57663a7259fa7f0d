import { createServer } from "node:net";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { services, type Service } from "../../shared/storage-analytics/log-entry.js";
import { appEnvironment } from "./app-environment.js";
import { startChild, type Child } from "./child.js";
import { claimDataFolder } from "./data-folder.js";
import { defaultRetentionDays, setAnalyticsOnFirstStart } from "./first-start.js";
import { readLocalSettings } from "./functions-host/config/local-settings.js";
import { help, parseStartOptions, portsToOpen, type StartOptions } from "./start-options.js";
import { connectionString, parseStorageAccounts, type StorageAccount } from "./storage-accounts.js";
import { parseGatewaySettings } from "./storage-gateway/gateway-arguments.js";

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
    // everything that can be wrong is looked at before anything is started or changed
    const settings = { ...(await localSettings()), ...process.env };
    const accounts = parseStorageAccounts(settings["AZURITE_ACCOUNTS"]);
    const gatewayArguments = gatewayArgumentsOf(options);
    parseGatewaySettings(gatewayArguments, settings);
    await refuseBusyPorts(options);
    stopping.finally(await claimDataFolder(options.data));

    const env = forStorage(settings);
    const azurite = start("Azurite", compiled("azurite/main.js"), {
      args: azuriteArguments(options),
      env,
      quiet: true,
    });
    await azurite.whenReady();
    await announceAnalytics(options, accounts);

    const gateway = start("storage gateway", compiled("storage-gateway/main.js"), { args: gatewayArguments, env });
    const host = start("functions host", compiled("functions-host/main.js"), {
      args: ["--app", appFolder, "--port", String(options.port)],
      env: appEnvironment(settings, accounts, options),
    });
    await Promise.all([gateway.whenReady(), host.whenReady()]);
    await untilHealthy(options.port);
    console.log(await welcome(options, accounts));
  } catch (error) {
    if (stopping.begun) return;
    await stopping.because(error instanceof Error ? error.message : String(error));
  }
}

/** Stops every part once, for a signal or for a reason; a second Ctrl-C ends it now. */
function stopOnSignal(running: readonly Child[]) {
  let begunAt: number | undefined;
  let release = (): Promise<void> => Promise.resolve();
  const stop = async (reason: string, exitCode: number): Promise<void> => {
    if (begunAt !== undefined) return;
    begunAt = performance.now();
    console.log(exitCode === 0 ? `\n${reason}: stopping (once more ends it at once)` : `Stopping: ${reason}`);
    const [storage, ...rest] = running;
    await Promise.all(rest.map((child) => child.stop(stopDeadlineMs)));
    await storage?.stop(stopDeadlineMs);
    await release();
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
    /** Done last, when every part has ended. */
    finally: (last: () => Promise<void>) => {
      release = last;
    },
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

function gatewayArgumentsOf({ storagePort, azuritePort }: StartOptions): string[] {
  return ["--storage-port", String(storagePort), "--azurite-port", String(azuritePort)];
}

/** The settings of Azurite and the gateway, which read their environment alone. */
function forStorage(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ["AZURITE_ACCOUNTS", "VIGIL_LOG_FLUSH_SECONDS"];
  return Object.fromEntries(names.map((name) => [name, settings[name] ?? ""]));
}

async function localSettings(): Promise<Readonly<Record<string, string>>> {
  const file = join(appFolder, "local.settings.json");
  try {
    return readLocalSettings(await readFile(file, "utf8")).values;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
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

async function welcome(options: StartOptions, accounts: readonly StorageAccount[]): Promise<string> {
  const app = `http://127.0.0.1:${options.port}`;
  const described = await Promise.all(
    accounts.map(async ({ name }) => {
      const logged = await loggedKinds(`${app}/storage-analytics/${name}`);
      return [
        `  Storage account ${name}`,
        ...services.map((service, offset) => {
          const url = `http://127.0.0.1:${options.storagePort + offset}/${name}`;
          return `    ${service.padEnd(6)} ${url}  ${logged?.[service] ?? ""}`.trimEnd();
        }),
        `    what it recorded: ${app}/storage-analytics/${name}`,
        `    its requests:     ${app}/storage-analytics/${name}/blob/requests`,
      ];
    }),
  );
  const [first] = accounts;
  const elsewhere =
    first === undefined ? "" : connectionString(first, options.storagePort).replace(/AccountKey=[^;]*/, "AccountKey=…");
  return [
    "",
    `Vigil is ready (${((performance.now() - startedAt) / 1000).toFixed(1)} s). Data: ${resolve(options.data)}`,
    "",
    ...described.flat(),
    `  Health ${app}/health    API ${app}/openapi.json`,
    "",
    options.storagePort === 10000
      ? "Programs that say UseDevelopmentStorage=true are logged as they are. Try: npm run demo"
      : `Programs find it as ${elsewhere}. Try: npm run demo -- --storage-port ${options.storagePort} --port ${options.port}`,
    "Ctrl-C stops everything.",
  ].join("\n");
}

/** What each service logs, in words; undefined where the app does not let this launcher ask. */
async function loggedKinds(overview: string): Promise<Readonly<Record<Service, string>> | undefined> {
  const response = await fetch(overview);
  if (!response.ok) return undefined;
  const answer = (await response.json()) as {
    readonly services: Readonly<Record<Service, { readonly logging: Readonly<Record<string, unknown>> }>>;
  };
  const words = services.map((service) => {
    const { logging } = answer.services[service];
    const kinds = ["read", "write", "delete"].filter((kind) => logging[kind] === true);
    return [service, kinds.length === 0 ? "(not logged)" : `(logged: ${kinds.join(", ")})`];
  });
  return Object.fromEntries(words) as Record<Service, string>;
}
