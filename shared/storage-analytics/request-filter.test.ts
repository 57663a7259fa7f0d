import { describe, expect, test } from "vitest";
import { blobRead } from "../testing/log-entries.js";
import { formatLogEntry } from "./log-line.js";
import { LogParser } from "./log-parser.js";
import {
  compileRequestFilter,
  maxFilterValues,
  parseRequestFilter,
  startTimeRange,
  type RequestFilter,
} from "./request-filter.js";

function filterOf(query: string): RequestFilter {
  const outcome = parseRequestFilter(new URLSearchParams(query));
  if (outcome.kind === "invalid") throw new Error(JSON.stringify(outcome.problems));
  return outcome.filter;
}

// started 2014-06-19T22:59:23.1967767Z
describe("an anonymous read of a blob", () => {
  test.each([
    ["", true],
    ["from=2014-06-19", true],
    ["from=2014-06-20", false],
    ["to=2014-06-20", true],
    ["from=2014-06-19T22:59:23.196Z&to=2014-06-19T22:59:23.197Z", true],
    ["from=2014-06-19T22:59:23.197Z", false],
    ["to=2014-06-19T22:59:23.196Z", false],
    ["from=2014-06-20T00:59:23%2B02:00&to=2014-06-20T00:59:24%2B02:00", true],
    ["from=2014-06-20T00:59:23+02:00&to=2014-06-20T00:59:24+02:00", true],
    ["from=2014-06-20T00:59:24+02:00", false],
    ["from=2014-06-20T00:59+02:00", true],
    ["from=2014-06-20T01:59+02:00", false],
    ["operation=GetBlob", true],
    ["operation=PutBlob,getblob", true],
    ["operation=PutBlob&operation=GetBlob", true],
    ["operation=PutBlob", false],
    ["status=AnonymousSuccess", true],
    ["status=Success", false],
    ["httpStatus=200", true],
    ["httpStatus=2xx", true],
    ["httpStatus=404,5xx,unknown", false],
    ["authentication=anonymous", true],
    ["authentication=sas,bearer", false],
    ["clientIp=192.100.0.102", true],
    ["clientIp=192.100.0.0/16", true],
    ["clientIp=192.101.0.0/16", false],
    ["clientIp=2001:db8::/32", false],
    ["pathPrefix=/storagesample/sample-container1/", true],
    ["pathPrefix=/storagesample/sample-container2/", false],
    ["clientRequestId=44dfd78e-7288-4898-8f70-c3478983d3b6", true],
    ["clientRequestId=44dfd78e", false],
    ["minLatencyMs=17", true],
    ["minLatencyMs=18", false],
    ["operation=GetBlob&httpStatus=2xx&minLatencyMs=18", false],
  ])("and '%s': %s", (query, matches) => {
    expect(compileRequestFilter(filterOf(query))(blobRead)).toBe(matches);
  });
});

test.each([
  ["an address that is hidden", { requesterIpAddress: "20.89.XX.XX:49842" }, "clientIp=0.0.0.0/0"],
  ["no latency", { endToEndLatencyMs: undefined }, "minLatencyMs=0"],
  ["no HTTP status", { httpStatusCode: "" }, "httpStatus=2xx,unknown"],
])("an entry with %s is not asked for by '%s'", (_, more, query) => {
  expect(compileRequestFilter(filterOf(query))({ ...blobRead, ...more })).toBe(false);
});

describe("a parameter that is wrong is named, with what it should be:", () => {
  test.each([
    ["from=yesterday", "from", "2024-01-31T15:00:00Z"],
    ["from=2024-02-30", "from", "a time such as"],
    ["from=2024-01-31T15:00:00", "from", "a time such as"],
    ["from=2024-01-31+15:00", "from", "+02:00"],
    ["to=2024-13-01", "to", "a time such as"],
    ["from=2024-01-02&to=2024-01-01", "to", "later than from"],
    ["from=2024-01-02&to=2024-01-02", "to", "later than from"],
    ["from=2024-01-01&from=2024-01-02", "from", "once"],
    ["operation=", "operation", "a name such as GetBlob"],
    ["operation=Get%20Blob", "operation", "a name such as GetBlob"],
    ["status=a;b", "status", "a name"],
    ["httpStatus=600", "httpStatus", "404"],
    ["httpStatus=20", "httpStatus", "404"],
    ["authentication=key", "authentication", "authenticated, sas, anonymous, bearer"],
    ["clientIp=10.0.0.0/40", "clientIp", "2001:db8::/32"],
    ["clientIp=host", "clientIp", "an IPv4 or IPv6 address"],
    ["pathPrefix=container", "pathPrefix", "/account/container"],
    ["clientRequestId=", "clientRequestId", "not empty"],
    ["minLatencyMs=1.5", "minLatencyMs", "whole number of milliseconds"],
    ["minLatencyMs=-1", "minLatencyMs", "whole number of milliseconds"],
    [`operation=${"x,".repeat(maxFilterValues)}x`, "operation", `at most ${maxFilterValues} values`],
    [`clientRequestId=${"x".repeat(3000)}`, "clientRequestId", "at most 2048 characters"],
  ])("%s", (query, parameter, part) => {
    expect(parseRequestFilter(new URLSearchParams(query))).toEqual({
      kind: "invalid",
      problems: [{ parameter, message: expect.stringContaining(part) as string }],
    });
  });

  test("all of them at once", () => {
    const outcome = parseRequestFilter(new URLSearchParams("from=x&httpStatus=y"));
    expect(outcome).toMatchObject({
      problems: [{ parameter: "from" }, { parameter: "httpStatus" }],
    });
  });
});

test("parameters that are no filters are left to the caller", () => {
  expect(parseRequestFilter(new URLSearchParams("top=5")).kind).toBe("filter");
});

test.each([
  ["from=2014-06-19T22:59:23.196Z", 1],
  ["from=2014-06-19T22:59:24Z", 0],
  ["to=2014-06-19T22:59:24Z", 1],
  ["to=2014-06-19T22:59:23Z", 0],
])("the start times of '%s' make the parser pass over other lines", (query, lines) => {
  const startedWithin = startTimeRange(filterOf(query));
  let read = 0;
  const parser = new LogParser(() => (read += 1), startedWithin && { startedWithin });
  parser.push(Buffer.from(`${formatLogEntry(blobRead)}\n`));
  expect(read).toBe(lines);
});

test("a filter without times leaves the parser alone", () => {
  expect(startTimeRange(filterOf("operation=GetBlob"))).toBeUndefined();
});
