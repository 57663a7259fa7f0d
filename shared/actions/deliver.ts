import type { Deliveries, KeptDelivery } from "../stores/deliveries/deliveries.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { deliveryId, newDelivery, type Delivery, type DeliveryStatus, type Notification } from "./delivery.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";
import { decideNextStep, longestRetryAfterSeconds, type NextStep } from "./retry-schedule.js";

export interface DeliveryStores {
  readonly deliveries: Deliveries;
  readonly queue: WorkQueue;
}

/** What a message asks for: one attempt. */
export interface DeliveryWork {
  readonly kind: "deliver";
  readonly alertId: string;
  readonly id: string;
  readonly turn: number;
}

/** Seconds until a Resolved looks again whether its Fired has ended. */
export const firedFirstSeconds = 5;
/** Longest that an attempt can take, seconds; one that began earlier and was not recorded was cut short. */
export const attemptLimitSeconds = 60;

export type DeliverOutcome =
  | NextStep
  /** By an earlier delivery of the message, or an operator. */
  | { readonly kind: "already"; readonly status: DeliveryStatus }
  | { readonly kind: "stale"; readonly reason: string }
  | { readonly kind: "waits-for-fired" }
  /** Another instance has begun this attempt. */
  | { readonly kind: "under-way" }
  | { readonly kind: "gone" };

/** Keeps a notification and asks for its first attempt; planning it again changes nothing and harms nobody. */
export async function planDelivery(stores: DeliveryStores, notification: Notification, now: Date): Promise<Delivery> {
  const { delivery } = await stores.deliveries.add(newDelivery(notification, now));
  if (delivery.status === "pending" && delivery.attempts === 0) await stores.queue.send(workOf(delivery));
  return delivery;
}

/**
 * Makes one attempt to tell a receiver, and records how it ended or asks for the next one.
 *
 * The attempt is recorded before it begins and after it ended. Whoever finds one that began and did not end within
 * `attemptLimitSeconds` makes it again and counts that: the receiver may have got it twice, under the same id. All else
 * happens once, however often messages come: each names its turn, and of two with the same one begins.
 */
export async function deliver(
  stores: DeliveryStores,
  tell: (delivery: Delivery) => Promise<DeliveryOutcome>,
  work: DeliveryWork,
  clock: () => Date,
): Promise<DeliverOutcome> {
  const kept = await stores.deliveries.find(work.alertId, work.id);
  if (kept === undefined) return { kind: "gone" };
  const { delivery } = kept;
  if (delivery.status !== "pending") return { kind: "already", status: delivery.status };
  if (delivery.turn !== work.turn) return { kind: "stale", reason: `turn ${work.turn} of ${delivery.turn}` };
  if (await firedIsPending(stores, delivery)) {
    await stores.queue.send(work, firedFirstSeconds);
    return { kind: "waits-for-fired" };
  }
  const begun = await begin(stores, kept, clock());
  if (begun === "under-way") {
    // whoever has begun may end before it records that; somebody must look again
    await stores.queue.send(work, attemptLimitSeconds);
    return { kind: "under-way" };
  }
  const outcome = await tell(begun.delivery);
  return await record(stores, begun, outcome, clock());
}

async function firedIsPending(stores: DeliveryStores, delivery: Delivery): Promise<boolean> {
  if (delivery.transition !== "Resolved") return false;
  const fired = await stores.deliveries.find(
    delivery.alertId,
    deliveryId(delivery.alertId, "Fired", delivery.receiver),
  );
  return fired?.delivery.status === "pending";
}

async function begin(stores: DeliveryStores, kept: KeptDelivery, now: Date): Promise<KeptDelivery | "under-way"> {
  const { startedAt, repeats } = kept.delivery;
  const running = startedAt !== undefined && now.getTime() - startedAt.getTime() < attemptLimitSeconds * 1_000;
  if (running) return "under-way";
  const again = startedAt === undefined ? repeats : repeats + 1;
  const begun = await stores.deliveries.replace(kept, { ...kept.delivery, startedAt: now, repeats: again });
  return begun ?? "under-way";
}

async function record(
  stores: DeliveryStores,
  begun: KeptDelivery,
  outcome: DeliveryOutcome,
  now: Date,
): Promise<NextStep> {
  const attempts = begun.delivery.attempts + 1;
  const step = decideNextStep(outcome, attempts, now);
  const ended = { ...begun.delivery, attempts, startedAt: undefined, endedAt: now };
  if (step.kind === "wait") {
    const next = { ...ended, turn: ended.turn + 1, detail: step.reason };
    // sent first: a delivery that waits without a message would wait forever
    await stores.queue.send(workOf(next), step.seconds);
    await stores.deliveries.replace(begun, next);
  } else {
    const [status, detail] =
      step.kind === "done" ? (["delivered", step.detail] as const) : (["failed", step.reason] as const);
    await stores.deliveries.replace(begun, { ...ended, status, detail });
  }
  return step;
}

/** Seconds after which a delivery that waits for an attempt must have had one: the longest wait, and some air. */
export const stalledAfterSeconds = longestRetryAfterSeconds + 5 * 60;

/**
 * Asks again for attempts whose message never was sent: whoever had to send it ended before.
 * @returns how many
 */
export async function resendStalled(stores: DeliveryStores, now: Date, limit: number): Promise<number> {
  const pending = await stores.deliveries.withStatus("pending", limit);
  const stalled = pending.filter(({ createdAt, startedAt, endedAt }) => {
    const last = Math.max(...[createdAt, startedAt, endedAt].map((at) => at?.getTime() ?? 0));
    return now.getTime() - last > stalledAfterSeconds * 1_000;
  });
  for (const each of stalled) await stores.queue.send(workOf(each));
  return stalled.length;
}

export type OperatorOutcome =
  | { readonly kind: "done"; readonly delivery: Delivery }
  | { readonly kind: "not-found" }
  | { readonly kind: "refused"; readonly reason: string };

/** Lets a delivery that failed or was dropped begin again, with all of its attempts. */
export async function replayDelivery(stores: DeliveryStores, alertId: string, id: string): Promise<OperatorOutcome> {
  const kept = await stores.deliveries.find(alertId, id);
  if (kept === undefined) return { kind: "not-found" };
  const { delivery } = kept;
  if (delivery.status === "delivered") return { kind: "refused", reason: "it was delivered" };
  if (delivery.status === "pending") return { kind: "refused", reason: "it is still being tried" };
  const again: Delivery = { ...delivery, status: "pending", turn: delivery.turn + 1, attempts: 0 };
  const replaced = await stores.deliveries.replace(kept, again);
  if (replaced === undefined) return { kind: "refused", reason: "it has changed in the meantime" };
  await stores.queue.send(workOf(again));
  return { kind: "done", delivery: again };
}

/** Gives a delivery up for good: nobody is told any more. */
export async function dropDelivery(stores: DeliveryStores, alertId: string, id: string): Promise<OperatorOutcome> {
  const kept = await stores.deliveries.find(alertId, id);
  if (kept === undefined) return { kind: "not-found" };
  if (kept.delivery.status === "delivered") return { kind: "refused", reason: "it was delivered" };
  const replaced = await stores.deliveries.replace(kept, { ...kept.delivery, status: "dropped" });
  return replaced === undefined
    ? { kind: "refused", reason: "it has changed in the meantime" }
    : { kind: "done", delivery: replaced.delivery };
}

const workOf = ({ alertId, id, turn }: Omit<Delivery, "payload">): DeliveryWork => ({
  kind: "deliver",
  alertId,
  id,
  turn,
});
