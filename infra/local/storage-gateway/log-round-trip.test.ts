import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLogEntry } from "../../../shared/storage-analytics/log-line.js";
import { parseLogLine } from "../../../shared/storage-analytics/log-line-parser.js";
import { classifyRequest } from "../../../shared/storage-analytics/request-status.js";
import { type ExchangeSample, sampleExchange } from "./exchange-sample.js";
import { describeExchange } from "./log-entries.js";
import { describeRequest } from "./request-description.js";
import { categorize } from "./request-status.js";

/** What a header may hold once Node or the gateway's own parser has let it through, and more. */
const headerText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.constantFrom('";"', "&quot;", "&amp;;", "a;b", "'", "<x>", '"0x8D"', "W/\"datetime'2026-01-01T00%3A00%3A00Z'\""),
);
const path = fc
  .array(fc.oneof(fc.webSegment(), fc.string({ unit: "grapheme", maxLength: 8 }).map(encodeURIComponent)), {
    maxLength: 4,
  })
  .map((segments) => `/${segments.join("/")}`);
const query = fc.oneof(
  fc.constant(""),
  fc.webQueryParameters().map((text) => `?${text}`),
);

const time = fc.double({ min: 0, max: Date.UTC(2100, 0), noNaN: true });
const size = fc.nat();

const sample: fc.Arbitrary<ExchangeSample> = fc
  .record({
    service: fc.constantFrom("blob", "queue", "table"),
    startedAt: time,
    took: fc.double({ min: 0, max: 600_000, noNaN: true }),
    waitedForClientMs: fc.double({ min: 0, max: 600_000, noNaN: true }),
    secure: fc.boolean(),
    method: fc.constantFrom("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "MERGE", "OPTIONS", "X"),
    target: fc.tuple(path, query).map((parts) => parts.join("")),
    status: fc.option(fc.constantFrom(200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 409, 412, 500, 503), {
      nil: undefined,
    }),
    ending: fc.constantFrom("completed", "client-aborted", "upstream-failed"),
    requestHeaderSize: size,
    requestBodySize: size,
    responseHeaderSize: size,
    responseBodySize: size,
    clientAddress: fc.oneof(fc.ipV4(), fc.ipV6()),
    clientPort: fc.nat(65_535),
    bodyMd5: fc.option(fc.base64String(), { nil: undefined }),
    requestHeaders: fc.dictionary(
      fc.constantFrom(
        ...["Host", "Authorization", "x-ms-version", "If-Match", "If-Modified-Since", "User-Agent", "Referer"],
        ...["x-ms-client-request-id", "Content-MD5", "Content-Length", "x-ms-copy-source", "x-ms-blob-type"],
      ),
      headerText,
    ),
    responseHeaders: fc.dictionary(
      fc.constantFrom("x-ms-request-id", "ETag", "Last-Modified", "x-ms-error-code", "content-md5", "x-ms-version"),
      headerText,
    ),
  })
  .map(({ took, ...rest }) => ({ ...rest, endedAt: rest.startedAt + took }));

const newRequestId = (): string => "00000000-0000-4000-8000-000000000000";

test.each(["1.0", "2.0"] as const)("every entry of version %s is read back as it was written", (version) => {
  fc.assert(
    fc.property(sample, (described) => {
      for (const entry of describeExchange(sampleExchange(described), { version, newRequestId })) {
        const line = formatLogEntry(entry);
        expect(line).not.toMatch(/[\r\n]/);
        expect(parseLogLine(line)).toEqual({ kind: "entry", entry });
      }
    }),
    { numRuns: 500 },
  );
});

test("whoever reads the log puts a request into the category that it had when it was written", () => {
  fc.assert(
    fc.property(sample, (described) => {
      const exchange = sampleExchange(described);
      const [entry] = describeExchange(exchange, { version: "1.0", newRequestId });
      expect(entry && classifyRequest(entry).category).toBe(categorize(describeRequest(exchange).outcome));
    }),
    { numRuns: 500 },
  );
});
