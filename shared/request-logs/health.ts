import { setMaxListeners } from "node:events";

import { logHourPrefix } from "../storage-analytics/log-blob.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import { storageErrorCode } from "../stores/azure-error.js";
import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";
import type { DeadLetterCount, DeadLetters } from "../stores/dead-letters/dead-letters.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import type { LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogSweeps } from "../stores/log-sweeps/log-sweeps.js";
import { poisonQueueName, type WorkQueue } from "../stores/work-queue/work-queue.js";
import { logLag, type LogLag } from "./log-lag.js";

/**
 * Entries that a gateway could not write for so long mean that storage refuses the log. Below, they wait for the next
 * flush. Seconds.
 */
export const gatewayStuckSeconds = 60;

/** How long a dependency has to answer. Milliseconds. */
export const dependencyTimeoutMs = 2_000;

export interface HealthStores {
  readonly sweeps: LogSweeps;
  readonly marks: GatewayMarks;
  readonly permits: AnalyticsPermits;
  readonly queues: readonly WorkQueue[];
  readonly deadLetters: DeadLetters;
  logBlobs(account: string): Promise<LogBlobs>;
}

export interface DependencyHealth {
  readonly name: string;
  readonly state: "up" | "down";
  /** A code, never a message: those hold URLs. */
  readonly reason: string | undefined;
}

export interface LogPipelineHealth extends LogLag {
  readonly account: string;
  readonly service: Service;
  /** undefined without a gateway. */
  readonly buffered: number | undefined;
  /** A total that outlives processes, so it tells of the past and makes nothing `degraded`. */
  readonly lost: number | undefined;
}

export interface QueueHealth {
  readonly name: string;
  readonly waiting: number;
  readonly poisonQueue: string;
  readonly poison: number;
}

/** Whether analytics may write into an account. */
export interface AnalyticsWriting {
  readonly account: string;
  readonly writing: boolean;
  /** undefined: it never had to stop. */
  readonly since: Date | undefined;
}

export interface Health {
  /** `degraded`: it works, and somebody should look at what failed. `unhealthy`: a dependency is down. */
  readonly status: "ok" | "degraded" | "unhealthy";
  readonly dependencies: readonly DependencyHealth[];
  readonly pipelines: readonly LogPipelineHealth[];
  readonly queues: readonly QueueHealth[];
  readonly deadLetters: DeadLetterCount | undefined;
  readonly analytics: readonly AnalyticsWriting[];
}

/** Asks every dependency once, all at the same time; none of them can make the answer late or fail it. */
export async function checkHealth(
  accounts: readonly string[],
  stores: HealthStores,
  latenessMs: number,
  now: Date,
): Promise<Health> {
  const signal = AbortSignal.timeout(dependencyTimeoutMs);
  // one listener per call in flight, which are more than Node takes for a leak
  setMaxListeners(0, signal);
  const dependencies: DependencyHealth[] = [];
  const ask = async <T>(name: string, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await Promise.race([question(), rejectedBy(signal)]);
      dependencies.push({ name, state: "up", reason: undefined });
      return answer;
    } catch (error) {
      dependencies.push({ name, state: "down", reason: signal.aborted ? "timeout" : reasonOf(error) });
      return undefined;
    }
  };
  const [queues, deadLetters, pipelines, analytics] = await Promise.all([
    ask("own queues", () => Promise.all(stores.queues.map((queue) => countQueue(queue, signal)))),
    ask("own blobs", () => stores.deadLetters.count(undefined, signal)),
    ask("gateway marks", () => logPipelines(accounts, stores.marks, latenessMs, now, signal)),
    ask("analytics permits", () => Promise.all(accounts.map((name) => readWriting(name, stores.permits, signal)))),
    ask("own tables", () => stores.sweeps.read("health")),
    ...accounts.map((account) =>
      ask(`account ${account}`, async () => {
        const logBlobs = await stores.logBlobs(account);
        return await logBlobs.page(logHourPrefix("blob", now), undefined, signal);
      }),
    ),
  ]);
  const down = dependencies.some(({ state }) => state === "down");
  const failed =
    (queues ?? []).some(({ poison }) => poison > 0) ||
    (pipelines ?? []).some(isStuck) ||
    (analytics ?? []).some(({ writing }) => !writing);
  return {
    status: down ? "unhealthy" : failed ? "degraded" : "ok",
    dependencies: dependencies.sort((a, b) => (a.name < b.name ? -1 : 1)),
    pipelines: pipelines ?? [],
    queues: queues ?? [],
    deadLetters,
    analytics: analytics ?? [],
  };
}

export async function readWriting(
  account: string,
  permits: AnalyticsPermits,
  signal?: AbortSignal,
): Promise<AnalyticsWriting> {
  const permit = await permits.read(account, signal);
  return { account, writing: permit?.write ?? true, since: permit && new Date(permit.since) };
}

/** Whether a gateway has entries that it does not get rid of: soon some will be lost, if they are not by now. */
const isStuck = ({ buffered = 0, seconds }: LogPipelineHealth): boolean =>
  buffered > 0 && seconds > gatewayStuckSeconds;

async function countQueue(queue: WorkQueue, signal: AbortSignal): Promise<QueueHealth> {
  const { name } = queue;
  return { name, ...(await queue.counts(signal)), poisonQueue: poisonQueueName(name) };
}

async function logPipelines(
  accounts: readonly string[],
  marks: GatewayMarks,
  latenessMs: number,
  now: Date,
  signal: AbortSignal,
): Promise<readonly LogPipelineHealth[]> {
  const all = accounts.flatMap((account) => services.map((service) => ({ account, service })));
  return await Promise.all(
    all.map(async ({ account, service }) => {
      const mark = await marks.read(account, service, signal);
      return { account, service, ...logLag(mark, latenessMs, now), buffered: mark?.buffered, lost: mark?.lost };
    }),
  );
}

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = (): void => {
      reject(new Error("aborted"));
    };
    signal.addEventListener("abort", abort, { once: true });
  });

function reasonOf(error: unknown): string {
  let current = error;
  while (current instanceof Error && current.cause !== undefined) current = current.cause;
  return storageErrorCode(current) ?? "unknown";
}
