import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blobRead, cuts, emptyEntry, logEntries, splitBytes } from "../testing/log-entries.js";
import { maxLineBytes } from "./line-blocks.js";
import { type LogEntry } from "./log-entry.js";
import { formatLogEntry } from "./log-line.js";
import { LogParser, type LogParserOptions, type ParsedLine, type RejectedLine } from "./log-parser.js";

function parse(chunks: readonly Uint8Array[], options?: LogParserOptions): readonly (ParsedLine | RejectedLine)[] {
  const lines: (ParsedLine | RejectedLine)[] = [];
  const parser = new LogParser((line) => lines.push(line), options);
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return lines;
}

const parseText = (text: string) => parse([Buffer.from(text)]);
const entriesOf = (lines: readonly (ParsedLine | RejectedLine)[]): readonly LogEntry[] =>
  lines.flatMap((line) => (line.kind === "entry" ? [line.entry] : []));
const ordinary = formatLogEntry(blobRead);
/** An ordinary line with one field (from 1) written otherwise. */
const withField = (field: number, text: string, line = ordinary): string => {
  const placeholders = line.replace(/"[^"]*"/g, (quoted) => quoted.replaceAll(";", "\u0001"));
  const fields = placeholders.split(";");
  fields[field - 1] = text;
  return fields.join(";").replaceAll("\u0001", ";");
};

describe("published lines", () => {
  const published = readFileSync(new URL("./testdata/log-lines.txt", import.meta.url));

  test("are read field by field", async () => {
    const shown = parse([published]).map((line) => {
      if (line.kind === "rejected") return { line: line.lineNumber, rejected: line.reason };
      const filled = Object.entries(line.entry).filter(([, value]) => value !== "" && value !== undefined);
      return { line: line.lineNumber, ...Object.fromEntries(filled) };
    });
    await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot("./testdata/log-lines.expected.json");
  });

  test("are written back as they were, but for those that were printed or made up otherwise", () => {
    const text = published.toString().split("\n");
    const different = parse([published]).flatMap((line) =>
      line.kind === "entry" && formatLogEntry(line.entry) === text[line.lineNumber - 1] ? [] : [line.lineNumber],
    );
    expect(different).toEqual([2, 3, 6, 7, 8, 16, 17, 18, 21, 22]);
  });
});

describe("entries that were written", () => {
  test("come back equal, wherever the bytes were split", () => {
    const lines = fc.array(logEntries, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lines, cuts, fc.constantFrom("\n", "\r\n"), fc.boolean(), (entries, at, lineEnd, finalEnd) => {
        const text = entries.map(formatLogEntry).join(lineEnd) + (finalEnd ? lineEnd : "");
        const read = parse(splitBytes(Buffer.from(text), at));
        expect(read.filter(({ kind }) => kind === "rejected")).toEqual([]);
        expect(entriesOf(read)).toEqual(entries);
      }),
      { numRuns: 300 },
    );
  });

  test("stand where their bytes stand", () => {
    const text = `${ordinary}\r\n\n${ordinary}\nbroken\n${ordinary}`;
    const bytes = Buffer.from(text);
    const lines = parse(splitBytes(bytes, [0.3, 0.5]));
    expect(lines.map(({ kind, lineNumber }) => [kind, lineNumber])).toEqual([
      ["entry", 1],
      ["entry", 3],
      ["rejected", 4],
      ["entry", 5],
    ]);
    for (const { offset, length, lineNumber } of lines) {
      expect(bytes.toString("utf8", offset, offset + length)).toBe(text.split("\n")[lineNumber - 1]);
    }
  });
});

describe("a line that Azure would write otherwise is read all the same:", () => {
  test.each<[string, string, Partial<LogEntry>]>([
    ["an ETag with raw quotes", withField(25, '""0x8D15""'), { etagIdentifier: '"0x8D15"' }],
    ["an ETag whose entity was cut by hand", withField(25, '"&quot;xxxx;"'), { etagIdentifier: '"xxxx;' }],
    ["an empty field in quotes", withField(12, '""'), { requestUrl: "" }],
    [
      "a URL without quotes",
      withField(12, "https://a/b?x=1&amp;y=2;z&amp;w"),
      { requestUrl: "https://a/b?x=1&y=2;z&w" },
    ],
    ["an address without a port", withField(16, "10.0.0.1"), { requesterIpAddress: "10.0.0.1" }],
    ["a request id that is none", withField(14, "xxxxxxx"), { requestIdHeader: "xxxxxxx" }],
    ["blanks around fields", withField(13, ' "/a/b" '), { requestedObjectKey: "/a/b" }],
    ["numeric entities", withField(28, '"a&#39;b&#x41;&#252;"'), { userAgentHeader: "a'bAü" }],
    [
      "entities that are none",
      withField(28, '"&nbsp;&#xD800;&#9999999;&"'),
      { userAgentHeader: "&nbsp;&#xD800;&#9999999;&" },
    ],
    ["a quoted number", withField(6, '"17"'), { endToEndLatencyMs: 17 }],
    ["fields that were appended", `${ordinary};"new";7`, {}],
    [
      "a time with three fractional digits",
      withField(2, "2014-06-19T22:59:23.196Z"),
      { requestStartTime: "2014-06-19T22:59:23.1960000Z" },
    ],
    ["a byte order mark", `\uFEFF${ordinary}`, {}],
    ["blanks at the end", `${ordinary} \t`, {}],
  ])("%s", (_, line, read) => {
    expect(parseText(line).map((outcome) => (outcome.kind === "entry" ? outcome.entry : outcome.message))).toEqual([
      { ...blobRead, ...read },
    ]);
  });

  test("version 2.0 with the fields of 1.0 alone", () => {
    expect(entriesOf(parseText(ordinary.replace("1.0;", "2.0;")))).toEqual([{ ...blobRead, version: "2.0" }]);
  });

  test("an authorization detail with raw quotes", () => {
    const detail = '[{"action":"a/read", "principalType":"User"}]';
    const line = `${formatLogEntry({ ...blobRead, version: "2.0", issuer: "i" })}"${detail}"`;
    expect(entriesOf(parseText(line))).toEqual([
      { ...blobRead, version: "2.0", issuer: "i", authorizationDetail: detail },
    ]);
  });
});

describe("a line that is no entry is rejected:", () => {
  test.each([
    ["cut inside a quoted field", ordinary.slice(0, 130), "unbalanced-quote"],
    ["cut inside a number", ordinary.slice(0, 66), "field-count"],
    ["cut at its start", ordinary.slice(40), "unknown-version"],
    ["a field is missing", withField(14, "x").replace(";x;", ";"), "field-count"],
    ["the last field is missing", ordinary.slice(0, ordinary.lastIndexOf(";")), "field-count"],
    ["2.0 with 37 fields", formatLogEntry({ ...blobRead, version: "2.0" }).slice(0, -1), "field-count"],
    ["a quote never closes", withField(12, '"https://a/b'), "field-count"],
    ["a quote never opens", withField(12, 'https://a/b"'), "unbalanced-quote"],
    ["version 3.0", ordinary.replace("1.0;", "3.0;"), "unknown-version"],
    ["version 1.00", ordinary.replace("1.0;", "1.00;"), "unknown-version"],
    ["text", "Hello", "unknown-version"],
    ["a separator in a plain field", withField(3, "Get;Blob"), "bad-number"],
    ["a latency in words", withField(6, "long"), "bad-number"],
    ["a negative size", withField(18, "-1"), "bad-number"],
    ["a size with a fraction", withField(18, "1.5"), "bad-number"],
    ["a size beyond exact numbers", withField(18, "9007199254740993"), "bad-number"],
    ["no time", withField(2, ""), "bad-time"],
    ["a local time", withField(2, "2014-06-19T22:59:23.1967767+02:00"), "bad-time"],
    ["30 February", withField(2, "2014-02-30T22:59:23.1967767Z"), "bad-time"],
    ["hour 24", withField(2, "2014-02-20T24:00:00.0000000Z"), "bad-time"],
    ["second 60", withField(2, "2014-02-20T23:59:60.0000000Z"), "bad-time"],
    ["a byte order mark in the middle", `${ordinary}\n\uFEFF${ordinary}`, "unknown-version"],
  ])("%s", (_, text, reason) => {
    const rejected = parseText(`${text}\n`).filter((line) => line.kind === "rejected");
    expect(rejected.map((line) => line.reason)).toEqual([reason]);
    expect(Buffer.from(rejected[0]?.bytes ?? []).toString()).toBe(text.split("\n").at(-1));
  });

  test("bytes that are not UTF-8, and only that line", () => {
    const bad = Buffer.concat([
      Buffer.from(ordinary.slice(0, 150)),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(ordinary.slice(150)),
    ]);
    const lines = parse([Buffer.from(`${ordinary}\n`), bad, Buffer.from(`\n${ordinary}\n`)]);
    expect(lines.map((line) => (line.kind === "rejected" ? line.reason : line.kind))).toEqual([
      "entry",
      "invalid-utf8",
      "entry",
    ]);
    expect(lines[1]).toMatchObject({ bytes: bad, lineNumber: 2, offset: ordinary.length + 1, length: bad.length });
  });

  test.each([
    ["in one chunk", [] as number[]],
    ["in pieces", [0.1, 0.3, 0.5, 0.7, 0.9]],
  ])("a line over the limit %s, and the next lines count", (_, at) => {
    const fits = formatLogEntry({ ...blobRead, userAgentHeader: "" }).replace(
      ";;;;",
      `;;;"${"x".repeat(maxLineBytes)}";`,
    );
    const longest = fits.replace("x".repeat(fits.length - maxLineBytes), "");
    const text = `${longest}\n${longest.replace("x", "xx")}\n${ordinary}\n`;
    const lines = parse(splitBytes(Buffer.from(text), at));
    expect(lines.map((line) => (line.kind === "rejected" ? line.reason : line.kind))).toEqual([
      "entry",
      "line-too-long",
      "entry",
    ]);
    expect(lines[1]).toMatchObject({
      lineNumber: 2,
      offset: maxLineBytes + 1,
      length: maxLineBytes + 1,
      bytes: undefined,
    });
    expect(lines[2]).toMatchObject({ lineNumber: 3, offset: 2 * maxLineBytes + 3 });
  });

  test("with a message that shows little of the line", () => {
    const [line] = parseText(`${"secret".repeat(50)};`);
    expect(line).toMatchObject({ kind: "rejected", reason: "unknown-version" });
    expect((line as RejectedLine).message.length).toBeLessThan(100);
  });

  test("random bytes never stop the lines around them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (noise, at) => {
        const bytes = Buffer.concat([Buffer.from(`${ordinary}\n`), noise, Buffer.from(`\n${ordinary}`)]);
        const lines = parse(splitBytes(bytes, at));
        expect(entriesOf(lines).filter((entry) => entry.requestIdHeader === blobRead.requestIdHeader)).toHaveLength(2);
      }),
    );
  });
});

describe("a range of start times", () => {
  const at = (time: string): LogEntry => ({ ...emptyEntry, requestStartTime: `2024-03-05T${time}Z` });
  const entries = ["09:59:59.9999999", "10:00:00.0000000", "10:30:00.0000000", "11:00:00.0000000"].map(at);
  const text = entries.map(formatLogEntry).join("\n");
  const startedWithin = { from: "2024-03-05T10:00:00.0000000Z", to: "2024-03-05T11:00:00.0000000Z" };

  test("takes its start and leaves its end out", () => {
    expect(entriesOf(parse([Buffer.from(text)], { startedWithin }))).toEqual(entries.slice(1, 3));
  });

  test("skips no line whose time is written otherwise", () => {
    const odd = withField(2, "2014-06-19T22:59:23Z");
    expect(parse([Buffer.from(odd)], { startedWithin })).toHaveLength(1);
  });
});
