import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { formatLogEntry } from "../../../shared/storage-analytics/log-line.js";
import { type TokenFields } from "../storage-tokens/token-fields.js";
import { type ExchangeSample, sampleExchange } from "./exchange-sample.js";
import { describeExchange, maxHeaderFieldLength } from "./log-entries.js";

const generated = "00000000-0000-4000-8000-000000000000";
const newRequestId = (): string => generated;

function entries(sample: ExchangeSample, version: "1.0" | "2.0" = "1.0", token?: TokenFields): readonly LogEntry[] {
  return describeExchange({ ...sampleExchange(sample), token }, { version, newRequestId });
}

function entry(sample: ExchangeSample, version: "1.0" | "2.0" = "1.0"): LogEntry {
  const [first] = entries(sample, version);
  if (first === undefined) throw new Error("an exchange without an entry");
  return first;
}

const sas = "/devstoreaccount1/photos/lake.jpg?sv=2019-12-12&sp=r&sig=abc%3D";
const anonymous = { Authorization: "" };
const failed = (status: number, code: string): ExchangeSample => ({
  status,
  responseHeaders: { "x-ms-error-code": code },
});

describe("request-status", () => {
  const old = { "x-ms-version": "2016-05-31" };
  const cases: readonly (readonly [string, ExchangeSample])[] = [
    ["Success", {}],
    ["Success", { status: 206 }],
    ["SASSuccess", { target: sas, requestHeaders: anonymous }],
    ["AnonymousSuccess", { requestHeaders: anonymous }],
    ["OAuthSuccess", { requestHeaders: { Authorization: "Bearer ey" } }],
    // from x-ms-version 2017-04-17 on an expected failure is its error code, without a prefix
    ["BlobNotFound", failed(404, "BlobNotFound")],
    ["BlobNotFound", { ...failed(404, "BlobNotFound"), target: sas, requestHeaders: anonymous }],
    ["ConditionNotMet", failed(412, "ConditionNotMet")],
    ["ConditionNotMet", { status: 304 }],
    ["BlobNotFound", { ...failed(404, "BlobNotFound"), requestHeaders: { "x-ms-version": "2017-04-17" } }],
    ["ClientOtherError", { status: 404 }],
    ["ClientOtherError", failed(404, 'a";b')],
    // before that it is the category
    ["ClientOtherError", { ...failed(404, "BlobNotFound"), requestHeaders: { "x-ms-version": "2017-04-16" } }],
    ["ClientOtherError", { status: 304, requestHeaders: old }],
    ["AnonymousClientOtherError", { status: 304, requestHeaders: { ...old, ...anonymous } }],
    ["SASClientOtherError", { ...failed(404, "X"), target: sas, requestHeaders: { ...old, ...anonymous } }],
    // the other categories keep their names in every version
    ["AuthorizationError", failed(403, "AuthorizationFailure")],
    ["AuthorizationError", failed(401, "NoAuthenticationInformation")],
    ["SASAuthorizationError", { ...failed(403, "AuthenticationFailed"), target: sas, requestHeaders: anonymous }],
    ["AnonymousAuthorizationError", { ...failed(403, "X"), requestHeaders: anonymous }],
    ["OAuthAuthorizationError", { ...failed(403, "X"), requestHeaders: { Authorization: "Bearer ey" } }],
    ["AuthorizationError", { ...failed(403, "X"), requestHeaders: { Authorization: "Basic dXNlcg==" } }],
    ["ThrottlingError", failed(503, "ServerBusy")],
    ["ServerOtherError", failed(500, "InternalError")],
    ["ServerOtherError", { status: 502 }],
    ["ServerTimeoutError", { ...failed(500, "OperationTimedOut"), waitedForClientMs: 1 }],
    ["ClientTimeoutError", { ...failed(500, "OperationTimedOut"), waitedForClientMs: 10 }],
    ["NetworkError", { status: undefined, ending: "upstream-failed" }],
    ["NetworkError", { ending: "client-aborted" }],
    ["SASNetworkError", { status: undefined, ending: "client-aborted", target: sas, requestHeaders: anonymous }],
  ];
  test.each(cases)("%s for %j", (status, sample) => {
    expect(entry(sample).requestStatus).toBe(status);
  });

  test("a connection that broke before an answer has status Unknown, and a request id of its own", () => {
    const broken = entry({ status: undefined, ending: "upstream-failed", responseHeaders: { "x-ms-request-id": "" } });
    expect(broken).toMatchObject({ httpStatusCode: "Unknown", requestIdHeader: generated });
  });

  test("the emulator's constant request id of failed queue requests does not make entries look like duplicates", () => {
    const sample = { service: "queue", responseHeaders: { "x-ms-request-id": "DefaultID" } } as const;
    expect(entry(sample).requestIdHeader).toBe(generated);
  });
});

describe("authentication", () => {
  const cases: readonly (readonly [string, string, string, ExchangeSample])[] = [
    ["shared key", "authenticated", "devstoreaccount1", {}],
    ["shared key lite", "authenticated", "acc", { requestHeaders: { Authorization: "SharedKeyLite acc:c2ln" } }],
    ["another account's key", "authenticated", "other", { requestHeaders: { Authorization: "sharedkey other:x" } }],
    ["hostile account", "authenticated", "a__b_", { requestHeaders: { Authorization: 'SharedKey a;"b\t:x' } }],
    ["SAS", "sas", "", { target: sas, requestHeaders: anonymous }],
    ["SAS in another case", "sas", "", { target: "/a/c/b?SIG=x", requestHeaders: anonymous }],
    ["token", "bearer", "devstoreaccount1", { requestHeaders: { Authorization: "bearer ey" } }],
    ["token that was refused", "bearer", "", { status: 401, requestHeaders: { Authorization: "bearer ey" } }],
    ["token without permission", "bearer", "", { status: 403, requestHeaders: { Authorization: "bearer ey" } }],
    [
      "token for nothing",
      "bearer",
      "devstoreaccount1",
      { status: 404, requestHeaders: { Authorization: "bearer ey" } },
    ],
    ["header wins over SAS", "authenticated", "devstoreaccount1", { target: sas }],
    ["nothing", "anonymous", "", { requestHeaders: anonymous }],
    ["unknown scheme", "authenticated", "", { requestHeaders: { Authorization: "Digest x" } }],
  ];
  test.each(cases)("%s: %s by '%s'", (_what, authenticationType, requesterAccountName, sample) => {
    expect(entry(sample)).toMatchObject({ authenticationType, requesterAccountName });
  });

  test("the owner is the account of the resource, whoever asks", () => {
    const sample = { target: "/owner-secondary/c/b", requestHeaders: { Authorization: "SharedKey guest:x" } };
    expect(entry(sample)).toMatchObject({ requesterAccountName: "guest", ownerAccountName: "owner" });
  });
});

describe("object key", () => {
  const get = (service: LogEntry["serviceType"], target: string, more: ExchangeSample = {}): ExchangeSample => ({
    ...more,
    service: service as "blob",
    target,
  });
  const body = (text: string): ExchangeSample => ({ method: "POST", requestBody: Buffer.from(text) });
  const cases: readonly (readonly [string, ExchangeSample])[] = [
    ["/acc/c/dir/ü b.txt", get("blob", "/acc/c/dir/%C3%BC%20b.txt")],
    ["/acc/c/a;b\"&<'c", get("blob", "/acc/c/a;b%22&<%27c")],
    ["/acc/c/two%0D%0Alines", get("blob", "/acc/c/two%0D%0Alines")],
    ["/acc/c/100%zz", get("blob", "/acc/c/100%zz")],
    ["/acc/c/b?sig=XXXXX", get("blob", "/acc/c/b%3Fsig=secret")],
    ["/acc/c", get("blob", "/acc/c?restype=container&comp=list")],
    ["/acc", get("blob", "/acc/?comp=list")],
    ["/acc", get("blob", "/acc?comp=batch", { method: "POST" })],
    ["/acc/c", get("blob", "/acc/c?restype=container&comp=batch", { method: "POST" })],
    ["/acc/$root/lake.jpg", get("blob", "/acc/lake.jpg")],
    ["/acc/$root/lake.jpg", get("blob", "/acc/$root/lake.jpg")],
    ["/acc/$logs/blob/2026/11/24/0800/000000.log", get("blob", "/acc/$logs/blob/2026/11/24/0800/000000.log")],
    ["/acc/c/b", get("blob", "/acc-secondary/c/b")],
    ["/acc/c/b", get("blob", "/c/b", { requestHeaders: { Host: "acc.blob.localhost:10000" } })],
    ["/acc/q", get("queue", "/acc/q?comp=metadata")],
    ["/acc/q", get("queue", "/acc/q/messages?peekonly=true")],
    ["/acc/q", get("queue", "/acc/q/messages/0c24?popreceipt=x")],
    ["/acc/t", get("table", "/acc/t()?$top=1")],
    ["/acc/t", get("table", "/acc/Tables('t')")],
    ["/acc", get("table", "/acc/Tables")],
    ["/acc/t/it's/a/b", get("table", "/acc/t(PartitionKey='it''s',RowKey='a%2Fb')")],
    ["/acc", get("table", "/acc/$batch", { method: "POST" })],
    ["/acc/t", get("table", "/acc/Tables", body('{"TableName":"t"}'))],
    ["/acc/t/p/r", get("table", "/acc/t", body('{"PartitionKey":"p","RowKey":"r"}'))],
    // a body that is cut, no JSON or not there leaves what the path says
    ["/acc", get("table", "/acc/Tables", body('{"TableNa'))],
    ["/acc/t", get("table", "/acc/t", body("null"))],
    ["/acc/t", get("table", "/acc/t", body('{"PartitionKey":1,"RowKey":"r"}'))],
  ];
  test.each(cases)("%s", (key, sample) => {
    expect(entry(sample).requestedObjectKey).toBe(key);
  });
});

describe("request-url", () => {
  const cases: readonly (readonly [string, string, ExchangeSample])[] = [
    ["scheme, host and port as the client has them", "http://127.0.0.1:10000/a/c/b", { target: "/a/c/b" }],
    ["TLS", "https://a.blob.localhost/c", { target: "/c", secure: true, requestHeaders: { Host: "a.blob.localhost" } }],
    ["its encoding is kept", "http://127.0.0.1:10000/a/c/%C3%BC%20|x?y=%2B", { target: "/a/c/%C3%BC%20|x?y=%2B" }],
    ["an absolute target as it is", "http://h:1/a/c", { target: "http://h:1/a/c" }],
    ["signatures are not logged", "http://127.0.0.1:10000/a?sv=1&sig=XXXXX&se=2", { target: "/a?sv=1&SIG=s%2F&se=2" }],
  ];
  test.each(cases)("%s: %s", (_what, requestUrl, sample) => {
    expect(entry(sample).requestUrl).toBe(requestUrl);
  });
});

describe("other fields", () => {
  const cases: readonly (readonly [string, ExchangeSample, Partial<LogEntry>])[] = [
    [
      "latencies are rounded down, and the server's leaves the client's part out",
      { startedAt: 1000, endedAt: 1012.99, waitedForClientMs: 3.1 },
      { endToEndLatencyMs: 12, serverLatencyMs: 9 },
    ],
    [
      "the server's latency is never negative nor more than the whole",
      { startedAt: 1000, endedAt: 1012, waitedForClientMs: 99 },
      { endToEndLatencyMs: 12, serverLatencyMs: 0 },
    ],
    ["a clock that went back", { startedAt: 1000, endedAt: 999 }, { endToEndLatencyMs: 0, serverLatencyMs: 0 }],
    ["start with 7 digits", { startedAt: Date.UTC(2026, 0, 2) }, { requestStartTime: "2026-01-02T00:00:00.0000000Z" }],
    ["IPv4", { clientAddress: "10.1.2.3", clientPort: 5 }, { requesterIpAddress: "10.1.2.3:5" }],
    ["IPv4 on an IPv6 socket", { clientAddress: "::ffff:10.1.2.3" }, { requesterIpAddress: "10.1.2.3:54321" }],
    ["IPv6", { clientAddress: "fe80::1", clientPort: 5 }, { requesterIpAddress: "[fe80::1]:5" }],
    [
      "version of the header",
      { requestHeaders: { "x-ms-version": "2020-04-08" } },
      { requestVersionHeader: "2020-04-08" },
    ],
    [
      "version of the SAS",
      { target: sas, requestHeaders: { "x-ms-version": "" } },
      { requestVersionHeader: "2019-12-12" },
    ],
    ["version by default", { requestHeaders: { "x-ms-version": "" } }, { requestVersionHeader: "2025-11-05" }],
    ["hostile version", { requestHeaders: { "x-ms-version": '1;2"' } }, { requestVersionHeader: "2025-11-05" }],
    [
      "sizes",
      { requestBodySize: 5, requestHeaders: { "Content-Length": "7" } },
      {
        requestHeaderSize: 283,
        requestPacketSize: 5,
        responseHeaderSize: 354,
        responsePacketSize: 23,
        requestContentLength: 7,
      },
    ],
    ["chunked upload", { requestBodySize: 5 }, { requestContentLength: 5 }],
    ["hostile length", { requestHeaders: { "Content-Length": "1e9" } }, { requestContentLength: 0 }],
    [
      "Put Blob has the service's MD5",
      {
        method: "PUT",
        status: 201,
        requestHeaders: { "x-ms-blob-type": "BlockBlob" },
        responseHeaders: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" },
      },
      { requestMd5: "", serverMd5: "XUFAKrxLKna5cZ2REBfFkg==" },
    ],
    [
      "Put Block has the gateway's",
      { method: "PUT", status: 201, target: "/a/c/b?comp=block&blockid=AAAA", bodyMd5: "XUFAKrxLKna5cZ2REBfFkg==" },
      { requestMd5: "", serverMd5: "XUFAKrxLKna5cZ2REBfFkg==", etagIdentifier: "", lastModifiedTime: "" },
    ],
    [
      "or the client's, which the service has checked",
      {
        method: "PUT",
        status: 201,
        target: "/a/c/b?comp=block&blockid=AAAA",
        requestHeaders: { "Content-MD5": "AAAA" },
      },
      { requestMd5: "AAAA", serverMd5: "AAAA" },
    ],
    [
      "Put Block List has the MD5 of the XML only",
      { method: "PUT", status: 201, target: "/a/c/b?comp=blocklist", requestHeaders: { "x-ms-content-md5": "AAAA" } },
      { requestMd5: "AAAA", serverMd5: "" },
    ],
    ["Get Blob has none", { responseHeaders: { "content-md5": "AAAA" } }, { serverMd5: "" }],
    [
      "ETag with its quotes, last-modified as RFC 850",
      { responseHeaders: { ETag: '"0x8D7DAFB6E490984"', "Last-Modified": "Tue, 07 Apr 2020 13:56:11 GMT" } },
      { etagIdentifier: '"0x8D7DAFB6E490984"', lastModifiedTime: "Tuesday, 07-Apr-20 13:56:11 GMT" },
    ],
    [
      "an entity's ETag tells when it was modified",
      {
        service: "table",
        target: "/a/t(PartitionKey='p',RowKey='r')",
        responseHeaders: { etag: "W/\"datetime'2011-07-28T18%3A02%3A41.0086789Z'\"" },
      },
      {
        etagIdentifier: "W/\"datetime'2011-07-28T18%3A02%3A41.0086789Z'\"",
        lastModifiedTime: "Thursday, 28-Jul-11 18:02:41 GMT",
      },
    ],
    [
      "lists have neither",
      {
        target: "/a/c?restype=container&comp=list",
        responseHeaders: { ETag: '"1"', "Last-Modified": "Tue, 07 Apr 2020 13:56:11 GMT" },
      },
      { etagIdentifier: "", lastModifiedTime: "" },
    ],
    ["a date that is none", { responseHeaders: { "Last-Modified": "yesterday" } }, { lastModifiedTime: "" }],
    ["one condition", { requestHeaders: { "If-None-Match": "*" } }, { conditionsUsed: "If-None-Match=*" }],
    [
      "conditions in the documented order, dates as RFC 850",
      {
        requestHeaders: {
          "If-None-Match": '"0x1"',
          "If-Match": '"0x2"',
          "If-Unmodified-Since": "Tue, 07 Apr 2020 13:56:12 GMT",
          "If-Modified-Since": "Monday, 06-Apr-20 13:56:12 GMT",
        },
      },
      {
        conditionsUsed:
          'If-Modified-Since=Monday, 06-Apr-20 13:56:12 GMT;If-Unmodified-Since=Tuesday, 07-Apr-20 13:56:12 GMT;If-Match="0x2";If-None-Match="0x1"',
      },
    ],
    [
      "conditions that are none are left out",
      {
        requestHeaders: {
          "If-Modified-Since": "junk;x",
          "If-Unmodified-Since": "Mon, 99 Abc 2020 13:56:12 GMT",
          "If-Match": '"0x1", "a;b"',
          "If-None-Match": 'x;If-Match="0x2"',
        },
      },
      { conditionsUsed: 'If-Match="0x1", "a;b"' },
    ],
    [
      "control characters in headers",
      { requestHeaders: { "User-Agent": "a\r\nb\u0000c\u0085d", "x-ms-client-request-id": "e\nf" } },
      { userAgentHeader: "a  b c d", clientRequestId: "e f" },
    ],
    [
      "long headers are cut",
      { requestHeaders: { Referer: "r".repeat(5000), "x-ms-client-request-id": "i".repeat(5000) } },
      { referrerHeader: "r".repeat(maxHeaderFieldLength), clientRequestId: "i".repeat(maxHeaderFieldLength) },
    ],
    [
      "a SAS in referrer, user agent and client request id",
      {
        requestHeaders: {
          Referer: "https://h/c/b?sv=1&sig=secret&se=1",
          "User-Agent": "http://x/?SIG=secret Tool/2",
          "x-ms-client-request-id": "http%3A%2F%2Fx%2F%3Fsig%3Dsecret%26se",
        },
      },
      {
        referrerHeader: "https://h/c/b?sv=1&sig=XXXXX&se=1",
        userAgentHeader: "http://x/?sig=XXXXX Tool/2",
        clientRequestId: "http%3A%2F%2Fx%2F%3Fsig=XXXXX%26se",
      },
    ],
  ];
  test.each(cases)("%s", (_what, sample, fields) => {
    expect(entry(sample)).toMatchObject(fields);
  });

  const token: TokenFields = {
    userObjectId: "e5981635-dcf0-4279-ab7b-ca1cbdf4a5c7",
    tenantId: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    applicationId: "691458b9-1327-4635-9f55-ed83a7f1b41c",
    audience: "https://storage.azure.com/",
    issuer: "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
    userPrincipalName: "",
    authorizationDetail: "",
  };
  test("version 2.0 says who holds the token, version 1.0 has no field for it", () => {
    expect(entries({}, "2.0", token)[0]).toMatchObject(token);
    expect(entries({}, "1.0", token)[0]).toMatchObject({ userObjectId: "", issuer: "" });
    expect(entries({}, "2.0")[0]).toMatchObject({ userObjectId: "", issuer: "" });
  });

  test("a line is built like Azure's own: same fields quoted, same fields bare", () => {
    // line 9 of the samples, with the emulator's way to write its address
    const sample: ExchangeSample = {
      startedAt: Date.UTC(2020, 3, 7, 14, 6, 54, 889) + 0.5,
      endedAt: Date.UTC(2020, 3, 7, 14, 6, 54, 889) + 8,
      waitedForClientMs: 0,
      status: 206,
      secure: true,
      target:
        "/previz/src/main.tf?se=2021-01-01T00%3A00%3A00Z&sig=c2VjcmV0&sip=24.155.118.199&sp=racwdl&sv=2018-11-09&timeout=901",
      requestHeaderSize: 532,
      responseHeaderSize: 478,
      responseBodySize: 2017,
      clientAddress: "24.155.118.199",
      clientPort: 61943,
      requestHeaders: {
        Host: "aenhowestorageaccount.blob.core.windows.net:443",
        Authorization: "",
        "x-ms-version": "2018-03-28",
        "If-Unmodified-Since": "Tue, 07 Apr 2020 13:56:12 GMT",
        "User-Agent": "AzCopy/10.3.4 Azure-Storage/0.7 (go1.13; Windows_NT)",
        "x-ms-client-request-id": "4317add7-4052-49b1-45ec-0747a1797a2b",
      },
      responseHeaders: {
        "x-ms-request-id": "2a16ee81-c01e-0010-73e5-0cd55c000000",
        ETag: '"0x8D7DAFB6E490984"',
        "Last-Modified": "Tue, 07 Apr 2020 13:56:11 GMT",
      },
    };
    expect(entries(sample, "2.0").map(formatLogEntry)).toEqual([
      '2.0;2020-04-07T14:06:54.8895000Z;GetBlob;SASSuccess;206;7;7;sas;;aenhowestorageaccount;blob;"https://aenhowestorageaccount.blob.core.windows.net:443/previz/src/main.tf?se=2021-01-01T00%3A00%3A00Z&amp;sig=XXXXX&amp;sip=24.155.118.199&amp;sp=racwdl&amp;sv=2018-11-09&amp;timeout=901";"/aenhowestorageaccount/previz/src/main.tf";2a16ee81-c01e-0010-73e5-0cd55c000000;0;24.155.118.199:61943;2018-03-28;532;0;478;2017;0;;;"&quot;0x8D7DAFB6E490984&quot;";Tuesday, 07-Apr-20 13:56:11 GMT;"If-Unmodified-Since=Tuesday, 07-Apr-20 13:56:12 GMT";"AzCopy/10.3.4 Azure-Storage/0.7 (go1.13; Windows_NT)";;"4317add7-4052-49b1-45ec-0747a1797a2b";;;;;;;;',
    ]);
  });
});

describe("a copy is three entries", () => {
  const copy = (version: string, source: string): ExchangeSample => ({
    method: "PUT",
    status: 202,
    target: "/acc/sample/copy.txt",
    requestHeaders: { "x-ms-copy-source": source, "x-ms-version": version },
    responseHeaders: { ETag: '"0x1"', "Last-Modified": "Thu, 19 Jun 2014 22:58:10 GMT" },
  });

  test("of which the first alone has ETag and time, and the second names the source", () => {
    const source = "https://acc.blob.core.windows.net/sample/a%20b.txt?sv=1&sig=secret";
    const [first, second, third, ...more] = entries(copy("2014-02-14", source));
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      operationType: "CopyBlob",
      operationCount: 0,
      requestedObjectKey: "/acc/sample/copy.txt",
      etagIdentifier: '"0x1"',
      lastModifiedTime: "Thursday, 19-Jun-14 22:58:10 GMT",
    });
    const part = { ...first, etagIdentifier: "", lastModifiedTime: "" };
    expect(second).toEqual({
      ...part,
      operationType: "CopyBlobSource",
      operationCount: 1,
      requestedObjectKey: "https://acc.blob.core.windows.net/sample/a%20b.txt?sv=1&sig=XXXXX",
    });
    expect(third).toEqual({ ...part, operationType: "CopyBlobDestination", operationCount: 2 });
  });

  test.each([
    ["https://acc.blob.core.windows.net/sample/a%20b.txt", "/acc/sample/a b.txt"],
    ["/acc/sample/a.txt", "/acc/sample/a.txt"],
  ])("before x-ms-version 2012-02-12 the source is a key: %s is %s", (source, key) => {
    expect(entries(copy("2011-08-18", source))[1]?.requestedObjectKey).toBe(key);
  });
});

test("no signature reaches any field of any entry", () => {
  const secret = "c2VjcmV0L3NpZ25hdHVyZQ";
  const url = `https://h/c/b?sv=2020-10-02&sig=${secret}&se=2030`;
  const places = fc.record({
    target: fc.constantFrom(
      `/acc/c/b?sig=${secret}`,
      `/acc/c/b%3Fsig%3D${secret}`,
      `/acc/c/b?x=${encodeURIComponent(url)}`,
    ),
    method: fc.constantFrom("GET", "PUT", "POST", "DELETE"),
    version: fc.constantFrom("2020-10-02", "2009-09-19"),
    text: fc.constantFrom(
      url,
      encodeURIComponent(url),
      url.replace("sig", "SIG"),
      url.replace("sig", "s%69g"),
      `Tool/1.0 (+${url})`,
      `Tool/1.0 sig=${secret}`,
      url.replaceAll("&", "&amp;"),
    ),
  });
  fc.assert(
    fc.property(places, ({ target, method, version, text }) => {
      const requestHeaders = {
        Authorization: `SharedKey acc:${secret}`,
        Referer: text,
        "User-Agent": text,
        "x-ms-client-request-id": text,
        "If-Match": text,
        "If-None-Match": `"${text}"`,
        "If-Modified-Since": text,
        "If-Unmodified-Since": text,
        "Content-MD5": text,
        "x-ms-copy-source": url,
        "x-ms-version": version,
      };
      expect(JSON.stringify(entries({ target, method, requestHeaders }))).not.toContain(secret);
    }),
  );
});
