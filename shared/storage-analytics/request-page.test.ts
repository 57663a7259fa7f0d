import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyEntry } from "../testing/log-entries.js";
import { type LogEntry } from "./log-entry.js";
import {
  formatContinuationToken,
  maxPageSize,
  maxTokenLength,
  parseContinuationToken,
  RequestPage,
  type RequestPlace,
} from "./request-page.js";

const entry = (second: number, requestIdHeader: string, operationCount?: number, userAgentHeader = ""): LogEntry => ({
  ...emptyEntry,
  requestStartTime: `2024-03-05T10:00:0${second}.0000000Z`,
  requestIdHeader,
  operationCount,
  userAgentHeader,
});

/** Every page of some entries, each from a stream of all of them. */
function pagesOf(entries: readonly LogEntry[], size: number): readonly (readonly LogEntry[])[] {
  const pages: (readonly LogEntry[])[] = [];
  for (let after: RequestPlace | undefined; ;) {
    const page = new RequestPage(size, after);
    for (const added of entries) page.add(added);
    const { entries: selected, next } = page.page();
    pages.push(selected);
    if (next === undefined) return pages;
    const token = parseContinuationToken(formatContinuationToken(next));
    if (token.kind === "invalid") throw new Error(token.message);
    after = token.place;
  }
}

describe("pages", () => {
  test("show the newest first, and the operations of a request in their order", () => {
    const [a, b0, b1, c] = [entry(1, "a", 0), entry(2, "b", 0), entry(2, "b", 1), entry(3, "c", 0)];
    expect(pagesOf([b1, a, c, b0], 3)).toEqual([[c, b0, b1], [a]]);
  });

  test("of a number of requests that fits exactly have no empty one after them", () => {
    expect(pagesOf([entry(1, "a"), entry(2, "b"), entry(2, "b")], 2)).toHaveLength(1);
    expect(pagesOf([], 2)).toEqual([[]]);
  });

  test("together hold each request once, in order, whatever order and duplicates they came in", () => {
    const requests = fc.record({
      second: fc.nat(3),
      id: fc.constantFrom("a", "b", "c", ""),
      operation: fc.constantFrom(undefined, 0, 1, 2),
      agent: fc.constantFrom("x", "y"),
    });
    fc.assert(
      fc.property(fc.array(requests, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (all, size) => {
        const entries = all.map(({ second, id, operation, agent }) => entry(second, id, operation, agent));
        const pages = pagesOf(entries, size);
        // of entries without an id, only equal ones are the same
        const key = (logged: LogEntry) =>
          logged.requestIdHeader === ""
            ? JSON.stringify(logged)
            : [logged.requestStartTime, logged.requestIdHeader, logged.operationCount ?? 0].join();
        const shown = pages.flat().map(key);
        expect(new Set(shown).size).toBe(shown.length);
        expect(new Set(shown)).toEqual(new Set(entries.map(key)));
        const times = pages.flat().map(({ requestStartTime }) => requestStartTime);
        expect(times).toEqual([...times].sort().reverse());
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(size);
      }),
    );
  });

  test("are the same from a stream of thousands as from sorting them", () => {
    const entries = Array.from({ length: 5_000 }, (_, index) =>
      entry((index * 7) % 10, `${(index * 7919) % 5_000}`.padStart(4, "0")),
    );
    const page = new RequestPage(100, undefined);
    for (const added of entries) page.add(added);
    const sorted = entries
      .map(({ requestStartTime, requestIdHeader }) => [requestStartTime, requestIdHeader] as const)
      .sort(([a, idA], [b, idB]) => (a === b ? (idA < idB ? -1 : 1) : a > b ? -1 : 1));
    expect(
      page.page().entries.map(({ requestStartTime, requestIdHeader }) => [requestStartTime, requestIdHeader]),
    ).toEqual(sorted.slice(0, 100));
  });
});

describe("a page is settled", () => {
  const at = (text: string) => new Date(`2024-03-05T${text}Z`);

  test("before the time of its oldest request, once it is full", () => {
    const page = new RequestPage(2, undefined);
    page.add(entry(5, "a"));
    expect(page.isSettledBefore(at("10:00:00"))).toBe(false);
    page.add(entry(3, "b"));
    expect(page.isSettledBefore(at("10:00:03"))).toBe(true);
    expect(page.isSettledBefore(at("10:00:04"))).toBe(false);
  });

  test("and goes on if the caller stopped reading", () => {
    const page = new RequestPage(1, undefined);
    page.add(entry(5, "a", 0));
    expect(page.page().next).toBeUndefined();
    page.stop();
    expect(page.page().next).toEqual({ startTime: entry(5, "a").requestStartTime, requestId: "a", operationCount: 0 });
  });
});

test.each([0, 1.5, maxPageSize + 1])("a page cannot have %s entries", (size) => {
  expect(() => new RequestPage(size, undefined)).toThrow(RangeError);
});

describe("a continuation token", () => {
  const place = { startTime: "2024-03-05T10:00:01.0000000Z", requestId: "grün/😀", operationCount: 3 };
  const token = (content: unknown) =>
    Buffer.from(typeof content === "string" ? content : JSON.stringify(content)).toString("base64url");

  test("gives its place back and is safe in a URL", () => {
    expect(parseContinuationToken(formatContinuationToken(place))).toEqual({ kind: "place", place });
    expect(formatContinuationToken(place)).toMatch(/^[\w-]+$/);
  });

  test.each([
    ["nothing", ""],
    ["other characters", "a b"],
    ["no JSON", token("hello")],
    ["no list", token({})],
    ["another version", token([2, place.startTime, "a", 0])],
    ["a field too many", token([1, place.startTime, "a", 0, 0])],
    ["a time that is none", token([1, "2024-02-30T10:00:01.0000000Z", "a", 0])],
    ["a time in another form", token([1, "2024-03-05T10:00:01Z", "a", 0])],
    ["no request id", token([1, place.startTime, "", 0])],
    ["a negative count", token([1, place.startTime, "a", -1])],
    ["a count in words", token([1, place.startTime, "a", "0"])],
    ["blanks in its JSON", token(JSON.stringify([1, place.startTime, "a", 0], null, 1))],
    ["padding", `${formatContinuationToken(place)}=`],
    ["too many characters", formatContinuationToken({ ...place, requestId: "x".repeat(maxTokenLength) })],
  ])("with %s is refused with what it should be", (_, text) => {
    expect(parseContinuationToken(text)).toEqual({
      kind: "invalid",
      message: expect.stringContaining("earlier answer") as string,
    });
  });

  test("in which a character was changed never throws", () => {
    const whole = formatContinuationToken(place);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ maxLength: 2 }), (at, put) => {
        expect(["place", "invalid"]).toContain(
          parseContinuationToken(whole.slice(0, at) + put + whole.slice(at + 1)).kind,
        );
      }),
    );
  });
});
