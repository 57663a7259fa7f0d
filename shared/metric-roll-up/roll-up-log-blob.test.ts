import { expect, test } from "vitest";

import type { LogEntry } from "../storage-analytics/log-entry.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import type { RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { sampleEntry, startTimeAt } from "../testing/metric-entries.js";
import { OpenLedgers } from "./open-ledgers.js";
import { rollUpLogBlob, rollUpLogBlobs } from "./roll-up-log-blob.js";

const hourMs = 3_600_000;
const hour = Date.UTC(2026, 0, 1, 10) / hourMs;
const name = { account: "acc", service: "blob", hour } as const;
const entry = (id: string, of = hour): LogEntry =>
  sampleEntry({ requestIdHeader: id, requestStartTime: startTimeAt(of * hourMs) });

function blob(
  source: string,
  entries: readonly LogEntry[],
  options: { readonly oldestHour?: number; readonly gone?: boolean } = {},
) {
  const reads = { again: 0 };
  const read = (excluded?: ConstructorParameters<typeof LogRollUp>[1]): LogRollUp => {
    const rollUp = new LogRollUp("blob", excluded);
    for (const each of entries) rollUp.addEntry(each);
    return rollUp;
  };
  return {
    reads,
    account: "acc",
    source,
    rollUp: read(),
    oldestHour: options.oldestHour ?? 0,
    readAgain: (excluded: Parameters<typeof read>[0]) => {
      reads.again += 1;
      return Promise.resolve(options.gone === true ? undefined : read(excluded));
    },
  };
}

async function requestsIn(store: RollUpLedgers): Promise<number> {
  const ledger = await new OpenLedgers(store).read(name);
  return [...ledger.cells()].reduce((sum, { requests }) => sum + requests, 0);
}

test("blobs whose ids do not overlap are each read once", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  const blobs = ["a", "b", "c"].map((id) => blob(id, [entry(id)]));
  for (const each of blobs) {
    const hours = [{ service: "blob", hour }];
    expect(await rollUpLogBlob(ledgers, each)).toEqual({ kind: "rolled-up", hours, duplicates: 0, tooOld: 0 });
  }
  expect(blobs.map(({ reads }) => reads.again)).toEqual([0, 0, 0]);
  expect(await requestsIn(store)).toBe(3);
});

test("of a blob that overlaps with an earlier one, only what is new counts, also on an instance that knew nothing", async () => {
  const store = ledgersInMemory();
  await rollUpLogBlob(new OpenLedgers(store), blob("a", [entry("1"), entry("2")]));
  const later = blob("b", [entry("2"), entry("3")]);
  expect(await rollUpLogBlob(new OpenLedgers(store), later)).toMatchObject({ duplicates: 1 });
  expect(later.reads.again).toBe(1);
  expect(await requestsIn(store)).toBe(3);
});

test("a blob of duplicates alone is remembered: delivered again it adds nothing, and hears again what it leaves out", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await rollUpLogBlob(ledgers, blob("a", [entry("1")]));
  const copy = blob("b", [entry("1")]);
  for (const reads of [1, 2]) {
    await rollUpLogBlob(ledgers, copy);
    expect(copy.reads.again).toBe(reads);
  }
  expect(await requestsIn(store)).toBe(1);
});

test("two instances that roll up the same blob at once count it once", async () => {
  const store = ledgersInMemory();
  const same = blob("a", [entry("1"), entry("2")]);
  await Promise.all([rollUpLogBlob(new OpenLedgers(store), same), rollUpLogBlob(new OpenLedgers(store), same)]);
  expect(await requestsIn(store)).toBe(2);
});

test("twenty instances with overlapping blobs at once lose nothing and count nothing twice", async () => {
  const store = ledgersInMemory();
  const blobs = Array.from({ length: 20 }, (_, index) => blob(`${index}`, [entry(`${index}`), entry(`${index + 1}`)]));
  await Promise.all(blobs.map((each) => rollUpLogBlob(new OpenLedgers(store), each)));
  expect(await requestsIn(store)).toBe(21);
});

test("a name that comes back with other content is another blob", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await rollUpLogBlob(ledgers, blob("name etag1", [entry("1")]));
  await rollUpLogBlob(ledgers, blob("name etag2", [entry("2")]));
  expect(await requestsIn(store)).toBe(2);
});

test("a blob that is gone before its second read adds nothing, and is said to be gone", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await rollUpLogBlob(ledgers, blob("a", [entry("1")]));
  expect(await rollUpLogBlob(ledgers, blob("b", [entry("1"), entry("2")], { gone: true }))).toEqual({
    kind: "gone",
    hours: [],
  });
  expect(await requestsIn(store)).toBe(1);
});

test("hours whose ledgers retention has removed are left alone: a part of an hour must not become its rows", async () => {
  const store = ledgersInMemory();
  const old = blob("a", [entry("1", hour - 1), entry("2")], { oldestHour: hour });
  expect(await rollUpLogBlob(new OpenLedgers(store), old)).toMatchObject({ hours: [{ hour }], tooOld: 1 });
});

test("a ledger that was removed is begun anew by an instance that knew it", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await rollUpLogBlob(ledgers, blob("a", [entry("1"), entry("2")]));
  await store.remove(name);
  await rollUpLogBlob(ledgers, blob("b", [entry("3")]));
  expect(await requestsIn(store)).toBe(1);
});

test("memory holds as many ids as allowed, and an hour that was let go is read again", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store, 2);
  for (const [index, of] of [hour, hour + 1, hour, hour + 1].entries()) {
    await rollUpLogBlob(ledgers, blob(`${index}`, [entry(`${index}`, of), entry(`${index} too`, of)]));
  }
  expect(await requestsIn(store)).toBe(4);
});

test("a fault while a record is made leaves the ledger usable", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await expect(ledgers.append(name, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await rollUpLogBlob(ledgers, blob("a", [entry("1")]));
  expect(await requestsIn(store)).toBe(1);
});

test("blobs that are given together are appended together, and read once", async () => {
  const store = ledgersInMemory();
  let appends = 0;
  const append: typeof store.append = (...given) => {
    appends += 1;
    return store.append(...given);
  };
  const blobs = ["a", "b", "c"].map((id) => blob(id, [entry(id)]));
  const outcomes = await rollUpLogBlobs(new OpenLedgers({ ...store, append }), blobs);
  const outcome = { kind: "rolled-up", hours: [{ service: "blob", hour }], duplicates: 0, tooOld: 0 };
  expect(outcomes).toEqual([outcome, outcome, outcome]);
  expect([appends, await requestsIn(store)]).toEqual([1, 3]);
  expect(blobs.map(({ reads }) => reads.again)).toEqual([0, 0, 0]);
});

test("of blobs that are given together each request counts once, whichever of them, or of those before, tell of it", async () => {
  const store = ledgersInMemory();
  const ledgers = new OpenLedgers(store);
  await rollUpLogBlob(ledgers, blob("before", [entry("1")]));
  const blobs = [
    blob("overlaps with the one before", [entry("1"), entry("2")]),
    blob("new", [entry("3"), entry("4")]),
    blob("overlaps with a new one", [entry("4"), entry("5")]),
    blob("overlaps with one that overlaps", [entry("2"), entry("6")]),
    blob("before", [entry("1")]),
    blob("no overlap, two hours", [entry("7"), entry("7", hour + 1)]),
  ];
  const outcomes = await rollUpLogBlobs(ledgers, blobs);
  expect(outcomes.map((each) => each.kind === "rolled-up" && each.duplicates)).toEqual([2, 0, 1, 0, 0, 0]);
  expect(await requestsIn(store)).toBe(7);
  // the message again, on an instance that knows nothing
  await rollUpLogBlobs(new OpenLedgers(store), blobs);
  expect(await requestsIn(store)).toBe(7);
});
