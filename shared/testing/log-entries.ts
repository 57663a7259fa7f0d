import fc from "fast-check";
import { type LogEntry } from "../storage-analytics/log-entry.js";
import { formatStartTime } from "../storage-analytics/start-time.js";

/** An entry with nothing but what every entry has. */
export const emptyEntry: LogEntry = {
  version: "1.0",
  requestStartTime: "2014-06-19T22:59:23.1967767Z",
  operationType: "",
  requestStatus: "",
  httpStatusCode: "",
  endToEndLatencyMs: undefined,
  serverLatencyMs: undefined,
  authenticationType: "",
  requesterAccountName: "",
  ownerAccountName: "",
  serviceType: "",
  requestUrl: "",
  requestedObjectKey: "",
  requestIdHeader: "",
  operationCount: undefined,
  requesterIpAddress: "",
  requestVersionHeader: "",
  requestHeaderSize: undefined,
  requestPacketSize: undefined,
  responseHeaderSize: undefined,
  responsePacketSize: undefined,
  requestContentLength: undefined,
  requestMd5: "",
  serverMd5: "",
  etagIdentifier: "",
  lastModifiedTime: "",
  conditionsUsed: "",
  userAgentHeader: "",
  referrerHeader: "",
  clientRequestId: "",
  userObjectId: "",
  tenantId: "",
  applicationId: "",
  audience: "",
  issuer: "",
  userPrincipalName: "",
  authorizationDetail: "",
};

/** An ordinary one: an anonymous read of a blob. */
export const blobRead: LogEntry = {
  ...emptyEntry,
  operationType: "GetBlob",
  requestStatus: "AnonymousSuccess",
  httpStatusCode: "200",
  endToEndLatencyMs: 17,
  serverLatencyMs: 16,
  authenticationType: "anonymous",
  ownerAccountName: "storagesample",
  serviceType: "blob",
  requestUrl: "https://storagesample.blob.core.windows.net/sample-container1/00001.txt",
  requestedObjectKey: "/storagesample/sample-container1/00001.txt",
  requestIdHeader: "61d2e3f6-bcb7-4cd1-a81e-4f8f497f0da2",
  operationCount: 0,
  requesterIpAddress: "192.100.0.102:4362",
  requestVersionHeader: "2014-02-14",
  requestHeaderSize: 283,
  requestPacketSize: 0,
  responseHeaderSize: 354,
  responsePacketSize: 23,
  requestContentLength: 0,
  etagIdentifier: '"0x8D15A2913C934DE"',
  lastModifiedTime: "Thursday, 19-Jun-14 22:58:10 GMT",
  userAgentHeader: "WA-Storage/4.0.1 (.NET CLR 4.0.30319.34014; Win32NT 6.3.9600.0)",
  clientRequestId: "44dfd78e-7288-4898-8f70-c3478983d3b6",
};

/** Text that is awkward in a log line: separators, quotes, entities, blanks, other scripts; nothing that ends a line. */
const awkwardText = fc.oneof(
  fc.constant(""),
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }) },
        fc.constantFrom(
          ";",
          '"',
          '";',
          ';"/',
          "&",
          "&quot;",
          "&#59;",
          "&amp;quot;",
          "<",
          ">",
          "'",
          " ",
          "\t",
          "=",
          "猫",
          "\uFEFF",
          "😀",
        ),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join("").replace(/[^\P{Cc}\t]|[\u2028\u2029]/gu, "")),
);
const counts = fc.option(fc.oneof(fc.nat(1000), fc.maxSafeNat()), { nil: undefined });

/** Start times that four digits of a year can hold. */
export const startTimes = fc
  .tuple(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), fc.nat(9999))
  .map(([ms, ticks]) => `${formatStartTime(new Date(ms)).slice(0, 23)}${ticks.toString().padStart(4, "0")}Z`);

/** Entries as the log format can hold them. */
export const logEntries: fc.Arbitrary<LogEntry> = fc
  .record({
    ...Object.fromEntries(
      Object.entries(emptyEntry).map(([name, value]) => [name, value === undefined ? counts : awkwardText]),
    ),
    version: fc.constantFrom("1.0", "2.0"),
    requestStartTime: startTimes,
    operationType: fc.oneof(awkwardText, fc.constantFrom("GetBlob", "PutBlob", "CopyBlobSource")),
    requestStatus: fc.oneof(awkwardText, fc.constantFrom("Success", "SASSuccess", "OperationTimedOut", "BlobNotFound")),
    httpStatusCode: fc.oneof(awkwardText, fc.constantFrom("200", "404", "500", "503", "Unknown")),
    authenticationType: fc.oneof(awkwardText, fc.constantFrom("sas", "bearer", "anonymous", "authenticated")),
    serviceType: fc.oneof(awkwardText, fc.constantFrom("blob", "queue", "table")),
    operationCount: fc.constantFrom(undefined, 0, 1, 2),
  })
  .map((entry) => {
    const whole = { ...emptyEntry, ...entry } as LogEntry;
    if (whole.version === "2.0") return whole;
    return {
      ...whole,
      userObjectId: "",
      tenantId: "",
      applicationId: "",
      audience: "",
      issuer: "",
      userPrincipalName: "",
      authorizationDetail: "",
    };
  });

/** The same bytes in chunks, cut where `cuts` says (fractions of the length). */
export function splitBytes(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
