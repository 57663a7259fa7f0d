import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maxBatchParts, parseBatchParts } from "./batch-parts.js";
import { type ExchangeSample, sampleExchange } from "./exchange-sample.js";
import { describeExchange } from "./log-entries.js";

const entries = (sample: ExchangeSample) =>
  describeExchange(sampleExchange(sample), { version: "1.0", newRequestId: () => "" });

const lines = (...text: readonly string[]): Uint8Array => Buffer.from(text.join("\r\n"));

/** As `@azure/data-tables` 13.3 sends them (with an empty line too many). */
const command = (method: string, path: string, headers: readonly string[], body = ""): readonly string[] => [
  ...["--changeset_1", "content-type: application/http", "content-transfer-encoding: binary", ""],
  ...[`${method} http://127.0.0.1:10002/acc/${path} HTTP/1.1`, ...headers, "", "", body],
];
const transactionOf = (...commands: readonly (readonly string[])[]): Uint8Array =>
  lines(
    ...["--batch_1", "content-type: multipart/mixed; boundary=changeset_1", "", ""],
    ...commands.flat(),
    ...["--changeset_1--", "--batch_1--", ""],
  );

/** As Azurite 3.35 answers. */
const reply = (startLine: string, headers: readonly string[], body = ""): readonly string[] => [
  ...["--changesetresponse_1", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""],
  ...[`HTTP/1.1 ${startLine}`, ...headers, "", body],
];
const repliesOf = (...replies: readonly (readonly string[])[]): Uint8Array =>
  lines(
    ...["--batchresponse_1", "Content-Type: multipart/mixed; boundary=changesetresponse_1", ""],
    ...replies.flat(),
    ...["--changesetresponse_1--", "--batchresponse_1--", ""],
  );

const transaction: ExchangeSample = {
  service: "table",
  method: "POST",
  status: 202,
  target: "/acc/$batch",
  requestHeaders: { "Content-Type": "multipart/mixed; boundary=batch_1", "x-ms-version": "2019-02-02" },
  responseHeaders: { "content-type": "multipart/mixed; boundary=batchresponse_1" },
  requestBody: transactionOf(
    command("POST", "orders", ["Prefer: return-no-content"], '{"PartitionKey":"p;1","RowKey":"r\\"1"}'),
    command("PATCH", "orders(PartitionKey='p;1',RowKey='it''s')", ["If-Match: *"], '{"x":1}'),
    command("PUT", "orders(PartitionKey='p;1',RowKey='3')", [], '{"x":1}'),
    command("DELETE", "orders(PartitionKey='p;1',RowKey='4')", ["If-Match: *"]),
  ),
};

const etag = (second: number): string => `W/"datetime'2011-07-28T18%3A02%3A0${second}.0086789Z'"`;

describe("an entity group transaction", () => {
  test("is logged with an entry for each command, in order, with key, ETag and time of the entity", () => {
    const done = entries({
      ...transaction,
      responseBody: repliesOf(
        reply("204 No Content", [`ETag: ${etag(1)}`]),
        reply("204 No Content", [`ETag: ${etag(2)}`]),
        reply("204 No Content", [`ETag: ${etag(3)}`]),
        reply("204 No Content", []),
      ),
    });
    const common = { requestStatus: "Success", httpStatusCode: "202", requestUrl: "http://127.0.0.1:10000/acc/$batch" };
    const lastModifiedTime = (second: number): string => `Thursday, 28-Jul-11 18:02:0${second} GMT`;
    expect(done).toMatchObject([
      { ...common, operationCount: 0, operationType: "EntityGroupTransaction", requestedObjectKey: "/acc" },
      {
        ...{ ...common, operationCount: 1, operationType: "InsertEntity", requestedObjectKey: '/acc/orders/p;1/r"1' },
        ...{ etagIdentifier: etag(1), lastModifiedTime: lastModifiedTime(1) },
      },
      {
        ...{ ...common, operationCount: 2, operationType: "MergeEntity", requestedObjectKey: "/acc/orders/p;1/it's" },
        ...{ etagIdentifier: etag(2), lastModifiedTime: lastModifiedTime(2) },
      },
      {
        ...{
          ...common,
          operationCount: 3,
          operationType: "InsertOrReplaceEntity",
          requestedObjectKey: "/acc/orders/p;1/3",
        },
        ...{ etagIdentifier: etag(3), lastModifiedTime: lastModifiedTime(3) },
      },
      {
        ...{ ...common, operationCount: 4, operationType: "DeleteEntity", requestedObjectKey: "/acc/orders/p;1/4" },
        ...{ etagIdentifier: "", lastModifiedTime: "" },
      },
    ]);
    expect(done[0]).toMatchObject({ etagIdentifier: "", lastModifiedTime: "" });
  });

  test("that failed is logged with the command that failed, and none of those that were rolled back", () => {
    const error = '{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en-US","value":"1:The specified"}}}';
    const failed = entries({
      ...transaction,
      responseBody: repliesOf(reply("409 Conflict", ["Content-ID: 2"], error)),
    });
    expect(failed).toMatchObject([
      { operationCount: 0, operationType: "EntityGroupTransaction", requestStatus: "Success", httpStatusCode: "202" },
      {
        ...{ operationCount: 2, operationType: "MergeEntity", requestedObjectKey: "/acc/orders/p;1/it's" },
        ...{ requestStatus: "EntityAlreadyExists", httpStatusCode: "409" },
      },
    ]);
    expect(failed).toHaveLength(2);
  });

  test.each<readonly [string, ExchangeSample, number]>([
    ["whose body was too large to keep", { requestBody: undefined }, 1],
    ["whose body was cut", { requestBody: transaction.requestBody?.subarray(0, 400) }, 2],
    ["whose response was not kept", { responseBody: undefined }, 5],
    ["without a boundary", { requestHeaders: { "Content-Type": "multipart/mixed" } }, 1],
    ["that was refused", { status: 403, responseHeaders: { "x-ms-error-code": "AuthorizationFailure" } }, 1],
    ["whose client went away", { ending: "client-aborted" }, 1],
    ["that is no multipart body at all", { requestBody: Buffer.from([0xff, 0, 1, 2]) }, 1],
  ])("%s has operation 0 in any case", (_what, sample, count) => {
    const found = entries({ ...transaction, ...sample });
    expect(found.map(({ operationCount }) => operationCount)).toEqual([...Array(count).keys()]);
    expect(found[0]?.operationType).toBe("EntityGroupTransaction");
  });

  test("may hold one query instead of a change set", () => {
    const requestBody = lines(
      ...["--batch_1", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""],
      ...["GET http://127.0.0.1:10002/acc/orders(PartitionKey='p',RowKey='r') HTTP/1.1", "", "", "--batch_1--"],
    );
    expect(entries({ ...transaction, requestBody })).toMatchObject([
      {},
      { operationType: "QueryEntity", requestedObjectKey: "/acc/orders/p/r" },
    ]);
  });
});

describe("a blob batch", () => {
  const part = (id: number, ...message: readonly string[]): readonly string[] => [
    ...["--batch_1", "Content-Type: application/http", "Content-Transfer-Encoding: binary", `Content-ID: ${id}`, ""],
    ...[...message, ""],
  ];
  const batch: ExchangeSample = {
    method: "POST",
    status: 202,
    target: "/acc?comp=batch&restype=container",
    requestHeaders: { "Content-Type": "multipart/mixed; boundary=batch_1" },
    responseHeaders: { "content-type": 'multipart/mixed; boundary="batch_1"' },
    requestBody: lines(
      ...part(0, "DELETE /acc/c/a%20b HTTP/1.1", "Authorization: SharedKey acc:c2VjcmV0"),
      ...part(1, "DELETE /acc/c/none HTTP/1.1", "Authorization: SharedKey acc:c2VjcmV0"),
      ...part(2, "PUT /acc/c/cold?comp=tier&sv=1&sig=c2VjcmV0 HTTP/1.1", "x-ms-access-tier: Cool"),
      ...["--batch_1--", ""],
    ),
    responseBody: lines(
      // not in the order of the request: the id tells
      ...part(1, "HTTP/1.1 404 The specified blob does not exist.", "x-ms-error-code: BlobNotFound", "", "<Error/>"),
      ...part(0, "HTTP/1.1 202 Accepted", "x-ms-delete-type-permanent: true"),
      ...part(2, "HTTP/1.1 403 Forbidden", "x-ms-error-code: AuthorizationFailure"),
      ...["--batch_1--", ""],
    ),
  };

  test("is logged with an entry for each request in it, which ended for itself", () => {
    const found = entries(batch);
    expect(found).toMatchObject([
      { operationCount: 0, operationType: "SubmitBatch", requestStatus: "Success", requestedObjectKey: "/acc" },
      {
        ...{ operationCount: 1, operationType: "DeleteBlob", requestedObjectKey: "/acc/c/a b" },
        ...{ requestStatus: "Success", httpStatusCode: "202", authenticationType: "authenticated" },
      },
      {
        ...{ operationCount: 2, operationType: "DeleteBlob", requestedObjectKey: "/acc/c/none" },
        ...{ requestStatus: "BlobNotFound", httpStatusCode: "404" },
      },
      {
        ...{ operationCount: 3, operationType: "SetBlobTier", requestedObjectKey: "/acc/c/cold" },
        ...{ requestStatus: "SASAuthorizationError", httpStatusCode: "403", authenticationType: "sas" },
      },
    ]);
    expect(JSON.stringify(found)).not.toContain("c2VjcmV0");
  });

  test("with more requests than Azure takes is read up to that number", () => {
    const many = Array.from({ length: 1_000 }, (_, id) => part(id, `DELETE /acc/c/${id} HTTP/1.1`)).flat();
    expect(parseBatchParts(lines(...many), "multipart/mixed; boundary=batch_1")).toHaveLength(maxBatchParts);
  });
});

test("no body makes parsing a batch fail", () => {
  const noise = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom("--b", "--b--", "\r\n", "\r\n\r\n", "Content-Type: application/http\r\n\r\n", "--", ": "),
      fc.constantFrom("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "GET /x HTTP/1.1\r\n", "HTTP/1.1 999\r\n"),
    ),
  );
  fc.assert(
    fc.property(noise, noise, (request, response) => {
      const requestBody = Buffer.from(request.join(""));
      const responseBody = Buffer.from(response.join(""));
      const headers = { "Content-Type": "multipart/mixed; boundary=b" };
      const sample = { ...transaction, requestBody, responseBody, requestHeaders: headers, responseHeaders: headers };
      expect(entries(sample)[0]?.operationType).toBe("EntityGroupTransaction");
    }),
  );
});
