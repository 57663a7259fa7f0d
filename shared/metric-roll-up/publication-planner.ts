import { logHourPrefix } from "../storage-analytics/log-blob.js";
import { services, type Service } from "../storage-analytics/log-entry.js";
import { decideWatermark } from "../storage-analytics/metrics-watermark.js";
import type { DueHour, DueHours } from "../stores/due-hours/due-hours.js";
import type { GatewayMarks } from "../stores/gateway-marks/gateway-marks.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogReadings } from "../stores/log-readings/log-readings.js";
import type { MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import { Faults, forEachOf } from "../request-logs/concurrency.js";
import type { KnownReadings } from "../request-logs/known-readings.js";
import { groupByHour } from "../request-logs/log-sweep.js";
import { timeLogBlob } from "../request-logs/log-walk.js";
import type { GatewayUsage } from "./own-usage.js";
import { completeMinutes, isRecent } from "./publication.js";
import type { PublicationWork } from "./publication-work.js";

const minuteMs = 60_000;
const minutesPerHour = 60;
const hourMs = minutesPerHour * minuteMs;
/** So late within a minute, what is there is published even if the minute before is not complete. */
const patienceMs = 40_000;
/** An hour is looked at once more, whole, so many minutes after its end. */
export const settledMinutes = 2;
/** Hours whose log blobs are looked at after a pause, and hours that get their last look then. */
const maxHours = 7 * 24;
const maxListedHours = 24;
/** Messages waiting above which those about hours long over wait for the next minute. */
const maxWaiting = 50;
/** A blob whose message was sent more often than this can't be read, and waiting for it would stop everything. */
const maxTimes = 3;
const concurrentAccounts = 4;

export interface PublicationPlannerStores {
  readonly readings: LogReadings;
  readonly marks: GatewayMarks;
  readonly due: DueHours;
  readonly metrics: MetricStore;
  readonly publications: WorkQueue;
  readonly gatewayUsage: GatewayUsage;
  logBlobs(account: string): Promise<LogBlobs>;
}

export interface PlannedAccount {
  readonly name: string;
  /** The service's resource and namespace in the metric store. */
  target(service: Service): MetricTarget;
}

export interface PublicationPlanOutcome {
  /** Messages sent. */
  readonly sent: number;
  /** Services whose watermark moved though nothing was due. */
  readonly idle: number;
}

/** What an instance remembers of a service; only saves look-ups. */
interface Progress {
  /** Watermark. */
  completed: number | undefined;
  /** Minute of the clock whose work is done. */
  doneIn: number | undefined;
  /** Minute of the clock in which what was there was published, though more was to come. */
  hurriedIn: number | undefined;
}

/**
 * Decides once a minute for each service how far its metrics are complete, and sends messages to publish what is due.
 *
 * With a gateway that is as soon as it has flushed the minute before and its blobs are read; a tick before that costs one
 * mark. Without one it is at the first tick of a minute. Hours that are over get a last look, which finds edited rows;
 * hours that late blobs belong to are published alone, however old. Nothing depends on the memory of one instance.
 */
export class PublicationPlanner {
  readonly #accounts: readonly PlannedAccount[];
  readonly #stores: PublicationPlannerStores;
  readonly #latenessMs: number;
  readonly #known: KnownReadings;
  readonly #progress = new Map<string, Progress>();

  constructor(
    accounts: readonly PlannedAccount[],
    stores: PublicationPlannerStores,
    latenessMs: number,
    known: KnownReadings,
  ) {
    this.#accounts = accounts;
    this.#stores = stores;
    this.#latenessMs = latenessMs;
    this.#known = known;
  }

  /** @throws AggregateError if an account can't be looked at; the others were */
  async plan(now: Date): Promise<PublicationPlanOutcome> {
    const faults = new Faults();
    const totals = { sent: 0, idle: 0 };
    await forEachOf(this.#accounts, concurrentAccounts, async (account) => {
      for (const service of services) {
        await faults.attempt(`planning the ${service} metrics of ${account.name}`, async () => {
          const { sent, idle } = await this.#planService(account, service, now);
          totals.sent += sent;
          totals.idle += idle;
        });
      }
    });
    faults.throwIfAny();
    return totals;
  }

  async #planService(account: PlannedAccount, service: Service, now: Date): Promise<PublicationPlanOutcome> {
    const key = `${account.name} ${service}`;
    const progress = this.#progress.get(key) ?? {
      completed: undefined,
      doneIn: undefined,
      hurriedIn: undefined,
    };
    this.#progress.set(key, progress);
    const clockMinute = Math.floor(now.getTime() / minuteMs);
    if (progress.doneIn === clockMinute) return { sent: 0, idle: 0 };

    // the mark is read before the blobs are listed: what it speaks of is among them
    const mark = await this.#stores.marks.read(account.name, service);
    const flushedUpTo = mark && Date.parse(mark.flushedUpTo);
    const impatient = now.getTime() % minuteMs >= patienceMs && progress.hurriedIn !== clockMinute;
    const isFlushed = flushedUpTo === undefined || Math.floor(flushedUpTo / minuteMs) >= clockMinute;
    if (!isFlushed && !impatient) return { sent: 0, idle: 0 };
    const target = account.target(service);
    progress.completed ??= await this.#stores.metrics.watermark(target.resourceId);
    const last = progress.completed;
    const oldestUnread = await this.#oldestUnread(account.name, service, now, last);
    const given = { now: now.getTime(), flushedUpTo, latenessMs: this.#latenessMs, oldestUnread };
    const decision = decideWatermark(given, last);
    const complete = Math.min(flushedUpTo ?? now.getTime() - this.#latenessMs, now.getTime());
    const isRead = oldestUnread === undefined || oldestUnread >= Math.floor(complete / minuteMs) * minuteMs;
    if (!isRead && !impatient) return { sent: 0, idle: 0 };
    // before the messages, so that they publish it
    if (mark !== undefined && service === "blob") await this.#stores.gatewayUsage.record(account.name, mark, now);
    const sent = await this.#send(account, service, last, decision.advance ? decision.minute : undefined, clockMinute);
    if (decision.advance) progress.completed = decision.minute;
    if (isFlushed && isRead) progress.doneIn = clockMinute;
    else progress.hurriedIn = clockMinute;
    return { sent, idle: sent === 0 && decision.advance ? 1 : 0 };
  }

  /** Earliest start of a request in a blob of the latest hours that is listed and not read. Milliseconds. */
  async #oldestUnread(
    account: string,
    service: Service,
    now: Date,
    last: number | undefined,
  ): Promise<number | undefined> {
    const lastHour = Math.floor(now.getTime() / hourMs);
    const after = last === undefined ? lastHour - 1 : Math.floor(last / minutesPerHour);
    const firstHour = Math.max(Math.min(after, lastHour), lastHour - maxListedHours);
    const logBlobs = await this.#stores.logBlobs(account);
    let oldest: number | undefined;
    for (let hour = firstHour; hour <= lastHour; hour++) {
      const listed = await listLogBlobs(logBlobs, logHourPrefix(service, new Date(hour * hourMs)));
      for (const blob of await this.#unread(account, listed)) {
        const { earliest } = timeLogBlob(blob);
        if (oldest === undefined || earliest < oldest) oldest = earliest;
      }
    }
    return oldest;
  }

  async #unread(account: string, listed: readonly ListedLogBlob[]): Promise<readonly ListedLogBlob[]> {
    const unread: ListedLogBlob[] = [];
    const unknown = listed.filter((blob) => !this.#known.has(account, blob));
    for (const { service, hour, blobs } of groupByHour(unknown)) {
      const states = await this.#stores.readings.states(account, service, hour);
      for (const blob of blobs) {
        const state = states.get(blob.parsed.counter);
        const same = state?.etag === blob.etag;
        if (same && state.kind === "read") this.#known.add(account, blob);
        else if (!(same && state.kind === "planned" && state.times > maxTimes)) unread.push(blob);
      }
    }
    return unread;
  }

  /**
   * Sends what is to be done, the watermark's own message last: it must not move before the others are in the queue.
   * @param minute that the watermark moves to; undefined: it stays
   */
  async #send(
    account: PlannedAccount,
    service: Service,
    last: number | undefined,
    minute: number | undefined,
    clockMinute: number,
  ): Promise<number> {
    const { due: dueHours, publications, metrics } = this.#stores;
    const due = (await dueHours.list(account.name)).filter((note) => note.service === service);
    const upTo = minute ?? last ?? clockMinute;
    const ended = minute === undefined || last === undefined ? [] : endedHours(last, minute);
    const isDue = ({ hour }: DueHour): boolean => !ended.includes(hour) && !isRecent(hour, upTo);
    const alone = due.filter(isDue);
    const messages: PublicationWork[] = [
      ...ended.map((hour) => ({ kind: "publish-hour", account: account.name, service, hour, whole: true }) as const),
      ...(alone.length > 0 && (await publications.counts()).waiting > maxWaiting ? [] : alone).map(
        ({ hour }) => ({ kind: "publish-hour", account: account.name, service, hour, whole: false }) as const,
      ),
    ];
    const recent = due.some(({ hour }) => isRecent(hour, upTo));
    if (recent) messages.push({ kind: "complete-minutes", account: account.name, service, upTo });
    for (const message of messages) await publications.send(message);
    if (!recent && minute !== undefined) await completeMinutes(metrics, account.target(service), minute);
    return messages.length;
  }
}

/** Hours that had their end and the time to settle between two watermarks. */
function endedHours(last: number, minute: number): readonly number[] {
  const endedBy = (watermark: number): number => Math.floor((watermark - settledMinutes) / minutesPerHour) - 1;
  const [first, final] = [endedBy(last) + 1, endedBy(minute)];
  const from = Math.max(first, final - maxHours + 1);
  return Array.from({ length: Math.max(0, final - from + 1) }, (_, index) => from + index);
}
