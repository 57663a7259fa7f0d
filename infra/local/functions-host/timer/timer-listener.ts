import { text } from "node:stream/consumers";

import { type ContainerClient } from "@azure/storage-blob";

import { type Log } from "../log.js";
import { storageErrorCode, storageStatus } from "../storage/storage-clients.js";
import { type Schedule } from "./schedule.js";
import { decideStart, formatStatus, parseStatus, type ScheduleStatus, statusAfterRun } from "./schedule-status.js";
import { SingletonLease } from "./singleton-lease.js";
import { localIso } from "./time-zone.js";

export type TimerListenerOptions = {
  readonly functionName: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
  readonly hostId: string;
  /** Opens container `azure-webjobs-hosts` of the host's storage. */
  readonly openContainer: () => Promise<ContainerClient>;
  /** 15 to 60 seconds, in milliseconds. */
  readonly leaseMs: number;
  /** Time between attempts to get the lease while another host has it. */
  readonly lockRetryMs: number;
  readonly run: (run: TimerRun) => Promise<unknown>;
  readonly log: Log;
};

export type TimerRun = {
  readonly reason: string;
  /** State before this run; undefined without a monitor (§7.5). */
  readonly status: ScheduleStatus | undefined;
  readonly isPastDue: boolean;
};

const category = "Host.Triggers.Timer";
const singletonCategory = "Host.Singleton";
/** Longest sleep: a laptop that was suspended, or a clock that was set, is noticed after this time. */
const longestSleepMs = 30_000;
/** Wait before storage that does not answer is asked again. */
const storageRetryMs = 1_000;

/** One timer function: waits for the listener lock, then for each slot of its schedule, one run at a time (§7.4, §7.6). */
export class TimerListener {
  readonly #options: TimerListenerOptions;
  readonly #monitored: boolean;
  #stopping = false;
  #lost = false;
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #container: ContainerClient | undefined;

  constructor(options: TimerListenerOptions) {
    this.#options = options;
    this.#monitored = options.useMonitor && !options.schedule.isSubMinute;
  }

  start(): void {
    this.#stopping = false;
    this.#loop ??= this.#main();
  }

  /** Waits for a running function, then gives the lock back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#loop;
    this.#loop = undefined;
  }

  async #main(): Promise<void> {
    const { functionName, hostId, leaseMs, log } = this.#options;
    this.#container = await this.#options.openContainer();
    const blobName = `locks/${hostId}/Host.Functions.${functionName}.Listener`;
    while (!this.#stopped()) {
      const lease = new SingletonLease(this.#container, blobName, leaseMs, (reason) => {
        log(
          "warning",
          singletonCategory,
          `The lock of timer '${functionName}' was lost (${reason}); it is asked for again.`,
        );
        this.#lost = true;
        this.#wake?.();
      });
      if (!(await this.#waitForLease(lease))) return;
      this.#lost = false;
      await this.#serve();
      await lease.release().catch((error: unknown) => {
        log(
          "debug",
          singletonCategory,
          `The lock of timer '${functionName}' could not be released: ${reasonOf(error)}`,
        );
      });
    }
  }

  /** @returns false when the listener was stopped meanwhile */
  async #waitForLease(lease: SingletonLease): Promise<boolean> {
    const { functionName, lockRetryMs, log } = this.#options;
    let told = "";
    const tell = (text: string): void => {
      if (text !== told) log("information", singletonCategory, text);
      told = text;
    };
    while (!this.#stopped()) {
      let waitMs = lockRetryMs;
      try {
        const acquired = await lease.acquire();
        if (acquired.kind === "acquired") {
          const takenOver = acquired.tookOverFrom;
          if (takenOver !== undefined)
            tell(`Timer '${functionName}': took the lock over from process ${takenOver}, which is gone.`);
          else if (told !== "") tell(`Timer '${functionName}': has the lock now.`);
          return true;
        }
        tell(`Timer '${functionName}' waits: ${acquired.by} has its lock.`);
      } catch (error) {
        waitMs = storageRetryMs;
        tell(`Timer '${functionName}' waits: its lock cannot be asked for (${reasonOf(error)}).`);
      }
      await this.#sleep(waitMs);
    }
    return false;
  }

  async #serve(): Promise<void> {
    const { schedule, runOnStartup, functionName, log } = this.#options;
    let status: ScheduleStatus | undefined;
    let next: number | undefined;
    let startRun: "past-due" | "on-startup" | "none";
    if (this.#monitored) {
      const stored = await this.#readStatus();
      if (stored === "stopped") return;
      const decision = decideStart(stored, schedule, runOnStartup, Date.now());
      if (decision.write) await this.#writeStatus(decision.status);
      ({ status, run: startRun } = decision);
      next = status.next;
      log(
        "debug",
        category,
        `Timer '${functionName}' (${decision.reason}): next at ${next === undefined ? "never" : localIso(next)}.`,
      );
    } else {
      startRun = runOnStartup ? "on-startup" : "none";
      next = schedule.next(Date.now());
    }
    if (startRun !== "none") {
      const isPastDue = startRun === "past-due";
      status = await this.#fire({ slot: undefined, status, isPastDue });
      next = status?.next ?? (this.#monitored ? undefined : schedule.next(Date.now()));
    }
    while (!this.#ended()) {
      if (!(await this.#sleepUntil(next))) return;
      const slot = next ?? Date.now();
      status = await this.#fire({ slot, status, isPastDue: false });
      // without a monitor, slots that passed during the run are dropped; a slot served early does not come again
      next = this.#monitored ? status?.next : schedule.next(Math.max(Date.now(), slot));
    }
  }

  /** Runs the function once; the schedule goes on whatever comes of it. */
  async #fire(due: {
    slot: number | undefined;
    status: ScheduleStatus | undefined;
    isPastDue: boolean;
  }): Promise<ScheduleStatus | undefined> {
    const { schedule, run } = this.#options;
    const firedAt = Date.now();
    await run({ reason: `Timer fired at ${localIso(firedAt)}`, status: due.status, isPastDue: due.isPastDue });
    if (!this.#monitored) return undefined;
    const after = statusAfterRun(schedule, due.slot, firedAt, Date.now());
    await this.#writeStatus(after);
    return after;
  }

  #statusBlob(): ReturnType<ContainerClient["getBlockBlobClient"]> {
    const { hostId, functionName } = this.#options;
    if (this.#container === undefined) throw new Error("the timer listener was not started");
    return this.#container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${functionName}/status`);
  }

  async #readStatus(): Promise<ScheduleStatus | undefined | "stopped"> {
    while (!this.#ended()) {
      try {
        // one request, so that the text is of one version of the blob
        const { readableStreamBody } = await this.#statusBlob().download();
        return parseStatus(readableStreamBody === undefined ? "" : await text(readableStreamBody));
      } catch (error) {
        if (storageStatus(error) === 404) return undefined;
        const { functionName, log } = this.#options;
        log("warning", category, `Timer '${functionName}' waits: its status cannot be read (${reasonOf(error)}).`);
        await this.#sleep(storageRetryMs);
      }
    }
    return "stopped";
  }

  /** A status that cannot be written is logged; the timer goes on (§7.4). */
  async #writeStatus(status: ScheduleStatus): Promise<void> {
    const json = JSON.stringify(formatStatus(status));
    try {
      await this.#statusBlob().upload(json, json.length, { blobHTTPHeaders: { blobContentType: "application/json" } });
    } catch (error) {
      const { functionName, log } = this.#options;
      log("error", category, `The status of timer '${functionName}' could not be written (${reasonOf(error)}).`);
    }
  }

  /** @returns false when the listener was stopped or lost its lock meanwhile */
  async #sleepUntil(instant: number | undefined): Promise<boolean> {
    while (!this.#ended()) {
      const left = instant === undefined ? longestSleepMs : instant - Date.now();
      if (left <= 0) return true;
      await this.#sleep(Math.min(left, longestSleepMs));
    }
    return false;
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  // methods, so that the compiler does not take the flags for unchanged across an await
  #stopped(): boolean {
    return this.#stopping;
  }

  #ended(): boolean {
    return this.#stopping || this.#lost;
  }
}

function reasonOf(error: unknown): string {
  return storageErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
