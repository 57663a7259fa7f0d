import fc from "fast-check";
import { expect, test } from "vitest";

import { arbitraryEntry, sampleEntry, startTimeAt } from "../testing/metric-entries.js";
import { LogRollUp, authenticationOf, geoTypeOf, ledgerHourKey, maxHoursPerBlob } from "./log-roll-up.js";
import { formatLogEntry } from "./log-line.js";
import { RequestScanner } from "./request-scanner.js";
import { maxOperations } from "./roll-up-cells.js";

const hourMs = 3_600_000;
const tenOClock = Date.UTC(2026, 0, 1, 10);

const rollUpOf = (entries: Iterable<Parameters<LogRollUp["addEntry"]>[0]>, rollUp = new LogRollUp("blob")) => {
  for (const entry of entries) rollUp.addEntry(entry);
  return rollUp;
};
const cellsOf = (rollUp: LogRollUp) => rollUp.parts().flatMap(({ cells }) => [...cells.cells()]);
const id = (number: number): string => `${number.toString().padStart(8, "0")}-0000-0000-0000-000000000000`;

const summary = (rollUp: LogRollUp) =>
  cellsOf(rollUp)
    .map(({ minute, series, requests, ingress, egress, latency }) =>
      JSON.stringify([
        minute,
        Object.values(series),
        requests,
        ingress,
        egress,
        latency?.endToEnd.sum,
        [...(latency?.server.sketch.entries() ?? [])],
      ]),
    )
    .sort();

test("bytes, requests and latencies of a minute are added up, with the smallest and largest", () => {
  const rollUp = rollUpOf([
    sampleEntry({ requestIdHeader: id(1), requestPacketSize: 10, endToEndLatencyMs: 7, serverLatencyMs: 3 }),
    sampleEntry({ requestIdHeader: id(2), requestPacketSize: 90, endToEndLatencyMs: 20, serverLatencyMs: 20 }),
  ]);
  const [cell, ...others] = cellsOf(rollUp);
  expect(others).toEqual([]);
  expect(cell).toMatchObject({
    minute: tenOClock / 60_000,
    series: { access: "user", operation: "GetBlob", responseType: "Success", authentication: "AccountKey" },
    requests: 2,
    ingress: { sum: 700, min: 310, max: 390 },
    egress: { sum: 2_400, min: 1_200, max: 1_200 },
    latency: { endToEnd: { sum: 27, min: 7, max: 20 }, server: { sum: 23, min: 3, max: 20 } },
  });
});

test("sub-operations repeat the sizes of their request and are not counted", () => {
  const copy = { requestIdHeader: id(1), operationType: "CopyBlob" };
  const rollUp = rollUpOf([
    sampleEntry({ ...copy, operationCount: 0 }),
    sampleEntry({ ...copy, operationType: "CopyBlobSource", operationCount: 1 }),
    sampleEntry({ ...copy, operationType: "CopyBlobDestination", operationCount: 2 }),
  ]);
  expect(cellsOf(rollUp)).toMatchObject([{ requests: 1, series: { operation: "CopyBlob" } }]);
  expect(rollUp.duplicates).toBe(0);
});

test("an entry that comes twice counts once, one without an id each time", () => {
  const rollUp = rollUpOf([
    sampleEntry({ requestIdHeader: id(1) }),
    sampleEntry({ requestIdHeader: id(1) }),
    sampleEntry({ requestIdHeader: "" }),
    sampleEntry({ requestIdHeader: "" }),
  ]);
  expect(cellsOf(rollUp)).toMatchObject([{ requests: 3 }]);
  expect(rollUp.duplicates).toBe(1);
});

test("ids counted before are dropped in their own hour only", () => {
  const first = rollUpOf([sampleEntry({ requestIdHeader: id(1) })]);
  const excluded = new Map(first.parts().map((part) => [ledgerHourKey(part), part.ids]));
  const again = new LogRollUp("blob", excluded);
  rollUpOf(
    [
      sampleEntry({ requestIdHeader: id(1) }),
      sampleEntry({ requestIdHeader: id(1), requestStartTime: startTimeAt(tenOClock + hourMs) }),
      sampleEntry({ requestIdHeader: id(2) }),
    ],
    again,
  );
  expect(cellsOf(again).map(({ requests }) => requests)).toEqual([1, 1]);
  expect(again.duplicates).toBe(1);
});

test("what a blob adds is parted by service and by the hour in which requests started", () => {
  const rollUp = rollUpOf([
    sampleEntry({ requestIdHeader: id(1), requestStartTime: startTimeAt(tenOClock - 1) }),
    sampleEntry({ requestIdHeader: id(2) }),
    sampleEntry({ requestIdHeader: id(3), serviceType: "table" }),
    sampleEntry({ requestIdHeader: id(4), serviceType: "" }),
  ]);
  const hour = tenOClock / hourMs;
  expect(rollUp.parts().map(({ service, hour: of, ids }) => [service, of - hour, ids.size])).toEqual([
    ["blob", -1, 1],
    ["blob", 0, 2],
    ["table", 0, 1],
  ]);
});

test("10,000 hostile operation names become Unknown, and no request is lost", () => {
  const names = Array.from({ length: 10_000 }, (_, number) =>
    number % 2 === 0 ? `Api${number}` : `'; drop ${number}`,
  );
  const rollUp = rollUpOf(
    names.map((operationType, number) => sampleEntry({ operationType, requestIdHeader: id(number) })),
  );
  const cells = cellsOf(rollUp);
  expect(new Set(cells.map(({ series }) => series.operation)).size).toBe(maxOperations + 1);
  expect(cells.reduce((sum, { requests }) => sum + requests, 0)).toBe(10_000);
  expect(cells.find(({ series }) => series.operation === "Unknown")?.requests).toBe(10_000 - maxOperations);
});

test("a blob whose requests are spread over years is cut at the limit, and the rest is told", () => {
  const hours = Array.from({ length: maxHoursPerBlob + 5 }, (_, hour) => tenOClock - hour * hourMs);
  const rollUp = rollUpOf(
    hours.map((time, number) => sampleEntry({ requestIdHeader: id(number), requestStartTime: startTimeAt(time) })),
  );
  expect(rollUp.parts()).toHaveLength(maxHoursPerBlob);
  expect(rollUp.unplaced).toBe(5);
});

test("in whichever order entries come, and however they are cut into blobs, the sums are the same", () => {
  const entries = fc.array(arbitraryEntry({ from: tenOClock, span: hourMs }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(entries, fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (all, random) => {
      const shuffled = all.map((entry, index) => ({ entry, at: random[index] ?? 0 })).sort((a, b) => a.at - b.at);
      expect(summary(rollUpOf(shuffled.map(({ entry }) => entry)))).toEqual(summary(rollUpOf(all)));
    }),
    { numRuns: 50 },
  );
});

test("scanned from bytes, a log adds up to the same as entry by entry", () => {
  const odd = fc.record({
    requestIdHeader: fc.constantFrom("", "id é", "a b"),
    operationType: fc.constantFrom("X Y", "Api1"),
  });
  const entry = fc.tuple(arbitraryEntry({ from: tenOClock, span: 2 * hourMs }), fc.option(odd, { freq: 4 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.nat({ max: 3 }), (pairs, repeats) => {
      const entries = pairs.map(([each, changes]) => ({ ...each, serviceType: "blob", ...changes }));
      const all = [...entries, ...entries.slice(0, repeats)];
      const scanned = new LogRollUp("blob");
      const scanner = new RequestScanner(scanned, ({ message }) => {
        throw new Error(message);
      });
      scanner.push(Buffer.from(all.map((each) => `${formatLogEntry(each)}\n`).join("")));
      scanner.end();
      const added = rollUpOf(all);
      expect(summary(scanned)).toEqual(summary(added));
      expect(scanned.duplicates).toBe(added.duplicates);
      const ids = (rollUp: LogRollUp) => rollUp.parts().map((part) => part.ids.toSortedBytes());
      expect(ids(scanned)).toEqual(ids(added));
    }),
    { numRuns: 100 },
  );
});

test.each([
  { authenticationType: "authenticated", is: "AccountKey" },
  { authenticationType: "sas", is: "SAS" },
  { authenticationType: "bearer", is: "OAuth" },
  { authenticationType: "anonymous", is: "Anonymous" },
  { authenticationType: "anonymous", operationType: "BlobPreflightRequest", is: "AnonymousPreflight" },
  { authenticationType: "", requestStatus: "SASNetworkError", is: "SAS" },
  { authenticationType: "kerberos", requestStatus: "Success", is: "AccountKey" },
])("authentication type '$authenticationType' is the dimension value $is", ({ is, ...fields }) => {
  expect(authenticationOf(sampleEntry(fields))).toBe(is);
});

test.each([
  { url: "https://acc.blob.core.windows.net/c/b", is: "Primary" },
  { url: "https://acc-secondary.blob.core.windows.net:443/c/b", is: "Secondary" },
  { url: "http://127.0.0.1:10000/acc-secondary?comp=list", is: "Secondary" },
  { url: "http://127.0.0.1:10000/acc-secondary", is: "Secondary" },
  { url: "http://127.0.0.1:10000/acc/x-secondary/b", is: "Primary" },
  { url: "https://acc.blob.core.windows.net/c?prefix=a-secondary/", is: "Primary" },
  { url: "https://acc.blob.core.windows.net/x-secondary/b", is: "Primary" },
  { url: "http://localhost:10000/acc-secondary/c", is: "Secondary" },
  { url: "http://azurite/acc-secondary", is: "Secondary" },
  { url: "https://x-secondary", is: "Primary" },
  { url: "acc-secondary.blob", is: "Primary" },
  { url: "", is: "Primary" },
])("$url went to $is", ({ url, is }) => {
  expect(geoTypeOf(url)).toBe(is);
});
