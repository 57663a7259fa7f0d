import { beforeEach, describe, expect, test } from "vitest";
import { deliveriesInMemory } from "../testing/deliveries-in-memory.js";
import { Killed, seededRandom, withFaults } from "../testing/faults.js";
import {
  attemptLimitSeconds,
  deliver,
  dropDelivery,
  planDelivery,
  replayDelivery,
  resendStalled,
  stalledAfterSeconds,
  type DeliveryStores,
  type DeliveryWork,
} from "./deliver.js";
import type { Delivery, Notification } from "./delivery.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";

interface Waiting {
  readonly work: DeliveryWork;
  visibleAt: number;
  tries: number;
}

/** A queue with a lease, as Queue Storage has it, on a clock that the test moves. */
class SimulatedQueue {
  readonly name = "vigil-deliver-actions";
  readonly messages = new Set<Waiting>();
  now = Date.parse("2026-11-24T12:00:00Z");

  send(work: unknown, delaySeconds = 0): Promise<void> {
    this.messages.add({ work: work as DeliveryWork, visibleAt: this.now + delaySeconds * 1_000, tries: 0 });
    return Promise.resolve();
  }

  counts(): Promise<{ waiting: number; poison: number }> {
    return Promise.resolve({ waiting: this.messages.size, poison: 0 });
  }

  /** The next message, after as long as it takes until one can be seen. */
  receive(leaseSeconds: number): Waiting | undefined {
    const next = [...this.messages].sort((a, b) => a.visibleAt - b.visibleAt)[0];
    if (next === undefined) return undefined;
    this.now = Math.max(this.now, next.visibleAt);
    next.visibleAt = this.now + leaseSeconds * 1_000;
    return next;
  }

  clock = (): Date => new Date(this.now);
}

const notification = (index = 0, transition: Notification["transition"] = "Fired"): Notification => ({
  alertId: `alert-${index}`,
  transition,
  receiver: { actionGroupId: "/subscriptions/s/group", kind: "webhookReceivers", name: "hook" },
  payload: `{"index":${index}}`,
});

let queue: SimulatedQueue;
let stores: DeliveryStores;
beforeEach(() => {
  queue = new SimulatedQueue();
  stores = { deliveries: deliveriesInMemory(), queue };
});

const delivered: DeliveryOutcome = { kind: "delivered", detail: "status 200" };
const away: DeliveryOutcome = { kind: "retry", reason: "status 503" };
const wrong: DeliveryOutcome = { kind: "rejected", reason: "status 404" };

/** Does what waits, in order, until nothing does; answers when each attempt was made, in seconds. */
async function work(tell: (delivery: Delivery, attempt: number) => DeliveryOutcome): Promise<readonly number[]> {
  const start = queue.now;
  const attempts: number[] = [];
  for (;;) {
    const message = queue.receive(attemptLimitSeconds);
    if (message === undefined) return attempts;
    const told = (delivery: Delivery): Promise<DeliveryOutcome> => {
      attempts.push((queue.now - start) / 1_000);
      return Promise.resolve(tell(delivery, attempts.length));
    };
    await deliver(stores, told, message.work, queue.clock);
    queue.messages.delete(message);
  }
}
const kept = async (which = notification()): Promise<Delivery | undefined> =>
  (await stores.deliveries.ofAlert(which.alertId)).find(({ transition }) => transition === which.transition);

describe("a notification", () => {
  test.each([
    { name: "is delivered by the first attempt", outcomes: [delivered], attempts: [0], status: "delivered" },
    {
      name: "is tried again until it is",
      outcomes: [away, away, delivered],
      attempts: [0, 5, 25],
      status: "delivered",
    },
    { name: "is not tried again when refused", outcomes: [wrong], attempts: [0], status: "failed" },
    {
      name: "is given up after six attempts",
      outcomes: [away, away, away, away, away, away],
      attempts: [0, 5, 25, 30, 70, 75],
      status: "failed",
    },
  ])("$name", async ({ outcomes, attempts, status }) => {
    await planDelivery(stores, notification(), queue.clock());
    expect(await work((_, attempt) => outcomes[attempt - 1] ?? wrong)).toEqual(attempts);
    expect(await kept()).toMatchObject({ status, attempts: attempts.length, repeats: 0, startedAt: undefined });
  });

  test("planned and asked for many times is delivered once", async () => {
    const planned = await planDelivery(stores, notification(), queue.clock());
    await planDelivery(stores, notification(), queue.clock());
    for (let copies = 0; copies < 3; copies += 1) {
      await queue.send({ kind: "deliver", alertId: planned.alertId, id: planned.id, turn: planned.turn });
    }
    expect(await work(() => delivered)).toHaveLength(1);
    await planDelivery(stores, notification(), queue.clock());
    expect(await work(() => delivered)).toHaveLength(0);
  });

  test("of a turn that is over does nothing: its attempt is not made before its time", async () => {
    const { alertId, id } = await planDelivery(stores, notification(), queue.clock());
    const first = { kind: "deliver", alertId, id, turn: 1 } as const;
    await deliver(stores, () => Promise.resolve(away), first, queue.clock);
    queue.messages.clear();
    const again = await deliver(stores, () => Promise.resolve(delivered), first, queue.clock);
    expect(again).toEqual({ kind: "stale", reason: "turn 1 of 2" });
    expect(await kept()).toMatchObject({ status: "pending", attempts: 1 });
  });

  test("on two instances at once is sent by one of them", async () => {
    const { alertId, id, turn } = await planDelivery(stores, notification(), queue.clock());
    queue.messages.clear();
    let sent = 0;
    const tell = async (): Promise<DeliveryOutcome> => {
      await Promise.resolve((sent += 1));
      return delivered;
    };
    const both = [1, 2].map(() => deliver(stores, tell, { kind: "deliver", alertId, id, turn }, queue.clock));
    expect((await Promise.all(both)).map(({ kind }) => kind).sort()).toEqual(["done", "under-way"]);
    expect(sent).toBe(1);
    // the other one looks again later: whoever has begun may end before it records that
    const waits = [...queue.messages].map(({ visibleAt }) => (visibleAt - queue.now) / 1_000);
    expect(waits).toEqual([attemptLimitSeconds]);
  });

  test("that is Resolved waits until its Fired has ended, however it ends", async () => {
    await planDelivery(stores, notification(0, "Resolved"), queue.clock());
    await planDelivery(stores, notification(0, "Fired"), queue.clock());
    const order: string[] = [];
    await work(({ transition }) => {
      order.push(transition);
      return transition === "Fired" ? away : delivered;
    });
    expect(order).toEqual([...Array<string>(6).fill("Fired"), "Resolved"]);
    expect(await kept(notification(0, "Resolved"))).toMatchObject({ status: "delivered" });
  });
});

describe("an operator", () => {
  test("lets what failed begin again, with all of its attempts", async () => {
    const { alertId, id } = await planDelivery(stores, notification(), queue.clock());
    await work(() => away);
    expect(await replayDelivery(stores, alertId, id)).toMatchObject({ kind: "done" });
    expect(await replayDelivery(stores, alertId, id)).toEqual({ kind: "refused", reason: "it is still being tried" });
    expect(await work((_, attempt) => (attempt === 6 ? delivered : away))).toHaveLength(6);
    expect(await kept()).toMatchObject({ status: "delivered" });
    expect(await replayDelivery(stores, alertId, id)).toEqual({ kind: "refused", reason: "it was delivered" });
  });

  test("drops what need not arrive any more, and nobody is told", async () => {
    const { alertId, id } = await planDelivery(stores, notification(), queue.clock());
    expect(await dropDelivery(stores, alertId, id)).toMatchObject({ kind: "done" });
    expect(await work(() => delivered)).toEqual([]);
    expect(await kept()).toMatchObject({ status: "dropped" });
  });

  test("is told when there is no such delivery", async () => {
    expect(await replayDelivery(stores, "alert", "id")).toEqual({ kind: "not-found" });
    expect(await dropDelivery(stores, "alert", "id")).toEqual({ kind: "not-found" });
  });
});

test("a delivery whose message was never sent is asked for again, once it is late", async () => {
  await planDelivery(stores, notification(), queue.clock());
  queue.messages.clear();
  expect(await resendStalled(stores, queue.clock(), 100)).toBe(0);
  queue.now += (stalledAfterSeconds + 1) * 1_000;
  expect(await resendStalled(stores, queue.clock(), 100)).toBe(1);
  expect(await work(() => delivered)).toHaveLength(1);
});

test("500 deliveries to a receiver that fails 20 % and hangs 1 %, on instances that are killed anywhere: each ends, and a repeat is counted", async () => {
  const random = seededRandom(7);
  const killing = { deliveries: withFaults(stores.deliveries, 0.02, random), queue: withFaults(queue, 0.02, random) };
  const clock = queue.clock;
  const arrived = new Map<string, number>();
  const tell = (delivery: Delivery): Promise<DeliveryOutcome> => {
    const luck = random();
    if (luck < 0.01) queue.now += 10_000;
    if (luck < 0.21) return Promise.resolve(away);
    arrived.set(delivery.id, (arrived.get(delivery.id) ?? 0) + 1);
    if (random() < 0.02) throw new Killed("after the receiver got it");
    return Promise.resolve(delivered);
  };
  const unlessKilled = async (what: () => Promise<unknown>): Promise<boolean> => {
    try {
      await what();
      return true;
    } catch (error) {
      if (error instanceof Killed) return false;
      throw error;
    }
  };
  for (let index = 0; index < 500; index += 1) {
    // whoever plans is itself a message that comes again
    while (!(await unlessKilled(() => planDelivery(killing, notification(index), clock()))));
  }
  for (let turns = 0; turns < 50_000; turns += 1) {
    const message = queue.receive(attemptLimitSeconds);
    if (message === undefined) {
      if ((await stores.deliveries.withStatus("pending", 1)).length === 0) break;
      queue.now += (stalledAfterSeconds + 1) * 1_000;
      await resendStalled(stores, clock(), 1_000);
      continue;
    }
    const done = await unlessKilled(() => deliver(killing, tell, message.work, clock));
    // a message comes again when its instance was killed, and now and then for no reason at all
    if (done && random() > 0.02) queue.messages.delete(message);
  }
  const all = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => (await stores.deliveries.ofAlert(`alert-${index}`))[0]),
  );
  expect(all.filter((each) => each?.status !== "delivered" && each?.status !== "failed")).toEqual([]);
  const unrecorded = all.filter((each) => each !== undefined && (arrived.get(each.id) ?? 0) > 1 + each.repeats);
  expect(unrecorded).toEqual([]);
  const lost = all.filter((each) => each?.status === "delivered" && !arrived.has(each.id));
  expect(lost).toEqual([]);
  expect(all.filter((each) => each?.status === "delivered").length).toBeGreaterThan(480);
  expect(all.some((each) => each !== undefined && each.repeats > 0)).toBe(true);
});
