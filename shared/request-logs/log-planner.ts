import { logHourPrefix } from "../storage-analytics/log-blob.js";
import { services } from "../storage-analytics/log-entry.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogHours } from "../stores/log-hours/log-hours.js";
import type { LogReadings } from "../stores/log-readings/log-readings.js";
import type { LogSweep, LogSweeps } from "../stores/log-sweeps/log-sweeps.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { Faults, forEachOf } from "./concurrency.js";
import { KnownReadings } from "./known-readings.js";
import { decidePlan, type PlanDecision } from "./log-blob-plan.js";
import { newSweep, groupByHour, sweepPage } from "./log-sweep.js";
import { groupForMessages, readLogBlobsWork, type BlobOfMessage } from "./log-work.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Accounts are looked through all of them once a minute, at that of a gateway at every tick. */
export const sweepIntervalMs = minuteMs;
/** Azure writes a log up to an hour late; the hours that a look through an account covers. */
const recentHours = 3;
/** A gateway writes within seconds; so long after an hour began, the one before is looked at in every tick. */
const previousHourMs = 2 * minuteMs;
/** A gateway that starts together with the app writes its first mark within this time; later it is found in a minute. */
const gatewayStartMs = 2 * minuteMs;
/** Pages of up to 5,000 blobs that one look through an account goes on over the whole of `$logs`. */
const sweepPages = 4;
/** Messages waiting above which the sweep over old blobs pauses: they are read faster than they are found. */
export const maxWaiting = 10_000;
const concurrentAccounts = 4;
const concurrentMessages = 2;
/** Of one message. */
const concurrentBlobs = 4;

export interface PlannerStores {
  readonly readings: LogReadings;
  readonly hours: LogHours;
  readonly sweeps: LogSweeps;
  readonly marks: GatewayMarks;
  readonly queue: WorkQueue;
  logBlobs(account: string): Promise<LogBlobs>;
}

export interface PlanOutcome {
  /** Blobs listed. */
  readonly looked: number;
  /** Of them, those that messages were sent for. */
  readonly sent: number;
}

interface DueLogBlob extends ListedLogBlob {
  readonly reason: PlanDecision["reason"];
}

/**
 * Finds log blobs that were not read and sends messages for them: small ones of one hour share one.
 *
 * A tick lists the current hour of each account with a gateway; a real account, which writes minutes late, is not asked
 * so often. Once a minute every account's recent hours are listed, and the sweep goes on over all of its `$logs`: it
 * finds what was there before Vigil, and what came late into any hour. Nothing depends on the memory of one instance.
 */
export class LogPlanner {
  readonly #accounts: readonly string[];
  readonly #stores: PlannerStores;
  readonly #known: KnownReadings;
  #startedAt: Date | undefined;
  /** Accounts seen to have a gateway. */
  readonly #live = new Set<string>();

  constructor(accounts: readonly string[], stores: PlannerStores, known = new KnownReadings()) {
    this.#accounts = accounts;
    this.#stores = stores;
    this.#known = known;
  }

  /** @throws AggregateError if an account can't be looked at; the others were */
  async plan(now: Date): Promise<PlanOutcome> {
    const faults = new Faults();
    const totals = { looked: 0, sent: 0 };
    await forEachOf(this.#accounts, concurrentAccounts, (account) =>
      faults.attempt(`planning the log blobs of ${account}`, async () => {
        const { looked, sent } = await this.#planAccount(account, now);
        totals.looked += looked;
        totals.sent += sent;
      }),
    );
    faults.throwIfAny();
    return totals;
  }

  async #planAccount(account: string, now: Date): Promise<PlanOutcome> {
    const sweep = await this.#stores.sweeps.read(account);
    const full = sweep === undefined || Math.abs(now.getTime() - sweep.at.getTime()) >= sweepIntervalMs;
    this.#startedAt ??= now;
    const starting = now.getTime() - this.#startedAt.getTime() < gatewayStartMs;
    if (full || (starting && !this.#live.has(account))) await this.#findGateway(account);
    if (!full && !this.#live.has(account)) return { looked: 0, sent: 0 };

    const logBlobs = await this.#stores.logBlobs(account);
    const totals = { looked: 0, sent: 0 };
    const hours = full ? recentHours : now.getTime() % hourMs < previousHourMs ? 2 : 1;
    for (const service of services) {
      for (let ago = 0; ago < hours; ago++) {
        const prefix = logHourPrefix(service, new Date(now.getTime() - ago * hourMs));
        const listed = await listLogBlobs(logBlobs, prefix);
        totals.looked += listed.length;
        totals.sent += await this.#send(account, listed, now);
      }
    }
    if (full) {
      const swept = await this.#sweep(account, logBlobs, sweep, now);
      totals.looked += swept.looked;
      totals.sent += swept.sent;
    }
    return totals;
  }

  async #findGateway(account: string): Promise<void> {
    const marks = await Promise.all(services.map((service) => this.#stores.marks.read(account, service)));
    if (marks.some((mark) => mark !== undefined)) this.#live.add(account);
    else this.#live.delete(account);
  }

  async #sweep(account: string, logBlobs: LogBlobs, last: LogSweep | undefined, now: Date): Promise<PlanOutcome> {
    let sweep = last?.from === undefined ? { ...newSweep(now), last: last?.last } : last;
    const totals = { looked: 0, sent: 0 };
    const { waiting } = await this.#stores.queue.counts();
    for (let page = 0; page < sweepPages && waiting + totals.sent <= maxWaiting; page++) {
      const swept = await sweepPage(account, logBlobs, this.#stores.hours, sweep, now);
      totals.looked += swept.blobs.length;
      totals.sent += await this.#send(account, swept.blobs, now);
      sweep = swept.sweep;
      if (sweep.from === undefined) break;
    }
    await this.#stores.sweeps.save(account, { ...sweep, at: now });
    return totals;
  }

  /** Sends messages for those of these blobs that need one. A blob that was tried before keeps no other one waiting. */
  async #send(account: string, listed: readonly ListedLogBlob[], now: Date): Promise<number> {
    let sent = 0;
    const unknown = listed.filter((blob) => !this.#known.has(account, blob));
    for (const { service, hour, blobs } of groupByHour(unknown)) {
      const states = await this.#stores.readings.states(account, service, hour);
      const due: DueLogBlob[] = [];
      for (const blob of blobs) {
        const decision = decidePlan(blob.etag, states.get(blob.parsed.counter), now);
        if (decision.reason === "read") this.#known.add(account, blob);
        if (decision.send) due.push({ ...blob, reason: decision.reason });
      }
      const groups = [
        ...groupForMessages(due.filter(({ reason }) => reason !== "lost")),
        ...due.filter(({ reason }) => reason === "lost").map((blob) => [blob]),
      ];
      await forEachOf(groups, concurrentMessages, async (group) => {
        sent += await this.#sendOne(account, group, now);
      });
    }
    return sent;
  }

  /** @returns for how many of the blobs the message is; without any it is not sent */
  async #sendOne(account: string, group: readonly DueLogBlob[], now: Date): Promise<number> {
    const blobs: BlobOfMessage[] = [];
    await forEachOf(group, concurrentBlobs, async ({ name, parsed, etag, reason }) => {
      // noted before it is sent: after a crash in between the message is taken for lost, and sent later
      const planned = await this.#stores.readings.plan(account, parsed, etag, now);
      // another planner has noted it in the meantime, and sends the message
      if (reason === "new" && planned === undefined) return;
      blobs.push({ name, etag, ...(planned !== undefined && { planned }) });
    });
    if (blobs.length > 0) await this.#stores.queue.send(readLogBlobsWork(account, blobs));
    return blobs.length;
  }
}
