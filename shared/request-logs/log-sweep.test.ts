import fc from "fast-check";
import { expect, test } from "vitest";

import { formatLogBlobName } from "../storage-analytics/log-blob.js";
import { services } from "../storage-analytics/log-entry.js";
import type { ListedLogBlob, LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { ListedLogHour, LogHour, LogHours } from "../stores/log-hours/log-hours.js";
import type { LogSweep } from "../stores/log-sweeps/log-sweeps.js";
import { groupByHour, newSweep, settledAfterMs, sweepPage } from "./log-sweep.js";

const hourMs = 3_600_000;
const now = new Date("2026-01-31T10:30:00Z");

const blobOf = (service: (typeof services)[number], hoursAgo: number, counter: number): ListedLogBlob => {
  const hour = new Date(Math.floor(now.getTime() / hourMs) * hourMs - hoursAgo * hourMs);
  const parsed = { service, hour, counter };
  return { name: formatLogBlobName(parsed), parsed, etag: "1", size: 10, metadata: undefined };
};

/** A listing that is cut into pages of some size. */
function pagedLogs(blobs: readonly ListedLogBlob[], size: number): LogBlobs {
  const sorted = [...blobs].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    page: (prefix, from = "0") => {
      const start = Number(from);
      const matching = sorted.filter(({ name }) => name.startsWith(prefix));
      const next = start + size < matching.length ? String(start + size) : undefined;
      return Promise.resolve({ blobs: matching.slice(start, start + size), next });
    },
    open: () => Promise.reject(new Error("a sweep opens nothing")),
  };
}

const keyOf = ({ service, hour }: LogHour): string => `${service};${hour.toISOString()}`;

/** Kept listings by key. */
function hoursIn(kept: Map<string, ListedLogHour>): LogHours {
  return {
    read: () => Promise.reject(new Error("a sweep reads nothing")),
    replace: (_account, after, upTo, hours) => {
      for (const key of kept.keys()) {
        if ((after === undefined || key > keyOf(after)) && (upTo === undefined || key <= keyOf(upTo))) kept.delete(key);
      }
      for (const hour of hours) kept.set(keyOf(hour), hour);
      return Promise.resolve();
    },
  };
}

const settled = (blobs: readonly ListedLogBlob[]): ListedLogHour[] =>
  groupByHour(blobs).filter(({ hour }) => hour.getTime() + hourMs <= now.getTime() - settledAfterMs);

test("a round keeps the hours that are over, whole, and forgets the others, whatever the pages are cut like", async () => {
  const blob = fc
    .tuple(fc.constantFrom(...services), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 5 }))
    .map(([service, hoursAgo, counter]) => blobOf(service, hoursAgo, counter));
  const some = fc.uniqueArray(blob, { maxLength: 60, selector: ({ name }) => name });
  await fc.assert(
    fc.asyncProperty(some, some, fc.integer({ min: 1, max: 70 }), async (before, blobs, size) => {
      const kept = new Map(settled(before).map((hour) => [keyOf(hour), hour]));
      const logs = pagedLogs(blobs, size);
      let sweep: LogSweep = newSweep(now);
      do sweep = (await sweepPage("account", logs, hoursIn(kept), sweep, now)).sweep;
      while (sweep.from !== undefined);
      const sorted = (hours: Iterable<ListedLogHour>): unknown[] =>
        [...hours]
          .map((hour) => ({ key: keyOf(hour), names: hour.blobs.map(({ name }) => name).sort() }))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
      expect(sorted(kept.values())).toEqual(sorted(settled(blobs)));
      const sums = Object.values(sweep.last?.sums ?? {});
      expect(sums.reduce((total, each) => total + each.blobs, 0)).toBe(blobs.length);
      expect(sums.reduce((total, each) => total + each.bytes, 0)).toBe(blobs.length * 10);
    }),
  );
});
