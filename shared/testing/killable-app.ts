import type { InvocationContext, StorageQueueHandler, Timer } from "@azure/functions";
import { ClientRequest } from "node:http";

import { countCapacityMessage } from "../../functions/capacity.queue.js";
import { planCapacity } from "../../functions/capacity.timer.js";
import { readLogBlobsMessage } from "../../functions/log-blobs.queue.js";
import { planLogBlobs } from "../../functions/log-blobs.timer.js";
import { publishMetricsMessage } from "../../functions/publish-metrics.queue.js";
import { planPublications } from "../../functions/publish-metrics.timer.js";
import { removeExpiredMessage } from "../../functions/retention.queue.js";
import { planRetention } from "../../functions/retention.timer.js";
import { countCapacityQueue } from "../capacity/capacity-work.js";
import { publishMetricsQueue } from "../metric-roll-up/publication-work.js";
import { readLogsQueue } from "../request-logs/log-work.js";
import { removeExpiredQueue } from "../retention/retention-work.js";
import { startRuntime } from "../runtime/runtime.js";

/**
 * A process that does all work of roll-up, capacity and retention that is due, with the app's own functions, and ends.
 * `KILL_AT` names a storage request, as a pattern of `METHOD /path`, at which it is killed as by `kill -9`: before the
 * request is sent (`KILL_WHEN=before`), or once it was answered and the app does not know yet (`after`).
 * `NOW` is the app's clock, in ISO form.
 */
const { KILL_AT, KILL_WHEN, NOW = "" } = process.env;
if (KILL_AT !== undefined) killAt(new RegExp(KILL_AT), KILL_WHEN === "before");

const runtime = startRuntime(process.env, () => new Date(NOW));
const context = {
  log: () => undefined,
  warn: () => undefined,
  triggerMetadata: { dequeueCount: 1 },
} as unknown as InvocationContext;
const timer: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: "", next: "", lastUpdated: "" },
};

const { queues } = (await runtime.state()).clients;
const work = [
  { plan: planLogBlobs(runtime), queue: readLogsQueue, handler: readLogBlobsMessage(runtime) },
  { plan: planPublications(runtime), queue: publishMetricsQueue, handler: publishMetricsMessage(runtime) },
  { plan: planCapacity(runtime), queue: countCapacityQueue, handler: countCapacityMessage(runtime) },
  { plan: planRetention(runtime), queue: removeExpiredQueue, handler: removeExpiredMessage(runtime) },
];
// messages of processes that were killed are lost as well: planners have to see that
for (const { queue } of work) {
  await queues.getQueueClient(queue).createIfNotExists();
  await queues.getQueueClient(queue).clearMessages();
}
for (const { plan, queue, handler } of work) {
  await plan(timer, context);
  await workOff(queue, handler);
}
process.exit(0);

async function workOff(name: string, handler: StorageQueueHandler): Promise<void> {
  const queue = queues.getQueueClient(name);
  for (;;) {
    const [message] = (await queue.receiveMessages()).receivedMessageItems;
    if (message === undefined) return;
    await handler(JSON.parse(Buffer.from(message.messageText, "base64").toString()), context);
    await queue.deleteMessage(message.messageId, message.popReceipt);
  }
}

function killAt(request: RegExp, isBefore: boolean): void {
  const kill = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  const { prototype } = ClientRequest;
  const end: unknown = Reflect.get(prototype, "end");
  Reflect.set(prototype, "end", function (this: ClientRequest, ...values: unknown[]): unknown {
    if (request.test(`${this.method} ${decodeURIComponent(this.path)}`)) {
      if (isBefore) kill();
      this.prependOnceListener("response", kill);
    }
    return Reflect.apply(end as (...values: unknown[]) => unknown, this, values);
  });
}
