import fc from "fast-check";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";

import { formatLogBlobMetadata, formatLogBlobName, parseLogBlobMetadata } from "../storage-analytics/log-blob.js";
import type { LogEntry } from "../storage-analytics/log-entry.js";
import { formatLogEntry } from "../storage-analytics/log-line.js";
import { parseRequestFilter } from "../storage-analytics/request-filter.js";
import type { RequestPlace } from "../storage-analytics/request-page.js";
import { listLogBlobs, type ListedLogBlob, type LogBlobs } from "../stores/log-blobs/log-blobs.js";
import type { LogHours } from "../stores/log-hours/log-hours.js";
import { blobRead } from "../testing/log-entries.js";
import type { LogListing } from "./log-listing.js";
import { groupByHour } from "./log-sweep.js";
import { searchRequests } from "./request-search.js";
import { reportUsage } from "./usage-report.js";

const start = Date.UTC(2026, 0, 31, 22);
const hourMs = 3_600_000;
const at = (second: number): Date => new Date(start + second * 1_000);

const entry = (second: number, about: Partial<LogEntry> = {}): LogEntry => ({
  ...blobRead,
  requestStartTime: `${at(second).toISOString().slice(0, -1)}0000Z`,
  requestIdHeader: `id-${second.toString().padStart(6, "0")}`,
  ...about,
});

interface Filed {
  /** Seconds from `start`; decides the hour of the name. */
  readonly endedAt: number;
  readonly entries: readonly LogEntry[];
  readonly metadata?: false;
}

/** `$logs` in memory, which notes what was opened. */
function logsOf(filed: readonly Filed[]): LogBlobs & { readonly opened: string[] } {
  const counters = new Map<number, number>();
  const blobs = filed.map(({ endedAt, entries, metadata }): ListedLogBlob & { readonly text: string } => {
    const hour = new Date(Math.floor(at(endedAt).getTime() / hourMs) * hourMs);
    const counter = counters.get(hour.getTime()) ?? 0;
    counters.set(hour.getTime(), counter + 1);
    const parsed = { service: "blob", hour, counter } as const;
    const text = entries.map((each) => `${formatLogEntry(each)}\n`).join("");
    const times = entries.map(({ requestStartTime }) => requestStartTime).sort();
    const written = formatLogBlobMetadata({
      logTypes: ["read"],
      startTime: new Date(times[0] ?? 0),
      endTime: new Date(times.at(-1) ?? 0),
      version: "1.0",
    });
    return {
      name: formatLogBlobName(parsed),
      parsed,
      etag: "1",
      size: Buffer.byteLength(text),
      metadata: metadata === false ? undefined : parseLogBlobMetadata(written),
      text,
    };
  });
  const opened: string[] = [];
  return {
    opened,
    page: (prefix) => Promise.resolve({ blobs: blobs.filter(({ name }) => name.startsWith(prefix)), next: undefined }),
    open: (name) => {
      opened.push(name);
      const blob = blobs.find((each) => each.name === name);
      if (blob === undefined) return Promise.resolve({ kind: "not-found" });
      const content = Readable.from([Buffer.from(blob.text)]);
      return Promise.resolve({ kind: "open", etag: "1", size: blob.size, content });
    },
  };
}

const hoursOf = (kept: ReadonlyMap<number, readonly ListedLogBlob[]>): LogHours => ({
  read: (_account, _service, from, to) =>
    Promise.resolve(new Map([...kept].filter(([hour]) => hour >= from.getTime() && hour < to.getTime()))),
  replace: () => Promise.reject(new Error("searching writes nothing")),
});

/** Nothing is kept: everything is listed. */
const listingOf = (logBlobs: LogBlobs): LogListing => ({
  account: "account",
  logBlobs,
  hours: hoursOf(new Map()),
  keptUpTo: Number.NEGATIVE_INFINITY,
});

function filterOf(from: Date, to: Date, more = "") {
  const outcome = parseRequestFilter(new URLSearchParams(more));
  if (outcome.kind !== "filter") throw new Error("the filter is right");
  return { ...outcome.filter, from, to };
}
const everything = filterOf(at(-100_000), at(100_000));

/** Pages to the end; the ids of each. */
async function pages(logs: LogBlobs, size: number, scannedBytes?: number): Promise<string[][]> {
  const all: string[][] = [];
  let after: RequestPlace | undefined;
  do {
    const limits = scannedBytes === undefined ? {} : { scannedBytes };
    const found = await searchRequests(listingOf(logs), {
      service: "blob",
      filter: everything,
      size,
      after,
      ...limits,
    });
    all.push(found.entries.map(({ requestIdHeader }) => requestIdHeader));
    after = found.next;
  } while (after !== undefined && all.length < 1_000);
  return all;
}

describe("requests come newest first, each once, page by page", () => {
  test("over blobs that interleave, an hour's end, and a request logged twice", async () => {
    const logs = logsOf([
      { endedAt: 3_500, entries: [entry(3_400), entry(3_499), entry(10)] },
      { endedAt: 3_550, entries: [entry(3_450), entry(3_499)] },
      // filed by its end: begun in the hour before
      { endedAt: 3_700, entries: [entry(3_460), entry(3_650)] },
    ]);
    expect(await pages(logs, 2)).toEqual([
      ["id-003650", "id-003499"],
      ["id-003460", "id-003450"],
      ["id-003400", "id-000010"],
      // older hours could have held more
      [],
    ]);
  });

  test("nothing there is an empty last page", async () => {
    expect(await pages(logsOf([]), 10)).toEqual([[]]);
  });

  test("blobs without metadata are read as well", async () => {
    const logs = logsOf([{ endedAt: 100, entries: [entry(90), entry(80)], metadata: false }]);
    expect((await pages(logs, 10)).flat()).toEqual(["id-000090", "id-000080"]);
  });

  test("a budget that ends a page early goes on with the next one, and misses nothing", async () => {
    const logs = logsOf(
      Array.from({ length: 100 }, (_, index) => ({
        endedAt: index * 200,
        entries: [entry(index * 200 - 3), entry(index * 200 - 150)],
      })),
    );
    const limited = await pages(logs, 1_000, 1_000);
    expect(limited.length).toBeGreaterThan(3);
    expect(limited.flat()).toEqual((await pages(logs, 1_000)).flat());
    expect(limited.flat().length).toBe(200);
  });

  test("any blobs, any page size: the same as sorting everything", async () => {
    const blob = fc.record({
      endedAt: fc.integer({ min: 0, max: 80_000 }),
      ages: fc.array(fc.integer({ min: 0, max: 3_600 }), { minLength: 1, maxLength: 8 }),
      metadata: fc.constantFrom(undefined, false as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(blob, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), async (blobs, size) => {
        const filed = blobs.map(({ endedAt, ages, metadata }) => ({
          endedAt,
          entries: ages.map((age) => entry(endedAt - age)),
          ...(metadata === false && { metadata }),
        }));
        const ids = new Map(
          filed.flatMap(({ entries }) => entries.map((each) => [each.requestStartTime, each.requestIdHeader])),
        );
        const newestFirst = [...ids].sort(([a], [b]) => (a > b ? -1 : 1)).map(([, id]) => id);
        expect((await pages(logsOf(filed), size)).flat()).toEqual(newestFirst);
      }),
      { numRuns: 60 },
    );
  });
});

describe("hours whose listing is kept", () => {
  const filed = Array.from({ length: 40 }, (_, index) => ({
    endedAt: index * 600,
    entries: [entry(index * 600 - 5), entry(index * 600 - 500)],
  }));

  test.each([0, 1, 3, 5, 7])("are looked up there, %i hours here, and the others listed", async (hours) => {
    const logs = logsOf(filed);
    const kept = groupByHour(await listLogBlobs(logs, "")).map(
      ({ hour, blobs }): [number, readonly ListedLogBlob[]] => [hour.getTime(), blobs],
    );
    const listed: string[] = [];
    const logBlobs: LogBlobs = { ...logs, page: (prefix) => (listed.push(prefix), logs.page(prefix)) };
    const keptUpTo = start + hours * hourMs;
    const listing = { account: "account", logBlobs, hours: hoursOf(new Map(kept)), keptUpTo };
    const found = await searchRequests(listing, { service: "blob", filter: everything, size: 1_000, after: undefined });
    const all = await searchRequests(listingOf(logs), {
      service: "blob",
      filter: everything,
      size: 1_000,
      after: undefined,
    });
    expect(found.entries).toEqual(all.entries);
    expect(found.entries.length).toBe(80);
    expect(logs.opened.length).toBe(2 * filed.length);
    // by hours or, where more than three are asked for, by the day
    const hourOf = (prefix: string): string => prefix.slice("blob/".length).replaceAll("/", "").slice(0, 10);
    const firstListed = new Date(keptUpTo).toISOString().replaceAll(/[-T]/g, "").slice(0, 10);
    expect(listed.filter((prefix) => hourOf(prefix) < firstListed.slice(0, hourOf(prefix).length))).toEqual([]);
  });

  test("of a blob that is gone nothing is found, and nothing fails", async () => {
    const logs = logsOf(filed);
    const [gone] = await listLogBlobs(logs, "");
    if (gone === undefined) throw new Error("there are blobs");
    const missing = { ...gone, name: "blob/2026/01/31/2200/999999.log" };
    const listing = {
      account: "account",
      logBlobs: logs,
      hours: hoursOf(new Map([[gone.parsed.hour.getTime(), [missing]]])),
      keptUpTo: start + hourMs,
    };
    const filter = filterOf(at(-1_000), at(100));
    expect(await searchRequests(listing, { service: "blob", filter, size: 10, after: undefined })).toMatchObject({
      entries: [],
      next: undefined,
    });
  });
});

describe("only the blobs that a page needs are read", () => {
  const filed = Array.from({ length: 700 }, (_, index) => ({
    endedAt: index * 5,
    entries: Array.from({ length: 10 }, (__, k) => entry(index * 5 - k / 2 + 2)),
  }));

  test("the newest ones for the first page of an hour", async () => {
    const logs = logsOf(filed);
    await searchRequests(listingOf(logs), {
      service: "blob",
      filter: filterOf(at(0), at(3_600)),
      size: 100,
      after: undefined,
    });
    expect(logs.opened.length).toBeLessThanOrEqual(24);
  });

  test("those that overlap for a short range", async () => {
    const logs = logsOf(filed);
    const filter = filterOf(at(1_000), at(1_010));
    const { entries } = await searchRequests(listingOf(logs), {
      service: "blob",
      filter,
      size: 1_000,
      after: undefined,
    });
    expect(entries.length).toBe(20);
    expect(logs.opened.length).toBeLessThanOrEqual(5);
  });
});

describe("usage of a range", () => {
  const filed = [
    {
      endedAt: 20,
      entries: [entry(10), entry(11, { operationType: "PutBlob", requestStatus: "ServerBusy", httpStatusCode: "503" })],
    },
    { endedAt: 4_000, entries: [entry(3_990), entry(5)] },
  ];
  const query = { service: "blob", by: "operation", pathDepth: undefined } as const;

  test("sums up requests, bytes and errors of the filter alone", async () => {
    const report = await reportUsage(listingOf(logsOf(filed)), { ...query, filter: filterOf(at(0), at(3_600)) });
    expect(report).toMatchObject({
      kind: "report",
      rows: [
        { group: "GetBlob", requests: 2, errors: 0, bytesIn: 566, bytesOut: 754 },
        { group: "PutBlob", requests: 1, errors: 1 },
      ],
    });
    const filtered = await reportUsage(listingOf(logsOf(filed)), {
      ...query,
      filter: filterOf(at(0), at(60), "operation=PutBlob"),
    });
    expect(filtered).toMatchObject({ rows: [{ group: "PutBlob", requests: 1 }] });
  });

  test("counts each request once, however many hours are listed together", async () => {
    const hourly = Array.from({ length: 20 }, (_, index) => ({
      endedAt: index * 3_600,
      entries: [entry(index * 3_600)],
    }));
    const report = await reportUsage(listingOf(logsOf(hourly)), { ...query, filter: filterOf(at(0), at(72_000)) });
    expect(report).toMatchObject({ rows: [{ group: "GetBlob", requests: 20 }], scanned: { blobs: 20 } });
  });

  test("counts a request that was logged twice once, in whichever blobs; one without an id each time", async () => {
    const nameless = entry(12, { requestIdHeader: "" });
    const filed = [
      { endedAt: 20, entries: [entry(10), entry(10), nameless] },
      { endedAt: 25, entries: [entry(10), entry(11), nameless] },
    ];
    const report = await reportUsage(listingOf(logsOf(filed)), { ...query, filter: everything });
    expect(report).toMatchObject({ rows: [{ group: "GetBlob", requests: 4 }] });
  });

  test("logs that are larger than a report reads are refused before they are read", async () => {
    const logs = logsOf(filed);
    const report = await reportUsage(listingOf(logs), { ...query, filter: everything, maxBytes: 100 });
    expect(report.kind).toBe("too-large");
    expect(logs.opened).toEqual([]);
  });
});
