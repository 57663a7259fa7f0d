import { describe, expect, test } from "vitest";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { operationKinds } from "../../../shared/storage-analytics/operations.js";
import { classifyRequest } from "./operation-matchers.js";
import { type Headers } from "./raw-headers.js";
import { parseRequestAddress } from "./request-address.js";

/** Name, kind and request; headers as `name: value`, separated by `, `. */
type Case = readonly [operation: string, kind: "R" | "W" | "D", request: string, headers?: string];
const padded = ([operation, kind, request, headers = ""]: Case) => [operation, kind, request, headers] as const;

const letters = { read: "R", write: "W", delete: "D" } as const;

const indexed = (text = ""): Headers =>
  new Map(text === "" ? [] : text.split(", ").map((line) => line.split(": ") as [string, string]));

function classify(service: Service, request: string, headers?: string, host = "127.0.0.1:10000") {
  const [method = "", target = ""] = request.split(" ");
  const address = parseRequestAddress(service, target, host);
  return classifyRequest(service, { method, address, headers: indexed(headers) });
}

const lease = (level: string, target: string): readonly Case[] =>
  ["Acquire", "Renew", "Change", "Release", "Break"].map((action) => [
    `${action}${level}Lease`,
    "W",
    `PUT ${target}`,
    `x-ms-lease-action: ${action.toLowerCase()}`,
  ]);

/** Reference §7.2, row by row. */
const blob: readonly Case[] = [
  ["ListContainers", "R", "GET /a?comp=list"],
  ["ListContainers", "R", "GET /a/?comp=list&prefix=x"],
  ["SetBlobServiceProperties", "W", "PUT /a/?restype=service&comp=properties"],
  ["GetBlobServiceProperties", "R", "GET /a?restype=service&comp=properties"],
  ["GetBlobServiceStats", "R", "GET /a-secondary?restype=service&comp=stats"],
  ["GetUserDelegationKey", "R", "POST /a?restype=service&comp=userdelegationkey"],
  ["GetAccountInformation", "R", "GET /a?restype=account&comp=properties"],
  ["GetAccountInformation", "R", "HEAD /a/c?restype=account&comp=properties"],
  ["GetAccountInformation", "R", "HEAD /a/c/b?restype=account&comp=properties"],
  ["FindBlobsByTags", "R", "GET /a?comp=blobs&where=x%3D'y'"],
  ["FindBlobsByTags", "R", "GET /a/c?restype=container&comp=blobs&where=x"],
  ["SubmitBatch", "W", "POST /a?comp=batch"],
  ["SubmitBatch", "W", "POST /a?comp=batch&restype=container"],
  ["SubmitBatch", "W", "POST /a/c?restype=container&comp=batch"],
  ["BlobPreflightRequest", "R", "OPTIONS /a/c/b"],
  ["BlobPreflightRequest", "R", "OPTIONS /a/c?restype=container&comp=list"],
  ["CreateContainer", "W", "PUT /a/c?restype=container"],
  ["GetContainerProperties", "R", "GET /a/c?restype=container"],
  ["GetContainerProperties", "R", "HEAD /a/c?restype=container"],
  ["GetContainerMetadata", "R", "GET /a/c?restype=container&comp=metadata"],
  ["GetContainerMetadata", "R", "HEAD /a/c?restype=container&comp=metadata"],
  ["SetContainerMetadata", "W", "PUT /a/c?restype=container&comp=metadata"],
  ["GetContainerACL", "R", "GET /a/c?restype=container&comp=acl"],
  ["GetContainerACL", "R", "HEAD /a/c?restype=container&comp=acl"],
  ["SetContainerACL", "W", "PUT /a/c?restype=container&comp=acl"],
  ["DeleteContainer", "D", "DELETE /a/c?restype=container"],
  ["RestoreContainer", "W", "PUT /a/c?restype=container&comp=undelete", "x-ms-deleted-container-name: c"],
  ...lease("Container", "/a/c?restype=container&comp=lease"),
  ["ListBlobs", "R", "GET /a/c?restype=container&comp=list"],
  ["ListBlobs", "R", "GET /a/c?restype=container&comp=list&delimiter=/&prefix=x&include=metadata"],
  ["PutBlob", "W", "PUT /a/c/b", "x-ms-blob-type: BlockBlob"],
  ["PutBlob", "W", "PUT /a/c/b", "x-ms-blob-type: PageBlob"],
  ["PutBlob", "W", "PUT /a/c/b?timeout=30", "x-ms-blob-type: AppendBlob"],
  ["PutBlobFromURL", "W", "PUT /a/c/b", "x-ms-blob-type: BlockBlob, x-ms-copy-source: http://h/c/b"],
  ["CopyBlob", "W", "PUT /a/c/b", "x-ms-copy-source: http://h/c/b"],
  ["CopyBlob", "W", "PUT /a/c/b", "x-ms-copy-source: http://h/c/b, x-ms-requires-sync: true"],
  ["AbortCopyBlob", "W", "PUT /a/c/b?comp=copy&copyid=1", "x-ms-copy-action: abort"],
  ["IncrementalCopyBlob", "W", "PUT /a/c/b?comp=incrementalcopy", "x-ms-copy-source: http://h/c/b"],
  ["GetBlob", "R", "GET /a/c/b"],
  ["GetBlob", "R", "GET /a/c/b?snapshot=2026-01-01T00:00:00.0000000Z", "range: bytes=0-1"],
  ["GetBlobProperties", "R", "HEAD /a/c/b"],
  ["GetBlobMetadata", "R", "GET /a/c/b?comp=metadata"],
  ["GetBlobMetadata", "R", "HEAD /a/c/b?comp=metadata"],
  ["SetBlobMetadata", "W", "PUT /a/c/b?comp=metadata"],
  ["SetBlobProperties", "W", "PUT /a/c/b?comp=properties"],
  ["DeleteBlob", "D", "DELETE /a/c/b", "x-ms-delete-snapshots: include"],
  ["UndeleteBlob", "W", "PUT /a/c/b?comp=undelete"],
  ...lease("Blob", "/a/c/b?comp=lease"),
  ["GetBlobLeaseInfo", "R", "GET /a/c/b?comp=lease"],
  ["SnapshotBlob", "W", "PUT /a/c/b?comp=snapshot"],
  ["PutBlock", "W", "PUT /a/c/b?comp=block&blockid=AAAA"],
  ["PutBlockFromURL", "W", "PUT /a/c/b?comp=block&blockid=AAAA", "x-ms-copy-source: http://h/c/b"],
  ["PutBlockList", "W", "PUT /a/c/b?comp=blocklist"],
  ["GetBlockList", "R", "GET /a/c/b?comp=blocklist&blocklisttype=all"],
  ["PutPage", "W", "PUT /a/c/b?comp=page", "x-ms-page-write: update"],
  ["PutPage", "W", "PUT /a/c/b?comp=page", "x-ms-page-write: update, x-ms-copy-source: http://h/c/b"],
  ["ClearPage", "W", "PUT /a/c/b?comp=page", "x-ms-page-write: clear"],
  ["GetPageRanges", "R", "GET /a/c/b?comp=pagelist&prevsnapshot=x"],
  ["AppendBlock", "W", "PUT /a/c/b?comp=appendblock"],
  ["AppendBlockFromURL", "W", "PUT /a/c/b?comp=appendblock", "x-ms-copy-source: http://h/c/b"],
  ["SealBlob", "W", "PUT /a/c/b?comp=seal"],
  ["SetBlobTier", "W", "PUT /a/c/b?comp=tier", "x-ms-access-tier: Cool"],
  ["GetBlobTags", "R", "GET /a/c/b?comp=tags"],
  ["SetBlobTags", "W", "PUT /a/c/b?comp=tags"],
  ["SetBlobExpiry", "W", "PUT /a/c/b?comp=expiry", "x-ms-expiry-option: NeverExpire"],
  ["QueryBlobContents", "R", "POST /a/c/b?comp=query"],
  ["SetBlobImmutabilityPolicy", "W", "PUT /a/c/b?comp=immutabilityPolicies"],
  ["DeleteBlobImmutabilityPolicy", "D", "DELETE /a/c/b?comp=immutabilityPolicies"],
  ["SetBlobLegalHold", "W", "PUT /a/c/b?comp=legalhold", "x-ms-legal-hold: true"],
];

/** Reference §7.3. */
const queue: readonly Case[] = [
  ["ListQueues", "R", "GET /a?comp=list"],
  ["SetQueueServiceProperties", "W", "PUT /a?restype=service&comp=properties"],
  ["GetQueueServiceProperties", "R", "GET /a/?restype=service&comp=properties&timeout=30"],
  ["GetQueueServiceStats", "R", "GET /a-secondary?restype=service&comp=stats"],
  ["QueuePreflightRequest", "R", "OPTIONS /a/q"],
  ["CreateQueue", "W", "PUT /a/q"],
  ["DeleteQueue", "D", "DELETE /a/q"],
  ["GetQueueMetadata", "R", "GET /a/q?comp=metadata"],
  ["GetQueueMetadata", "R", "HEAD /a/q?comp=metadata"],
  ["SetQueueMetadata", "W", "PUT /a/q?comp=metadata"],
  ["GetQueueACL", "R", "GET /a/q?comp=acl"],
  ["GetQueueACL", "R", "HEAD /a/q?comp=acl"],
  ["SetQueueACL", "W", "PUT /a/q?comp=acl"],
  ["GetQueue", "R", "GET /a/q"],
  ["PutMessage", "W", "POST /a/q/messages?messagettl=60"],
  ["GetMessages", "W", "GET /a/q/messages?numofmessages=32"],
  ["GetMessage", "W", "GET /a/q/messages"],
  ["PeekMessages", "R", "GET /a/q/messages?numofmessages=32&peekonly=true&timeout=30"],
  ["PeekMessage", "R", "GET /a/q/messages?peekonly=true"],
  ["ClearMessages", "D", "DELETE /a/q/messages"],
  ["UpdateMessage", "W", "PUT /a/q/messages/6f0e?popreceipt=x&visibilitytimeout=0"],
  ["DeleteMessage", "D", "DELETE /a/q/messages/6f0e?popreceipt=x"],
];

/** Reference §7.4. */
const table: readonly Case[] = [
  ["SetTableServiceProperties", "W", "PUT /a?restype=service&comp=properties"],
  ["GetTableServiceProperties", "R", "GET /a?restype=service&comp=properties"],
  ["GetTableServiceStats", "R", "GET /a-secondary?restype=service&comp=stats"],
  ["TablePreflightRequest", "R", "OPTIONS /a/t"],
  ["QueryTables", "R", "GET /a/Tables"],
  ["QueryTables", "R", "GET /a/Tables()?$top=1"],
  ["QueryTable", "R", "GET /a/Tables('t')"],
  ["CreateTable", "W", "POST /a/Tables", "prefer: return-no-content"],
  ["DeleteTable", "D", "DELETE /a/Tables(%27t%27)"],
  ["QueryEntities", "R", "GET /a/t()?$filter=x%20eq%201"],
  ["QueryEntities", "R", "GET /a/t"],
  ["QueryEntity", "R", "GET /a/t(PartitionKey='p',RowKey='r')"],
  ["InsertEntity", "W", "POST /a/t"],
  ["UpdateEntity", "W", "PUT /a/t(PartitionKey='p',RowKey='r')", "if-match: *"],
  ["InsertOrReplaceEntity", "W", "PUT /a/t(PartitionKey='p',RowKey='r')"],
  ["MergeEntity", "W", "MERGE /a/t(PartitionKey='p',RowKey='r')", "if-match: *"],
  ["MergeEntity", "W", "PATCH /a/t(PartitionKey='p',RowKey='r')", 'if-match: W/"1"'],
  ["MergeEntity", "W", "POST /a/t(PartitionKey='p',RowKey='r')", "x-http-method: MERGE, if-match: *"],
  ["InsertOrMergeEntity", "W", "MERGE /a/t(PartitionKey='p',RowKey='r')"],
  ["InsertOrMergeEntity", "W", "PATCH /a/t(PartitionKey='p',RowKey='r')"],
  ["InsertOrMergeEntity", "W", "POST /a/t(PartitionKey='p',RowKey='r')", "x-http-method: merge"],
  ["DeleteEntity", "D", "DELETE /a/t(PartitionKey='p',RowKey='r')", "if-match: *"],
  ["DeleteEntity", "D", "POST /a/t(PartitionKey='p',RowKey='r')", "x-http-method: DELETE, if-match: *"],
  ["EntityGroupTransaction", "W", "POST /a/$batch"],
  ["EntityGroupTransaction", "W", "POST /a/%24batch"],
  ["GetTableACL", "R", "GET /a/t?comp=acl"],
  ["SetTableACL", "W", "PUT /a/t?comp=acl"],
];

const all = { blob, queue, table };

describe.each(["blob", "queue", "table"] as const)("%s requests are named as the reference names them", (service) => {
  test.each(all[service].map(padded))("%s (%s): %s [%s]", (name, kind, request, headers) => {
    const { operation } = classify(service, request, headers);
    expect([operation.name, letters[operation.kind]]).toEqual([name, kind]);
  });

  test("every operation that a request can be has its kind in the catalogue", () => {
    for (const [name, kind] of all[service]) {
      const catalogued = operationKinds[service].get(name);
      expect(catalogued && letters[catalogued], name).toBe(kind);
    }
  });
});

/** Requests that no service documents, or that try to look like another one. */
const hostile: readonly (readonly [Service, string, string, string, string?])[] = [
  ["blob", "an unknown comp is not what Azurite makes of it", "Unknown", "GET /a/c/b?comp=nonsense"],
  ["blob", "an unknown comp on a container", "Unknown", "PUT /a/c?restype=container&comp=nonsense"],
  ["blob", "an unknown restype", "Unknown", "GET /a/c?restype=nonsense"],
  ["blob", "a lease without an action", "Unknown", "PUT /a/c/b?comp=lease"],
  ["blob", "a lease with an unknown action", "Unknown", "PUT /a/c/b?comp=lease", "x-ms-lease-action: steal"],
  ["blob", "a method that storage has not", "Unknown", "TRACE /a/c/b"],
  ["blob", "no account at all", "Unknown", "GET /"],
  ["blob", "names and values of parameters in another case", "ListBlobs", "GET /a/c?RESTYPE=Container&Comp=LIST"],
  ["blob", "an encoded parameter name", "SetContainerACL", "PUT /a/c?restype=container&c%6Fmp=a%63l"],
  ["blob", "a parameter twice: the first counts", "GetBlobTags", "GET /a/c/b?comp=tags&comp=metadata"],
  ["blob", "an empty comp is none", "GetBlob", "GET /a/c/b?comp="],
  ["blob", "broken encoding in the path", "GetBlob", "GET /a/c/100%zz"],
  ["blob", "broken encoding in the query", "GetBlob", "GET /a/c/b?x=%E0%A4"],
  ["blob", "a question mark inside the query", "GetBlob", "GET /a/c/b?x=?comp=metadata"],
  ["blob", "a name that looks like a query", "GetBlob", "GET /a/c/b%3Fcomp=metadata"],
  ["blob", "X-HTTP-Method is for tables", "Unknown", "POST /a/c/b", "x-http-method: DELETE"],
  ["blob", "an absolute target", "DeleteBlob", "DELETE http://127.0.0.1:10000/a/c/b"],
  ["blob", "a blob in the root container", "GetBlob", "GET /a/lake.jpg"],
  ["blob", "an upload to the root container", "PutBlob", "PUT /a/lake.jpg", "x-ms-blob-type: BlockBlob"],
  ["queue", "a path below a message", "Unknown", "GET /a/q/messages/1/2"],
  ["queue", "a path that is not messages", "Unknown", "GET /a/q/other"],
  ["queue", "POST to a queue", "Unknown", "POST /a/q"],
  ["table", "the service document", "Unknown", "GET /a"],
  ["table", "an entity without a row key", "Unknown", "GET /a/t(PartitionKey='p')"],
  ["table", "POST to an entity without override", "Unknown", "POST /a/t(PartitionKey='p',RowKey='r')"],
  ["table", "an override that is none", "InsertEntity", "POST /a/t", "x-http-method: TRACE"],
  ["table", "quotes and slashes in keys", "QueryEntity", "GET /a/t(PartitionKey='it''s',RowKey='a%2Fb%27%27c')"],
  ["table", "a table that is named like the list in another case", "QueryEntities", "GET /a/tables"],
];

test.each(
  hostile.map(([service, what, name, request, headers = ""]) => [service, what, name, request, headers] as const),
)("%s: %s is %s (%s)", (service, _what, name, request, headers) => {
  expect(classify(service, request, headers).operation.name).toBe(name);
});

test.each([
  ["GET", "R"],
  ["HEAD", "R"],
  ["PUT", "W"],
  ["POST", "W"],
  ["DELETE", "D"],
])("an unknown operation is covered by the switch of its method: %s is %s", (method, kind) => {
  const { operation } = classify("blob", `${method} /a/c?restype=container&comp=nonsense`);
  expect([operation.name, letters[operation.kind]]).toEqual(["Unknown", kind]);
});
