import { type InvocationResponse, type TypedData } from "./app/core-types.js";
import { type FunctionDefinition, type QueueTrigger, type TimerTrigger } from "./app/function-definition.js";
import { type Invoker } from "./app/invoker.js";
import { defaultConnection } from "./config/connections.js";
import { type HostJson } from "./config/host-json.js";
import { StartError } from "./config/start-error.js";
import { type Log } from "./log.js";
import { messageInput, type MessageFacts, queueBindingData, queueMetadata } from "./queue/message-text.js";
import { writeQueueOutputs } from "./queue/output-writer.js";
import { type DecodedMessage, QueueListener } from "./queue/queue-listener.js";
import { explainUnreachable, type StorageClients } from "./storage/storage-clients.js";
import { parseSchedule, type Schedule } from "./timer/schedule.js";
import { timerInfo } from "./timer/timer-info.js";
import { localIso } from "./timer/time-zone.js";
import { TimerListener, type TimerRun } from "./timer/timer-listener.js";
import { type TriggerListener, TriggerListeners } from "./trigger-listeners.js";

/** Container of the host's own blobs: timer status and locks (§7.4, §7.6). */
const hostContainer = "azure-webjobs-hosts";
const defaultLockRetryMs = 5_000;

export type TriggersOptions = {
  readonly clients: StorageClients;
  readonly invoker: Invoker;
  readonly log: Log;
  readonly hostJson: HostJson;
  readonly hostId: string;
  readonly receiveLeaseMs: number;
  readonly timerLeaseMs: number;
};

/** Timers, queues and outputs of the app: what needs storage. */
export class Triggers {
  readonly #options: TriggersOptions;
  readonly #queueListeners: QueueListener[] = [];
  listeners = new TriggerListeners([]);

  constructor(options: TriggersOptions) {
    this.#options = options;
  }

  /** Creates and starts a listener for each enabled timer and queue function; says at once which storage does not answer. */
  async start(definitions: readonly FunctionDefinition[]): Promise<void> {
    const enabled = definitions.filter((each) => !each.disabled);
    const listeners: TriggerListener[] = [];
    for (const definition of enabled) {
      const { trigger } = definition;
      if (trigger.kind === "queue") listeners.push(await this.#queueListener({ ...definition, trigger }));
      if (trigger.kind === "timer") listeners.push(this.#timerListener({ ...definition, trigger }));
    }
    await this.#checkStorage(enabled);
    this.listeners = new TriggerListeners(listeners);
    this.listeners.start();
  }

  async writeOutputs(
    definition: FunctionDefinition,
    bindingData: Readonly<Record<string, unknown>>,
    response: InvocationResponse,
  ): Promise<void> {
    const { clients, hostJson } = this.#options;
    const written = (queueName: string): void => {
      for (const listener of this.#queueListeners) if (listener.queueName === queueName) listener.notify();
    };
    await writeQueueOutputs(
      { clients, messageEncoding: hostJson.queues.messageEncoding, written },
      definition,
      bindingData,
      response,
    );
  }

  /** Runs a queue or timer function out of turn, in the background (§10.4). */
  invokeByHand(definition: FunctionDefinition, input: string | undefined): void {
    const reason = "This function was programmatically called via the host APIs.";
    const { trigger } = definition;
    if (trigger.kind === "timer") {
      const schedule = scheduleOf({ ...definition, trigger });
      void this.#invoke(definition, reason, { json: timerInfo(schedule, undefined, false) }, {});
    } else if (trigger.kind === "queue") {
      const text = input ?? "";
      const message = { kind: "decoded", text, bytes: Buffer.from(text), isUtf8: true } as const;
      const now = new Date();
      const facts = { id: "", dequeueCount: 1, insertedOn: now, expiresOn: now, nextVisibleOn: now, popReceipt: "" };
      void this.#runMessage({ ...definition, trigger }, facts, message, reason);
    }
  }

  async #queueListener(definition: FunctionDefinition<QueueTrigger>): Promise<QueueListener> {
    const { clients, hostJson, receiveLeaseMs, log } = this.#options;
    const service = await clients.queues(definition.trigger.connection);
    const listener = new QueueListener({
      function: definition,
      queue: service.getQueueClient(definition.trigger.queueName),
      openQueue: (name) => service.getQueueClient(name),
      settings: hostJson.queues,
      receiveLeaseMs,
      log,
      run: (facts, message) =>
        this.#runMessage(
          definition,
          facts,
          message,
          `New queue message detected on '${definition.trigger.queueName}'.`,
        ),
    });
    this.#queueListeners.push(listener);
    return listener;
  }

  async #runMessage(
    definition: FunctionDefinition<QueueTrigger>,
    facts: MessageFacts,
    message: DecodedMessage,
    reason: string,
  ): Promise<"succeeded" | "failed"> {
    const metadata = queueMetadata(facts, message);
    return await this.#invoke(definition, reason, messageInput(message, definition.trigger.dataType), metadata);
  }

  #timerListener(definition: FunctionDefinition<TimerTrigger>): TimerListener {
    const { clients, hostJson, hostId, timerLeaseMs, log } = this.#options;
    const schedule = scheduleOf(definition);
    const { runOnStartup, useMonitor } = definition.trigger;
    return new TimerListener({
      functionName: definition.name,
      schedule,
      runOnStartup,
      useMonitor,
      hostId,
      openContainer: async () => (await clients.blobs(defaultConnection)).getContainerClient(hostContainer),
      leaseMs: timerLeaseMs,
      lockRetryMs: hostJson.listenerLockRetryMs ?? defaultLockRetryMs,
      log,
      run: (run) => this.#runTimer(definition, schedule, run),
    });
  }

  async #runTimer(definition: FunctionDefinition, schedule: Schedule, run: TimerRun): Promise<void> {
    const input = { json: timerInfo(schedule, run.status, run.isPastDue) };
    await this.#invoke(definition, run.reason, input, { TimerTrigger: { string: localIso(Date.now()) } });
  }

  async #invoke(
    definition: FunctionDefinition,
    reason: string,
    input: TypedData,
    triggerMetadata: Readonly<Record<string, TypedData>>,
  ): Promise<"succeeded" | "failed"> {
    const writeOutputs = (response: InvocationResponse): Promise<void> =>
      this.writeOutputs(definition, queueBindingData(triggerMetadata), response);
    const outcome = await this.#options.invoker.invoke(definition, { reason, input, triggerMetadata, writeOutputs });
    return outcome.kind;
  }

  /** Asks each service once whether anything listens there, so that an emulator that is down is named at once (§12). */
  async #checkStorage(definitions: readonly FunctionDefinition[]): Promise<void> {
    const { clients, log } = this.#options;
    const addresses = new Map<string, "blob" | "queue">();
    for (const { trigger, outputs } of definitions) {
      if (trigger.kind === "timer") addresses.set((await clients.blobs(defaultConnection)).url, "blob");
      if (trigger.kind === "queue") addresses.set((await clients.queues(trigger.connection)).url, "queue");
      for (const output of outputs) {
        if (output.kind === "queue") addresses.set((await clients.queues(output.connection)).url, "queue");
      }
    }
    const problems = await Promise.all([...addresses].map(([url, service]) => explainUnreachable(service, url)));
    for (const problem of problems) if (problem !== undefined) log("error", "Host.Startup", problem);
  }
}

function scheduleOf(definition: FunctionDefinition<TimerTrigger>): Schedule {
  const parsed = parseSchedule(definition.trigger.schedule);
  if (parsed.kind === "invalid") throw new StartError(`function '${definition.name}': ${parsed.reason}`);
  return parsed.schedule;
}
