import fc from "fast-check";
import { expect, test } from "vitest";

import { MalformedBytes } from "../metrics/packed-bytes.js";
import { arbitraryEntry } from "../testing/metric-entries.js";
import { type LogEntry } from "./log-entry.js";
import { HourLedger } from "./hour-ledger.js";
import { LogRollUp } from "./log-roll-up.js";
import { RollUpCells } from "./roll-up-cells.js";
import { encodeRollUpRecord } from "./roll-up-record.js";

const hourMs = 3_600_000;
const from = Date.UTC(2026, 0, 1, 10);
const hour = from / hourMs;
const entries = fc.array(arbitraryEntry({ from, span: hourMs }), { minLength: 1, maxLength: 30 });

function recordOf(source: string, entries: readonly LogEntry[]): Uint8Array {
  const rollUp = new LogRollUp("blob");
  for (const entry of entries) rollUp.addEntry({ ...entry, serviceType: "blob" });
  const [part] = rollUp.parts();
  return encodeRollUpRecord({
    source,
    cells: [...(part?.cells.cells() ?? [])],
    ids: part?.ids.toSortedBytes() ?? new Uint8Array(),
  });
}

const summary = (ledger: HourLedger) =>
  [...ledger.cells()]
    .map((cell) => JSON.stringify({ ...cell, sketch: [...(cell.latency?.endToEnd.sketch.entries() ?? [])] }))
    .sort();

test("a ledger holds what was appended, read at once or piece by piece", () => {
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 5 }), (blobs) => {
      const records = blobs.map((blob, number) => recordOf(`blob ${number}`, blob));
      const whole = new HourLedger(hour);
      whole.read(Buffer.concat(records));
      const pieces = new HourLedger(hour);
      for (const record of records) pieces.read(record);

      expect(summary(pieces)).toEqual(summary(whole));
      expect(pieces.position).toBe(whole.position);
      const counted = blobs.flat().filter(({ operationCount }) => operationCount === 0);
      expect([...whole.cells()].reduce((sum, { requests }) => sum + requests, 0)).toBe(counted.length);
      expect(whole.ids.size).toBe(counted.length);
    }),
    { numRuns: 40 },
  );
});

test("a record that was appended twice counts once", () => {
  const [blob] = fc.sample(entries, { numRuns: 1, seed: 1 });
  const record = recordOf("blob 0", blob ?? []);
  const once = new HourLedger(hour);
  once.read(record);
  const twice = new HourLedger(hour);
  twice.read(Buffer.concat([record, record]));
  expect(summary(twice)).toEqual(summary(once));
  expect(twice.position).toBe(2 * once.position);
  expect(twice.hasSource("blob 0")).toBe(true);
  expect(twice.hasSource("blob 1")).toBe(false);
});

test("a ledger tells which minutes were touched after a position", () => {
  const at = (minute: number, source: string) => {
    const cells = new RollUpCells();
    const number = cells.seriesNumber({
      access: "user",
      operation: "GetBlob",
      responseType: "Success",
      authentication: "SAS",
      geoType: "Primary",
    });
    cells.add(hour * 60 + minute, number, 1, 1, 1, 1);
    return encodeRollUpRecord({ source, cells: [...cells.cells()], ids: new Uint8Array() });
  };
  const ledger = new HourLedger(hour);
  ledger.read(Buffer.concat([at(7, "a"), at(3, "b")]));
  const { position } = ledger;
  ledger.read(at(7, "c"));
  expect(ledger.minutesSince(0).map((minute) => minute - hour * 60)).toEqual([3, 7]);
  expect(ledger.minutesSince(position).map((minute) => minute - hour * 60)).toEqual([7]);
  expect(ledger.minutesSince(ledger.position)).toEqual([]);
});

test("a ledger that was cut anywhere is refused", () => {
  const record = recordOf("blob 0", fc.sample(entries, { numRuns: 1, seed: 2 })[0] ?? []);
  for (const length of [1, 3, 4, 5, record.length >> 1, record.length - 1]) {
    expect(() => {
      new HourLedger(hour).read(record.slice(0, length));
    }, `${length} bytes`).toThrow(MalformedBytes);
  }
});
