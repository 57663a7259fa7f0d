import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blobRead, cuts, logEntries, splitBytes } from "../testing/log-entries.js";
import { generateLogBytes } from "../testing/log-generator.js";
import { maxLineBytes } from "./line-blocks.js";
import { formatLogEntry } from "./log-line.js";
import { LogParser, type RejectedLine } from "./log-parser.js";
import { RequestCounts, type CountedRequests } from "./request-counts.js";
import { RequestScanner } from "./request-scanner.js";

interface Outcome {
  readonly counted: CountedRequests;
  readonly rejected: readonly RejectedLine[];
}

const sorted = ({ cells, ...times }: CountedRequests): CountedRequests => ({
  cells: cells
    .map((cell) => [JSON.stringify(cell), cell] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cell]) => cell),
  ...times,
});

function scan(chunks: Iterable<Uint8Array>): Outcome {
  const counts = new RequestCounts();
  const rejected: RejectedLine[] = [];
  const scanner = new RequestScanner(counts, (line) => rejected.push(line));
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return { counted: sorted(counts.counted()), rejected };
}

function parse(chunks: Iterable<Uint8Array>): Outcome {
  const counts = new RequestCounts();
  const rejected: RejectedLine[] = [];
  const parser = new LogParser((line) => {
    if (line.kind === "entry") counts.addEntry(line.entry);
    else rejected.push(line);
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { counted: sorted(counts.counted()), rejected };
}

const ordinary = formatLogEntry(blobRead);

describe("the scanner and the full parser agree", () => {
  const generated = (version: "1.0" | "2.0", seed: number, entries: number) =>
    Buffer.concat([
      ...generateLogBytes({
        seed,
        entries,
        version,
        from: new Date("2024-03-07T09:58Z"),
        to: new Date("2024-03-07T10:03Z"),
      }),
    ]);

  test("on random entries", () => {
    fc.assert(
      fc.property(
        fc.array(logEntries, { maxLength: 8 }),
        cuts,
        fc.constantFrom("\n", "\r\n"),
        (entries, at, lineEnd) => {
          const chunks = splitBytes(Buffer.from(entries.map((entry) => formatLogEntry(entry) + lineEnd).join("")), at);
          const scanned = scan(chunks);
          expect(scanned).toEqual(parse(chunks));
          expect(scanned.counted.cells.reduce((sum, { entries: count }) => sum + count, 0)).toBe(entries.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each(["1.0", "2.0"] as const)("on realistic entries of version %s", (version) => {
    const bytes = generated(version, 7, 3_000);
    const scanned = scan([bytes]);
    expect(scanned).toEqual(parse([bytes]));
    expect(scanned.rejected).toEqual([]);
  });

  test("on realistic lines in which bytes were changed, dropped or added anywhere", () => {
    const clean = [generated("1.0", 3, 40), generated("2.0", 4, 40)];
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      dropped: fc.nat(3),
      added: fc.oneof(
        fc.uint8Array({ maxLength: 2 }),
        fc.constantFrom(...[";", '"', "\n", "\r", '";', " ", ";;", "&quot;", "9"].map((text) => Buffer.from(text))),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...clean),
        fc.array(change, { minLength: 1, maxLength: 30 }),
        cuts,
        (bytes, changes, at) => {
          let changed = bytes;
          for (const { at: place, dropped, added } of changes) {
            const index = Math.floor(place * changed.length);
            changed = Buffer.concat([changed.subarray(0, index), added, changed.subarray(index + dropped)]);
          }
          const chunks = splitBytes(changed, at);
          expect(scan(chunks)).toEqual(parse(chunks));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a blank line", "\n"],
    ["a last line without its end", ordinary],
    ["a line that ends after 30 fields of version 2.0", `${ordinary.replace("1.0;", "2.0;")}\n`],
    ["a line with appended fields", `${ordinary};1;"x\n`],
    ["a byte order mark", `\uFEFF${ordinary}\n`],
    ["two carriage returns", `${ordinary}\r\r\n`],
    ["a line over the limit", `${ordinary}${";".repeat(maxLineBytes)}\n`],
    ["a minute that does not exist", `${ordinary.replace("T22:59", "T22:60")}\n`],
    ["a second that does not exist", `${ordinary.replace(":23.", ":63.")}\n`],
    ["a number of 16 digits", `${ordinary.replace(";17;", ";1234567890123456;")}\n`],
    [
      "a time-out that the client caused",
      `${ordinary.replace("AnonymousSuccess;200;17;16", "OperationTimedOut;500;17;1")}\n`,
    ],
    [
      "a time-out that the server caused",
      `${ordinary.replace("AnonymousSuccess;200;17;16", "OperationTimedOut;500;17;16")}\n`,
    ],
    ["empty latencies", `${ordinary.replace(";17;16;", ";;;")}\n`],
  ])("on %s between others", (_, text) => {
    const bytes = Buffer.from(`${ordinary}\n${text}\n${ordinary}\n`);
    expect(scan([bytes])).toEqual(parse([bytes]));
    expect(scan([bytes, Buffer.from(text)])).toEqual(parse([bytes, Buffer.from(text)]));
  });
});

test("an ordinary line is counted in the minute in which it started", () => {
  expect(scan([Buffer.from(`${ordinary}\n`)]).counted).toEqual({
    cells: [
      {
        minute: Date.UTC(2014, 5, 19, 22, 59) / 60_000,
        service: "blob",
        operation: "GetBlob",
        requestStatus: "AnonymousSuccess",
        authentication: "anonymous",
        category: "Success",
        entries: 1,
        requests: 1,
        ingressBytes: 283,
        egressBytes: 377,
        endToEndLatencyMs: 17,
        serverLatencyMs: 16,
      },
    ],
    firstStart: Date.UTC(2014, 5, 19, 22, 59, 23, 196),
    lastStart: Date.UTC(2014, 5, 19, 22, 59, 23, 196),
  });
});
