import fc from "fast-check";
import { expect, test } from "vitest";
import { formatGatewayMark, gatewayMarkBlob, parseGatewayMark } from "./gateway-mark.js";

const mark = { flushedUpTo: "2026-11-24T08:30:00.123Z", buffered: 1, lost: 2, ownRequests: 3, ownBytes: 4 };

test("a mark is one blob for each account and service", () => {
  expect(gatewayMarkBlob("devstoreaccount1", "queue")).toBe("devstoreaccount1/queue.json");
});

test("what was written as a mark is read as the same mark", () => {
  const count = fc.nat();
  const marks = fc.record({
    flushedUpTo: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31") })
      .map((date) => date.toISOString()),
    ...{ buffered: count, lost: count, ownRequests: count, ownBytes: count },
  });
  fc.assert(
    fc.property(marks, (written) => {
      expect(parseGatewayMark(JSON.parse(formatGatewayMark(written)))).toEqual(written);
    }),
  );
});

test("a mark of a later version of the gateway may say more", () => {
  expect(parseGatewayMark({ ...mark, startedAt: "2026-11-24T08:00:00Z" })).toMatchObject(mark);
});

test.each<readonly [string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["text", "2026-11-24T08:30:00Z"],
  ["a list", [mark]],
  ["an empty object", {}],
  ["a missing count", { ...mark, lost: undefined }],
  ["a negative count", { ...mark, lost: -1 }],
  ["a fraction", { ...mark, ownBytes: 0.5 }],
  ["a count as text", { ...mark, buffered: "1" }],
  ["a time that is none", { ...mark, flushedUpTo: "now" }],
  ["a time in another zone", { ...mark, flushedUpTo: "2026-11-24T08:30:00+01:00" }],
  ["a day that no month has", { ...mark, flushedUpTo: "2026-13-41T08:30:00Z" }],
])("%s is no mark", (_what, value) => {
  expect(parseGatewayMark(value)).toBeUndefined();
});
