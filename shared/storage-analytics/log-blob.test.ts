import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatLogBlobMetadata,
  formatLogBlobName,
  logPrefixes,
  logTypes,
  maxLogCounter,
  parseLogBlobMetadata,
  parseLogBlobName,
} from "./log-blob.js";
import { services } from "./log-entry.js";

const hours = fc.integer({ min: 0, max: 8_000 * 24 * 365 }).map((hour) => new Date(hour * 3_600_000));
const names = fc.record({
  service: fc.constantFrom(...services),
  hour: hours,
  counter: fc.integer({ min: 0, max: maxLogCounter }),
});

describe("the name of a log blob", () => {
  test("is read as Azure documents it", () => {
    expect(parseLogBlobName("blob/2011/07/31/1800/000001.log")).toEqual({
      service: "blob",
      hour: new Date("2011-07-31T18:00:00Z"),
      counter: 1,
    });
  });

  test("comes back from its text", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parseLogBlobName(formatLogBlobName(name))).toEqual(name);
      }),
    );
  });

  test.each([
    ["another service", "file/2011/07/31/1800/000001.log"],
    ["minutes", "blob/2011/07/31/1830/000001.log"],
    ["a day that does not exist", "blob/2011/02/31/1800/000001.log"],
    ["hour 24", "blob/2011/07/31/2400/000001.log"],
    ["month 13", "blob/2011/13/31/0000/000001.log"],
    ["five digits", "blob/2011/07/31/1800/00001.log"],
    ["another suffix", "blob/2011/07/31/1800/000001.txt"],
    ["something in front", "x/blob/2011/07/31/1800/000001.log"],
    ["a line end", "blob/2011/07/31/1800/000001.log\n"],
  ])("with %s is no log blob", (_, text) => {
    expect(parseLogBlobName(text)).toBeUndefined();
  });

  test.each([-1, 1.5, maxLogCounter + 1, Number.NaN])("cannot hold counter %s", (counter) => {
    expect(() => formatLogBlobName({ service: "blob", hour: new Date(0), counter })).toThrow(RangeError);
  });
});

describe("the prefixes of a time range", () => {
  test.each([
    {
      title: "part of an hour and the next one",
      from: "2024-03-05T10:15Z",
      to: "2024-03-05T10:45Z",
      prefixes: ["10", "11"],
    },
    { title: "an hour and the next one", from: "2024-03-05T10:00Z", to: "2024-03-05T11:00Z", prefixes: ["10", "11"] },
    { title: "over an hour's end", from: "2024-03-05T10:59Z", to: "2024-03-05T11:01Z", prefixes: ["10", "11", "12"] },
  ])("list $title", ({ from, to, prefixes }) => {
    expect(logPrefixes("queue", new Date(from), new Date(to))).toEqual(
      prefixes.map((hour) => `queue/2024/03/05/${hour}00/`),
    );
  });

  test("take whole days, months and years at once", () => {
    expect(logPrefixes("blob", new Date("2023-11-29T23:00Z"), new Date("2025-01-01T00:30Z"))).toEqual([
      "blob/2023/11/29/2300/",
      "blob/2023/11/30/",
      "blob/2023/12/",
      "blob/2024/",
      "blob/2025/01/01/0000/",
      "blob/2025/01/01/0100/",
    ]);
  });

  test("of an empty range are none", () => {
    expect(logPrefixes("blob", new Date(5), new Date(5))).toEqual([]);
  });

  test("list every blob with a request that took up to an hour, and no blob twice", () => {
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 800 });
    fc.assert(
      fc.property(minutes, minutes, minutes, fc.integer({ min: 0, max: 60 }), (from, length, offset, took) => {
        const start = from + (length === 0 ? 0 : offset % length);
        const at = (minute: number) => new Date(Date.UTC(2023, 0) + minute * 60_000);
        const blob = formatLogBlobName({ service: "table", hour: at(start + took), counter: 7 });
        const prefixes = logPrefixes("table", at(from), at(from + length));
        expect(prefixes.filter((prefix) => blob.startsWith(prefix))).toHaveLength(length === 0 ? 0 : 1);
      }),
    );
  });
});

describe("the metadata of a log blob", () => {
  const documented = {
    LogType: "read,write",
    StartTime: "2011-08-09T18:00:00Z",
    EndTime: "2011-08-09T18:59:59Z",
    LogVersion: "1.0",
  };
  const read = {
    logTypes: ["read", "write"],
    startTime: new Date("2011-08-09T18:00:00Z"),
    endTime: new Date("2011-08-09T18:59:59Z"),
    version: "1.0",
  };

  test.each([
    ["as Azure writes it", documented],
    [
      "with lower-case keys, as the SDK gives it",
      { logtype: "read,write", starttime: documented.StartTime, endtime: documented.EndTime, logversion: "1.0" },
    ],
    ["with seven fractional digits", { ...documented, StartTime: "2011-08-09T18:00:00.0000000Z" }],
    ["with blanks", { ...documented, LogType: "read, write" }],
    ["among other keys", { ...documented, owner: "me" }],
  ])("is read %s", (_, metadata) => {
    expect(parseLogBlobMetadata(metadata)).toEqual(read);
  });

  test.each([
    ["no version", { ...documented, LogVersion: undefined }],
    ["an unknown version", { ...documented, LogVersion: "3.0" }],
    ["an unknown type", { ...documented, LogType: "read,list" }],
    ["no type", { ...documented, LogType: "" }],
    ["a day that does not exist", { ...documented, EndTime: "2011-13-09T18:59:59Z" }],
    ["local time", { ...documented, EndTime: "2011-08-09T18:59:59" }],
  ])("with %s says nothing", (_, metadata) => {
    expect(parseLogBlobMetadata(metadata)).toBeUndefined();
  });

  test("comes back from its text, to the second", () => {
    const second = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000));
    const metadata = fc.record({
      logTypes: fc.subarray([...logTypes], { minLength: 1 }),
      startTime: second,
      endTime: second,
      version: fc.constantFrom("1.0" as const, "2.0" as const),
    });
    fc.assert(
      fc.property(metadata, (value) => {
        expect(parseLogBlobMetadata(formatLogBlobMetadata(value))).toEqual(value);
      }),
    );
  });

  test("is rounded down to seconds", () => {
    const time = new Date("2024-01-01T00:00:00.999Z");
    const written = formatLogBlobMetadata({
      logTypes: ["delete", "read"],
      startTime: time,
      endTime: time,
      version: "2.0",
    });
    expect(written).toEqual({
      LogType: "read,delete",
      StartTime: "2024-01-01T00:00:00Z",
      EndTime: "2024-01-01T00:00:00Z",
      LogVersion: "2.0",
    });
  });
});
