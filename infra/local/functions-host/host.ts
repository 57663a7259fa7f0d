import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";

import { type AdminOptions, answerAdmin } from "./admin.js";
import { loadApp } from "./app/app-loader.js";
import { captureConsole } from "./app/captured-console.js";
import { CoreModule } from "./app/core-module.js";
import { type FunctionDefinition } from "./app/function-definition.js";
import { formatDuration, Invoker } from "./app/invoker.js";
import { collectFunctions, type CollectedFunctions } from "./collected-functions.js";
import { Settings } from "./config/app-settings.js";
import { applyEnvironment } from "./config/environment.js";
import { hostIdOf } from "./config/host-id.js";
import { type HostJson, readHostJson } from "./config/host-json.js";
import { readLocalSettings } from "./config/local-settings.js";
import {
  bodyLimit,
  defaultAddress,
  defaultDrainSeconds,
  defaultPort,
  defaultReceiveLeaseSeconds,
  type FunctionsHostOptions,
  readOptional,
  timerLeaseMs,
} from "./host-options.js";
import { HttpListener, type ListenerUrls } from "./http/http-listener.js";
import { StreamingProxy } from "./http/streaming-proxy.js";
import { Throttle } from "./http/throttle.js";
import { createLog, describeError, type Log } from "./log.js";
import { StorageClients } from "./storage/storage-clients.js";
import { Triggers } from "./triggers.js";

export type FunctionsHost = {
  readonly url: string;
  /** Of the TLS port, if there is one. */
  readonly secureUrl: string | undefined;
  /** Stops accepting work, waits for what is running, runs `appTerminate` hooks and gives locks back. */
  stop(): Promise<void>;
  /** Answers running requests with 500: the process is about to end with a failure. */
  abandon(reason: string): void;
};

/** Time for `appTerminate` hooks, as in the real worker (§10.5). */
const terminateHooksMs = 5_000;
/** Every wait longer than this says what it waits for (§12). */
const quietWaitMs = 2_000;

/** Starts a functions host in this process and loads the app into it. One per process: the library keeps what it is given.
 * @throws StartError when something has to be fixed before the app can run
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const startedAt = performance.now();
  const appFolder = resolve(options.appFolder);
  const local = readLocalSettings(await readOptional(join(appFolder, "local.settings.json")));
  const notices = applyEnvironment(local.values, appFolder);
  const hostJson = readHostJson(await readOptional(join(appFolder, "host.json")), process.env);
  const write = options.write ?? ((text: string) => process.stdout.write(text));
  const log = createLog({ levels: hostJson.logLevels, colour: options.colour ?? false, write, now: () => new Date() });
  for (const notice of notices) log("information", "Host.Startup", notice);
  for (const warning of hostJson.warnings) log("warning", "Host.Startup", warning);

  if (options.captureConsole === true) captureConsole(log);
  const host = new Host(options, appFolder, hostJson, local, log);
  try {
    const { url, secureUrl } = await host.start(startedAt);
    return {
      url,
      secureUrl,
      stop: () => host.stop(),
      abandon: (reason) => {
        host.abandon(reason);
      },
    };
  } catch (error) {
    host.abort();
    throw error;
  } finally {
    log.flush();
  }
}

class Host {
  readonly #options: FunctionsHostOptions;
  readonly #appFolder: string;
  readonly #hostJson: HostJson;
  readonly #log: Log & { flush(): void };
  readonly #core: CoreModule;
  readonly #invoker: Invoker;
  readonly #listener: HttpListener;
  readonly #triggers: Triggers;
  readonly #settings: Settings;
  readonly #hostId: string;
  #functions: CollectedFunctions = { definitions: [], routes: [] };
  #streaming: StreamingProxy | undefined;
  #url = "";
  #state: "Starting" | "Running" | "Stopping" = "Starting";
  #stopped: Promise<void> | undefined;

  constructor(
    options: FunctionsHostOptions,
    appFolder: string,
    hostJson: HostJson,
    local: ReturnType<typeof readLocalSettings>,
    log: Log & { flush(): void },
  ) {
    this.#options = options;
    this.#appFolder = appFolder;
    this.#hostJson = hostJson;
    this.#log = log;
    this.#settings = new Settings(process.env);
    this.#hostId = hostIdOf(appFolder, options.hostId ?? this.#settings.get("AzureFunctionsWebHost__hostid"));
    this.#core = new CoreModule(log);
    this.#invoker = new Invoker({
      core: this.#core,
      log,
      functionTimeoutMs: hostJson.functionTimeoutMs,
      abandon: (reason) => options.onFatal?.(reason),
    });
    this.#triggers = new Triggers({
      clients: new StorageClients(this.#settings),
      invoker: this.#invoker,
      log,
      hostJson,
      hostId: this.#hostId,
      receiveLeaseMs: (options.receiveLeaseSeconds ?? defaultReceiveLeaseSeconds) * 1_000,
      timerLeaseMs: timerLeaseMs(options, hostJson),
    });
    this.#listener = new HttpListener({
      address: options.address ?? local.address ?? defaultAddress,
      port: options.port ?? local.port ?? defaultPort,
      tls: options.tls,
      bodyLimitBytes: bodyLimit(this.#settings),
      cors: local.cors,
      log,
      admin: (request, response, target) => answerAdmin(this.#adminOptions(), request, response, target),
    });
  }

  async start(startedAt: number): Promise<ListenerUrls> {
    const log = this.#log;
    const urls = await this.#listener.listen();
    this.#url = urls.url;
    process.env.WEBSITE_HOSTNAME = `localhost:${new URL(this.#url).port}`;
    const listeningAt = performance.now();

    this.#core.install();
    const app = await this.#saying("the app to be loaded", loadApp(this.#appFolder, this.#core, log));
    this.#functions = collectFunctions(this.#core.registrations, this.#settings, this.#hostJson, app, log);
    const loadedAt = performance.now();

    const { definitions, routes } = this.#functions;
    this.#streaming = app.httpUri === undefined ? undefined : new StreamingProxy(app.httpUri, this.#invoker, log);
    await this.#saying("storage to answer", this.#triggers.start(definitions));
    this.#listener.serve({
      routes,
      functions: {
        invoker: this.#invoker,
        log,
        streaming: this.#streaming,
        bodyLimitBytes: bodyLimit(this.#settings),
        outputsOf: (definition, data) => (response) => this.#triggers.writeOutputs(definition, data, response),
      },
      throttle: new Throttle(this.#hostJson.http),
      security: this.#hostJson.http,
      isDisabled: (name) => definitions.some((each) => each.disabled && each.name === name),
      homePage: this.#settings.get("AzureWebJobsDisableHomepage")?.toLowerCase() !== "true",
    });
    this.#state = "Running";
    this.#describeStart(app.files.length);
    const phases = [
      `process up after ${Math.round(startedAt)} ms`,
      `listening after ${Math.round(listeningAt)} ms`,
      `app loaded in ${Math.round(loadedAt - listeningAt)} ms`,
      `listeners started in ${Math.round(performance.now() - loadedAt)} ms`,
    ];
    log("information", "Host.Startup", `Host started: ${phases.join(", ")}. Host id ${this.#hostId}.`);
    return urls;
  }

  abandon(reason: string): void {
    this.#log("critical", "Host.General", `${reason}\nThe real host would restart the worker; this one ends.`);
    this.#listener.failRunning();
    this.#log.flush();
  }

  /** Ends what a start that failed has opened. */
  abort(): void {
    this.#listener.close();
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = "Stopping";
    this.#log("information", "Host.General", "Stopping: no new work is taken.");
    this.#listener.stopAccepting();
    const drained = Promise.all([this.#triggers.listeners.drain(), this.#invoker.drained(), this.#listener.drained()]);
    const limitMs = (this.#options.drainSeconds ?? defaultDrainSeconds) * 1_000;
    const inTime = await within(this.#saying("running functions to end", drained), limitMs);
    if (!inTime) {
      const names = this.#invoker.running().join(", ");
      this.#log(
        "warning",
        "Host.General",
        `Still running after ${formatDuration(limitMs)}: ${names}. They are abandoned.`,
      );
    }
    const hooks = this.#core.hooks.runAppHooks("appTerminate", this.#appFolder).catch((error: unknown) => {
      this.#log("error", "Host.General", `An appTerminate hook failed: ${describeError(error)}`);
    });
    if (!(await within(hooks, terminateHooksMs))) {
      this.#log(
        "warning",
        "Host.General",
        `appTerminate hooks took more than ${terminateHooksMs / 1_000} s and were left.`,
      );
    }
    this.#streaming?.close();
    this.#listener.close();
    this.#log("information", "Host.General", "Stopped.");
    this.#log.flush();
  }

  /** Says what it waits for when a wait is long. */
  async #saying<T>(what: string, work: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      const running = this.#invoker.running();
      const names = running.length === 0 ? "" : ` (${running.slice(0, 10).join(", ")})`;
      this.#log("information", "Host.General", `Waiting for ${what}${names}.`);
    }, quietWaitMs);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  #describeStart(files: number): void {
    const { definitions } = this.#functions;
    const lines = definitions.map(
      (each) => `  ${each.name}: ${this.#describe(each)}${each.disabled ? " (disabled)" : ""}`,
    );
    this.#log(
      "information",
      "Host.Startup",
      [`Loaded ${files} files, ${definitions.length} functions registered.`, ...lines].join("\n"),
    );
  }

  #describe({ trigger, ...definition }: FunctionDefinition): string {
    switch (trigger.kind) {
      case "http":
        return `[${trigger.methods?.join(",") ?? "any"}] ${this.#url}/${this.#routeOf(definition.name) ?? ""}`;
      case "timer":
        return `timer ${trigger.schedule}`;
      case "queue":
        return `queue ${trigger.queueName}`;
      default:
        throw new Error(`no description of ${JSON.stringify(trigger satisfies never)}`);
    }
  }

  #routeOf(name: string): string | undefined {
    return this.#functions.routes.find((route) => route.function.name === name)?.template.text;
  }

  #adminOptions(): AdminOptions {
    return {
      hostId: this.#hostId,
      instanceId: instanceId,
      url: () => this.#url,
      state: () => this.#state,
      functions: () => this.#functions.definitions,
      routeOf: (definition) => this.#routeOf(definition.name),
      invoke: (definition, input) => {
        this.#triggers.invokeByHand(definition, input);
      },
      running: () => this.#invoker.running(),
      drainState: () => this.#triggers.listeners.state,
      drain: () => void this.#triggers.listeners.drain(),
      resume: () => this.#triggers.listeners.resume(),
      hostJson: () => this.#hostJson,
    };
  }
}

const instanceId = randomUUID();

async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const result = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return result;
}
