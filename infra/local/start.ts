import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { appEnvironment } from "./app-environment.js";
import { startChild, type Child } from "./child.js";
import { claimDataFolder } from "./data-folder.js";
import { defaultRetentionDays, setAnalyticsOnFirstStart } from "./first-start.js";
import { readLocalSettings } from "./functions-host/config/local-settings.js";
import { help, parseStartOptions, portsToOpen, type StartOptions } from "./start-options.js";
import { HostRestarts } from "./host-restarts.js";
import { accessEnvironment } from "./identity/access-environment.js";
import { openKeySecret } from "./key-secret.js";
import { azuriteTls, gatewayTls, hostTls, openLocalTrust, type LocalTrust } from "./local-trust.js";
import { connectionString, parseStorageAccounts, type StorageAccount } from "./storage-accounts.js";
import { gatewayNodeFlags, parseGatewaySettings } from "./storage-gateway/gateway-arguments.js";
import { welcome } from "./welcome.js";
import { readIfThere } from "./whole-file.js";

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
    const localSettings = readLocalSettings(await readIfThere(join(appFolder, "local.settings.json")));
    const settings = { ...localSettings.values, ...process.env };
    const accounts = parseStorageAccounts(settings["AZURITE_ACCOUNTS"]);
    const gatewayArguments = gatewayArgumentsOf(options);
    parseGatewaySettings(gatewayArguments, settings);
    await refuseBusyPorts(options);
    stopping.finally(await claimDataFolder(options.data));

    const startAzurite = (trust?: LocalTrust): Child =>
      start("Azurite", compiled("azurite/main.js"), {
        args: [...azuriteArguments(options), ...(trust === undefined ? [] : azuriteTls(trust))],
        env: { ...forStorage(settings), ...trust?.environment },
        quiet: true,
      });
    // nothing of TLS may hold up a start without it: certificates are opened while Azurite gets ready
    const early = options.https ? undefined : startAzurite();
    const trust = await openLocalTrust(options.data, process.env["NODE_EXTRA_CA_CERTS"]);
    const azurite = early ?? startAzurite(trust);
    const identity = start("identity provider", compiled("identity/main.js"), {
      args: ["--port", String(options.identityPort), "--data", options.data],
    });
    const mailbox = start("mailbox", compiled("mailbox/main.js"), {
      args: ["--port", String(options.mailboxPort), "--smtp-port", String(options.smtpPort)],
    });
    await azurite.whenReady();
    await announceAnalytics(options, accounts, trust);
    const identityUrl = String((await identity.whenReady())["url"]);
    const inbox = await mailbox.whenReady();
    const mailboxUrl = String(inbox["url"]);

    const gateway = start("storage gateway", compiled("storage-gateway/main.js"), {
      args: [...gatewayArguments, ...(options.https ? gatewayTls(trust, identityUrl) : [])],
      nodeFlags: gatewayNodeFlags,
      env: { ...forStorage(settings), ...(options.https && trust.environment) },
    });
    const access = accessEnvironment(identityUrl, await openKeySecret(options.data));
    const alerts = alertEnvironment(options, Number(inbox["smtpPort"]));
    const startHost = (): Child =>
      startChild("functions host", compiled("functions-host/main.js"), {
        args: ["--app", appFolder, "--port", String(options.port), ...(options.https ? hostTls(options, trust) : [])],
        env: { ...appEnvironment(settings, accounts, options, { ...access, ...alerts }), ...trust.environment },
      });
    await Promise.all([gateway.whenReady(), keepRunning(startHost, running, stopping)]);
    await untilHealthy(options.port);
    console.log(await welcome({ options, accounts, identityUrl, mailboxUrl, trust, startedAt }));
  } catch (error) {
    if (stopping.begun) return;
    await stopping.because(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Starts the functions host, and starts it again when it ends of itself: app and host share a process, so an error that
 * ends the real host's worker ends it. @returns when the first one is ready
 */
async function keepRunning(startHost: () => Child, running: Child[], stopping: Stopping): Promise<void> {
  const restarts = new HostRestarts();
  const begin = (): Child => {
    const host = startHost();
    running.push(host);
    return host;
  };
  const watch = async (host: Child): Promise<void> => {
    const how = await host.ended;
    if (stopping.begun) return;
    running.splice(running.indexOf(host), 1);
    if (!restarts.mayRestart(performance.now())) {
      await stopping.because(`${host.name} ${how}, for the third time within 30 minutes`);
      return;
    }
    console.error(`${host.name} ${how}: it is started again`);
    void watch(begin());
  };
  const first = begin();
  await first.whenReady();
  void watch(first);
}

type Stopping = ReturnType<typeof stopOnSignal>;

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

async function announceAnalytics(
  options: StartOptions,
  accounts: readonly StorageAccount[],
  trust: LocalTrust,
): Promise<void> {
  const connected = accounts.map((account) => ({
    name: account.name,
    connection: connectionString(account, options.azuritePort),
  }));
  const fresh = options.https
    ? await setAnalyticsOverTls(options, accounts, trust)
    : await setAnalyticsOnFirstStart(options.data, connected, options.analytics);
  if (fresh.length === 0) return;
  console.log(
    options.analytics
      ? `Storage Analytics switched on for ${fresh.join(", ")}: logging, hour and minute metrics with APIs, kept ${defaultRetentionDays} days (--no-analytics leaves it off)`
      : `Storage Analytics left off for ${fresh.join(", ")}; switch it on with Set Blob, Queue or Table Service Properties`,
  );
}

async function setAnalyticsOverTls(
  { data, azuritePort, analytics }: StartOptions,
  accounts: readonly StorageAccount[],
  trust: LocalTrust,
): Promise<readonly string[]> {
  const command = startChild("first start", compiled("first-start-command.js"), {
    args: ["--data", data, "--azurite-port", String(azuritePort), ...(analytics ? [] : ["--no-analytics"])],
    env: {
      ...trust.environment,
      AZURITE_ACCOUNTS: accounts.map(({ name, key }) => `${name}:${key}`).join(";"),
    },
  });
  const { fresh } = await command.whenReady();
  return fresh as readonly string[];
}

function gatewayArgumentsOf({ storagePort, azuritePort }: StartOptions): string[] {
  return ["--storage-port", String(storagePort), "--azurite-port", String(azuritePort)];
}

/** Where the app sends mails of alerts, and where its links lead. Loopback is called with tokens, too: the inbox is there. */
function alertEnvironment(
  { https, port, httpsPort }: StartOptions,
  smtpPort: number,
): Readonly<Record<string, string>> {
  return {
    VIGIL_SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    VIGIL_MAIL_FROM: "vigil@localhost",
    VIGIL_PUBLIC_URL: https ? `https://127.0.0.1:${httpsPort}` : `http://127.0.0.1:${port}`,
    ...(https && { VIGIL_WEBHOOK_NETWORKS: "private" }),
  };
}

/** The settings of Azurite and the gateway, which read their environment alone. */
function forStorage(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ["AZURITE_ACCOUNTS", "VIGIL_LOG_FLUSH_SECONDS"];
  return Object.fromEntries(names.map((name) => [name, settings[name] ?? ""]));
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
