import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { planDelivery } from "../../shared/actions/deliver.js";
import { deliveryStatuses } from "../../shared/actions/delivery.js";
import { idempotencyHeader } from "../../shared/actions/webhook.js";
import { putActionGroup } from "../../shared/alerts/action-group.js";
import { parseResourceId } from "../../shared/arm/resource-id.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import type { Alerting } from "../../shared/runtime/alerting.js";
import { startRuntime } from "../../shared/runtime/runtime.js";
import { startAppHost, type AppHost } from "../../shared/testing/app-host.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import type { BenchRow } from "../bench/bench-row.js";

const hosts = 2;
const notifications = 10_000;
const failing = 0.2;
const hanging = 0.01;
const concurrentPlans = 8;
const maxTries = 10;
const killEveryMs = 10_000;
/** Kills end then, so that what they left can be seen to come to an end. */
const killingMs = 180_000;
const endedWithinMs = 30 * 60_000;
const groupId =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/soak/providers/Microsoft.Insights/actionGroups/soak";

/**
 * Notifications for a receiver that fails often and hangs now and then, sent by two apps of which one is killed every few
 * seconds: each is delivered or recorded as failed, and what the receiver accepted twice is counted in its record.
 */
export async function soakDeliveries(): Promise<readonly BenchRow[]> {
  const azurite = await startAzurite();
  const receiver = await startReceiver();
  const settings = {
    ...{ AzureWebJobsStorage: azurite.connectionString(), VIGIL_AUTH: "development" },
    AZURE_FUNCTIONS_ENVIRONMENT: "Development",
  };
  const running: AppHost[] = [];
  const over = new AbortController();
  let killing: Promise<number> | undefined;
  try {
    const alerting = await startRuntime(settings).alerting();
    await keepGroup(alerting, receiver.url);
    for (let index = 0; index < hosts; index++) running.push(await startAppHost(settings));
    killing = killNowAndThen(running, settings, over.signal);
    await forEachOf(Array(notifications).keys(), concurrentPlans, async () => {
      const name = { actionGroupId: groupId, kind: "webhookReceivers", name: "receiver" };
      const notification = { alertId: randomUUID(), transition: "Fired", receiver: name, payload: "{}" } as const;
      await again(() => planDelivery(alerting, notification, new Date()));
    });
    const kills = await killing;
    await untilEnded(alerting);
    return [
      { name: "apps killed while they notified", value: kills, unit: "", budget: "", pass: undefined },
      ...(await judge(alerting, receiver.accepted)),
    ];
  } finally {
    over.abort();
    await killing;
    await Promise.all(running.map((host) => host.stop()));
    await receiver.stop();
    await azurite.stop();
  }
}

async function judge({ deliveries }: Alerting, accepted: ReadonlyMap<string, number>): Promise<readonly BenchRow[]> {
  const byStatus = await Promise.all(
    deliveryStatuses.map((status) => again(() => deliveries.withStatus(status, notifications * 2))),
  );
  const all = byStatus.flat();
  const of = (status: string): number => all.filter((each) => each.status === status).length;
  const repeats = all.reduce((sum, each) => sum + each.repeats, 0);
  const timesAccepted = (id: string): number => accepted.get(id) ?? 0;
  const lost = all.filter(({ id, status }) => status === "delivered" && timesAccepted(id) === 0).length;
  const uncounted = all.filter(({ id, repeats: counted }) => timesAccepted(id) > 1 + counted).length;
  const twice = all.filter(({ id }) => timesAccepted(id) > 1).length;
  const ended = of("delivered") + of("failed");
  const none = (name: string, value: number): BenchRow => ({
    ...{ name, value, unit: "", budget: "= 0", pass: value === 0 },
  });
  const told = (name: string, value: number): BenchRow => ({ name, value, unit: "", budget: "", pass: undefined });
  return [
    {
      ...{ name: "notifications delivered or recorded as failed", value: ended, unit: "" },
      ...{ budget: `= ${notifications}`, pass: ended === notifications },
    },
    told("of them failed after six attempts", of("failed")),
    none("recorded as delivered, and never accepted", lost),
    told("attempts that were cut short and made again, as recorded", repeats),
    told("notifications that the receiver accepted more than once", twice),
    none("accepted more often than the record says", uncounted),
  ];
}

/** Whoever plans is a message that comes again, too: an emulator under load keeps silent now and then. */
async function again<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === maxTries) throw error;
      await sleep(1_000);
    }
  }
}

interface UnreliableReceiver {
  readonly url: string;
  /** How often each notification was accepted, by its id. */
  readonly accepted: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

async function startReceiver(): Promise<UnreliableReceiver> {
  const accepted = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const luck = Math.random();
      if (luck < hanging) return;
      response.statusCode = luck < hanging + failing ? 503 : 200;
      const id = String(request.headers[idempotencyHeader]);
      if (response.statusCode === 200) accepted.set(id, (accepted.get(id) ?? 0) + 1);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, accepted },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function keepGroup({ actionGroups }: Alerting, serviceUri: string): Promise<void> {
  const id = parseResourceId(groupId);
  const outcome =
    id &&
    putActionGroup(
      id,
      {
        location: "Global",
        properties: {
          ...{ groupShortName: "soak", enabled: true },
          webhookReceivers: [{ name: "receiver", serviceUri, useCommonAlertSchema: true }],
        },
      },
      undefined,
    );
  if (outcome?.kind !== "group") throw new Error(`the action group is none: ${JSON.stringify(outcome)}`);
  await actionGroups.save(outcome.group, undefined);
}

/** @returns how often */
async function killNowAndThen(
  running: AppHost[],
  settings: Readonly<Record<string, string>>,
  over: AbortSignal,
): Promise<number> {
  const until = performance.now() + killingMs;
  let kills = 0;
  while (performance.now() < until) {
    await sleep(killEveryMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    const victim = Math.floor(Math.random() * running.length);
    await running[victim]?.stop("SIGKILL");
    running[victim] = await startAppHost(settings);
    kills += 1;
  }
  return kills;
}

async function untilEnded({ deliveries }: Alerting): Promise<void> {
  const deadline = performance.now() + endedWithinMs;
  while (performance.now() < deadline) {
    const pending = await again(() => deliveries.withStatus("pending", 1));
    if (pending.length === 0) return;
    await sleep(5_000);
  }
}
