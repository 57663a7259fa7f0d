import { expandSettings, type Settings } from "../config/app-settings.js";
import { type Registration } from "./core-module.js";
import { type BindingInfo, type FunctionCallback, type FunctionMetadata } from "./core-types.js";

export type AuthLevel = "anonymous" | "function" | "admin";

export type HttpTrigger = {
  readonly kind: "http";
  readonly bindingName: string;
  readonly route: string | undefined;
  /** Upper case; undefined: any method. */
  readonly methods: readonly string[] | undefined;
};
export type TimerTrigger = {
  readonly kind: "timer";
  readonly bindingName: string;
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
};
export type QueueTrigger = {
  readonly kind: "queue";
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string;
  readonly dataType: "string" | "binary";
};
export type Trigger = HttpTrigger | TimerTrigger | QueueTrigger;

/** A queue that an invocation may write to; its name may hold `{…}` expressions (§9.1). */
export type QueueOutput = {
  readonly kind: "queue";
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string;
};
export type HttpOutput = { readonly kind: "http"; readonly bindingName: string };
export type Output = QueueOutput | HttpOutput;

export type FunctionDefinition<T extends Trigger = Trigger> = {
  readonly name: string;
  readonly file: string | undefined;
  readonly trigger: T;
  readonly outputs: readonly Output[];
  readonly disabled: boolean;
  /** With `%settings%` expanded; what the library sees, too. */
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
};

/** Name of the binding that carries the handler's return value. */
export const returnBindingName = "$return";

const functionName = /^[a-z][a-z0-9_-]{0,127}$/i;
const bindingName = /^[a-zA-Z][a-zA-Z0-9]{0,127}$/;

/** One registration as a definition, or every reason why this host cannot run it (§3, §5, §6.7, §7.7). */
export function defineFunction(
  registration: Registration,
  settings: Settings,
): { readonly definition: FunctionDefinition } | { readonly problems: readonly string[] } {
  const { name } = registration.metadata;
  const problems: string[] = [];
  if (!functionName.test(name) || name.toLowerCase() === "host") {
    problems.push(
      "the name must begin with a letter, hold only letters, digits, '_' and '-', have at most 128 characters and not be 'host'",
    );
  }
  if (registration.metadata.retryOptions !== undefined) {
    problems.push(
      "function-level 'retry' is not supported by the local host; remove it (queue messages are retried by maxDequeueCount)",
    );
  }
  const { bindings, problems: bindingProblems } = expandBindings(registration.metadata.bindings, settings);
  problems.push(...bindingProblems);

  let trigger: Trigger | undefined;
  const outputs: Output[] = [];
  for (const [key, binding] of Object.entries(bindings)) {
    const read = readBinding(key, binding);
    if (typeof read === "string") problems.push(read);
    else if (read.direction === "in") trigger = read.trigger;
    else outputs.push(read.output);
  }
  if (trigger === undefined || problems.length > 0) {
    if (problems.length === 0) problems.push("it has no trigger");
    return { problems };
  }
  const { callback, file } = registration;
  const metadata = { ...registration.metadata, bindings };
  return { definition: { name, file, trigger, outputs, disabled: isDisabled(name, settings), metadata, callback } };
}

function expandBindings(
  bindings: FunctionMetadata["bindings"],
  settings: Settings,
): { bindings: Record<string, BindingInfo>; problems: string[] } {
  const problems: string[] = [];
  const seen = new Set<string>();
  const expanded = Object.entries(bindings).map(([key, binding]): [string, BindingInfo] => {
    if (key !== returnBindingName && !bindingName.test(key)) {
      problems.push(`binding name '${key}' must begin with a letter and hold only letters and digits`);
    }
    if (key === returnBindingName && binding.direction !== "out") problems.push("binding '$return' must be an output");
    if (seen.has(key.toLowerCase())) problems.push(`binding name '${key}' is used twice (case does not count)`);
    seen.add(key.toLowerCase());
    const values = Object.entries(binding).map(([property, value]): [string, unknown] => {
      if (typeof value !== "string" || property === "name" || property === "type") return [property, value];
      const result = expandSettings(value, settings);
      if (result.kind === "expanded") return [property, result.text];
      problems.push(`${property} of binding '${key}': ${result.reason}`);
      return [property, value];
    });
    return [key, Object.fromEntries(values)];
  });
  return { bindings: Object.fromEntries(expanded), problems };
}

type Read = { direction: "in"; trigger: Trigger } | { direction: "out"; output: Output };

function readBinding(key: string, binding: BindingInfo): Read | string {
  const type = typeof binding.type === "string" ? binding.type : "";
  if (binding.direction === "out") {
    switch (type.toLowerCase()) {
      case "http":
        return { direction: "out", output: { kind: "http", bindingName: key } };
      case "queue": {
        const output = { kind: "queue", bindingName: key, queueName: text(binding.queueName) } as const;
        if (output.queueName === "") return `queue output '${key}' has no queueName`;
        return { direction: "out", output: { ...output, connection: text(binding.connection) } };
      }
      default:
        return `output binding type '${type}' is not supported by the local host (supported: http, queue)`;
    }
  }
  switch (type.toLowerCase()) {
    case "httptrigger":
      return readHttpTrigger(key, binding);
    case "timertrigger":
      return readTimerTrigger(key, binding);
    case "queuetrigger": {
      const queueName = text(binding.queueName).toLowerCase();
      if (!isQueueName(queueName)) {
        return `queueName '${queueName}' must have 3 to 63 characters: a-z, 0-9 and single dashes between them`;
      }
      const dataType = text(binding.dataType).toLowerCase() === "binary" ? "binary" : "string";
      const connection = text(binding.connection);
      return { direction: "in", trigger: { kind: "queue", bindingName: key, queueName, connection, dataType } };
    }
    default:
      return `binding type '${type}' is not supported by the local host (supported: httpTrigger, timerTrigger, queueTrigger)`;
  }
}

function readHttpTrigger(key: string, binding: BindingInfo): Read | string {
  const authLevel = text(binding.authLevel).toLowerCase() || "anonymous";
  if (authLevel !== "anonymous") {
    return `authLevel '${authLevel}' needs function keys, which the local host does not have: use authLevel 'anonymous' and check callers in the app`;
  }
  const methods = Array.isArray(binding.methods) ? binding.methods.map((method) => String(method).toUpperCase()) : [];
  return {
    direction: "in",
    trigger: {
      kind: "http",
      bindingName: key,
      route: typeof binding.route === "string" ? binding.route : undefined,
      methods: methods.length === 0 ? undefined : methods,
    },
  };
}

function readTimerTrigger(key: string, binding: BindingInfo): Read | string {
  const schedule = text(binding.schedule);
  if (schedule === "") return `timer trigger '${key}' has no schedule`;
  const runOnStartup = binding.runOnStartup === true;
  const useMonitor = binding.useMonitor !== false;
  return { direction: "in", trigger: { kind: "timer", bindingName: key, schedule, runOnStartup, useMonitor } };
}

/** 3 to 63 characters of a-z, 0-9 and dashes; no dash first, last or doubled (§5). */
export function isQueueName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
}

/** `AzureWebJobs.<name>.Disabled`, or with underscores where dots are impossible (§10.3). */
function isDisabled(name: string, settings: Settings): boolean {
  const value = settings.get(`AzureWebJobs.${name}.Disabled`) ?? settings.get(`AzureWebJobs_${name}_Disabled`);
  return value !== undefined && ["true", "1"].includes(value.trim().toLowerCase());
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
