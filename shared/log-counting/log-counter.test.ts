import { afterEach, describe, expect, test } from "vitest";
import { maxLineBytes } from "../storage-analytics/line-blocks.js";
import { formatLogEntry } from "../storage-analytics/log-line.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import { LogParser, type RejectedLine } from "../storage-analytics/log-parser.js";
import { RequestCounts, totalRequests } from "../storage-analytics/request-counts.js";
import { blobRead } from "../testing/log-entries.js";
import { generateLogBytes } from "../testing/log-generator.js";
import { LogCounter, type LogCount } from "./log-counter.js";
import { pieceBytes } from "./log-pieces.js";

/** `npm test` builds first; a worker thread needs the compiled file. */
const worker = new URL("../../dist/shared/log-counting/count-worker.js", import.meta.url);
const counters: LogCounter[] = [];

function newCounter(script = worker): LogCounter {
  const counter = new LogCounter({ threads: 2, worker: script });
  counters.push(counter);
  return counter;
}

afterEach(async () => {
  await Promise.all(counters.splice(0).map((counter) => counter.close()));
});

const generated = (entries: number, seed = 1) => [
  ...generateLogBytes({ seed, entries, from: new Date("2024-03-07T09:59Z"), to: new Date("2024-03-07T10:02Z") }),
];

/** What the full parser finds, on this thread. */
function reference(chunks: readonly Uint8Array[]) {
  const counts = new RequestCounts();
  const rejected: RejectedLine[] = [];
  const parser = new LogParser((line) => {
    if (line.kind === "entry") counts.addEntry(line.entry);
    else rejected.push(line);
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return { ...comparable(counts.counted()), rejected };
}

const comparable = ({ cells, firstStart, lastStart }: Pick<LogCount, "cells" | "firstStart" | "lastStart">) => ({
  cells: new Set(cells.map((cell) => JSON.stringify(cell))),
  firstStart,
  lastStart,
});

async function count(counter: LogCounter, chunks: Iterable<Uint8Array>) {
  const rejected: RejectedLine[] = [];
  const counted = await counter.count(chunks, (line) => void rejected.push(line));
  return {
    counted,
    found: {
      ...comparable(counted),
      rejected: rejected.map((line) => ({ ...line, bytes: line.bytes && Buffer.from(line.bytes) })),
    },
  };
}

describe("a log", () => {
  const ordinary = `${formatLogEntry(blobRead)}\n`;
  const bad = Buffer.from(`${ordinary}broken\n\n`);
  const tooLong = Buffer.alloc(maxLineBytes + 1, "x");
  const wayTooLong = Buffer.alloc(pieceBytes + 1, "x");
  const end = Buffer.from("\n");
  const large = generated(20_000);

  test.each<[string, readonly Uint8Array[]]>([
    ["that is empty", []],
    ["that fits one piece", [bad, Buffer.from(ordinary), tooLong, end, bad]],
    ["of many pieces", large],
    [
      "of many pieces with bad lines all over",
      large.flatMap((chunk, index) => (index % 2 === 0 ? [bad, chunk] : [chunk, bad])),
    ],
    ["with lines over the limit", [...large, tooLong, end, bad, wayTooLong, end, ...large, tooLong]],
    ["in one chunk", [Buffer.concat([...large, wayTooLong, end, bad, ...large])]],
    ["without its last line end", [...large, Buffer.from(ordinary.trimEnd())]],
  ])("%s is counted as the full parser would, with each bad line at its place", async (_, chunks) => {
    const { counted, found } = await count(newCounter(), chunks);
    expect(found).toEqual(reference(chunks));
    expect(counted.bytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
  });

  test("tells how many lines it has and why some were rejected", async () => {
    const { counted } = await count(newCounter(), [bad, tooLong, end, bad]);
    expect(counted).toMatchObject({ lines: 7, rejected: { "unknown-version": 2, "line-too-long": 1 } });
    expect(totalRequests(counted.cells).requests).toBe(2);
  });

  test("is kept apart from others that are counted on the same threads", async () => {
    const counter = newCounter();
    const logs = [generated(20_000, 2), generated(15_000, 3), generated(100, 4)];
    const counts = await Promise.all(logs.map((log) => count(counter, log)));
    expect(counts.map(({ found }) => found)).toEqual(logs.map(reference));
  });
});

describe("a log is rolled up", () => {
  const log = generated(20_000);
  /** Every request that the full parser finds, on one thread. */
  const expected = (chunks: readonly Uint8Array[]): LogRollUp => {
    const rollUp = new LogRollUp("blob");
    const parser = new LogParser((line) => {
      if (line.kind === "entry") rollUp.addEntry(line.entry);
    });
    for (const chunk of chunks) parser.push(chunk);
    parser.end();
    return rollUp;
  };
  const summary = (rollUp: LogRollUp | undefined) =>
    rollUp
      ?.parts()
      .flatMap(({ service, hour, cells, ids }) =>
        [...cells.cells()].map(({ minute, series, requests, ingress, egress, latency }) =>
          JSON.stringify([
            service,
            hour,
            ids.size,
            minute,
            series,
            requests,
            ingress.sum,
            egress.max,
            latency?.server.sum,
          ]),
        ),
      )
      .sort();
  const rollUpOf = async (chunks: readonly Uint8Array[]) => await newCounter().rollUp("blob", chunks, () => undefined);

  test("on several threads as on one, and counted in the same read", async () => {
    const { rollUp, cells } = await rollUpOf(log);
    expect(summary(rollUp)).toEqual(summary(expected(log)));
    const counts = await newCounter().count(log, () => undefined);
    expect(totalRequests(cells)).toEqual(totalRequests(counts.cells));
  });

  test("with the requests of one piece that it tells of twice counted once", async () => {
    const [some = Buffer.of()] = generated(100);
    const { rollUp, cells } = await rollUpOf([some, some]);
    expect(rollUp?.duplicates).toBe(totalRequests((await newCounter().count([some], () => undefined)).cells).requests);
    expect(summary(rollUp)).toEqual(summary(expected([some])));
    expect(totalRequests(cells).requests).toBe(rollUp?.duplicates);
  });

  test("not at all when threads met the same request: that takes one thread", async () => {
    expect((await rollUpOf([...log, ...log])).rollUp).toBeUndefined();
  });
});

describe("counting fails", () => {
  test("when reading the log fails, and the next log is counted all the same", async () => {
    const counter = newCounter();
    const log = generated(20_000);
    const broken = function* () {
      yield* log;
      throw new Error("connection lost");
    };
    await expect(counter.count(broken(), () => undefined)).rejects.toThrow("connection lost");
    expect((await count(counter, log)).found).toEqual(reference(log));
  });

  test("when a bad line could not be kept", async () => {
    const chunks = [...generated(20_000), Buffer.from("broken\n")];
    const refuse = () => Promise.reject(new Error("no place for dead letters"));
    await expect(newCounter().count(chunks, refuse)).rejects.toThrow("no place for dead letters");
  });

  test("when a thread ends, and later logs get new threads", async () => {
    const counter = newCounter();
    const log = generated(20_000);
    const interrupted = async function* () {
      yield* log;
      await counter.close();
      yield* log;
    };
    await expect(counter.count(interrupted(), () => undefined)).rejects.toThrow("counting a log on a worker thread");
    expect((await count(counter, log)).found).toEqual(reference(log));
  });

  test("when the worker cannot start", async () => {
    const missing = new URL("file:///nowhere/count-worker.js");
    await expect(newCounter(missing).count(generated(20_000), () => undefined)).rejects.toThrow(
      "counting a log on a worker thread",
    );
  });
});

test("bad lines hold the reading back until they are kept", async () => {
  const badLine = `${"broken".repeat(10)}\n`;
  const chunk = Buffer.from(badLine.repeat(10_000));
  let kept = 0;
  let ahead = 0;
  const read = function* () {
    for (let index = 0; index < 60; index++) {
      ahead = Math.max(ahead, index * 10_000 - kept);
      yield chunk;
    }
  };
  await newCounter().count(read(), () => {
    kept += 1;
  });
  expect(kept).toBe(600_000);
  // four pieces under way, one being filled, one chunk on top
  expect(ahead).toBeLessThan((6 * pieceBytes) / badLine.length);
});
