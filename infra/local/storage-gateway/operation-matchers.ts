import { type LogType } from "../../../shared/storage-analytics/log-blob.js";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { operationKind, unknownOperation } from "../../../shared/storage-analytics/operations.js";
import { type Headers } from "./raw-headers.js";
import { type RequestAddress, type Resource } from "./request-address.js";

/** What decides the name of an operation: nothing but the HTTP request. */
export interface ClassifiedRequest {
  readonly method: string;
  readonly address: RequestAddress;
  readonly headers: Headers;
}

export interface Operation {
  readonly name: string;
  /** The switch of Set Service Properties that covers it; of an unknown operation by its method. */
  readonly kind: LogType;
}

interface Matcher {
  readonly name: string;
  readonly methods: readonly string[];
  readonly on: readonly Resource["kind"][];
  /** Value of `restype` in lower case; `""`: none; undefined: any. */
  readonly restype: string | undefined;
  /** Value of `comp` in lower case; `""`: none. */
  readonly comp: string;
  readonly when: ((request: ClassifiedRequest) => boolean) | undefined;
}

type Level = Resource["kind"] | readonly Resource["kind"][];

/** @param query `restype=…&comp=…` as the reference's tables have it; `restype=*` for any */
function row(name: string, methods: string, on: Level, query = "", when?: Matcher["when"]): Matcher {
  const parameters = new URLSearchParams(query);
  const restype = parameters.get("restype") ?? "";
  return {
    name,
    methods: methods.split(" "),
    on: typeof on === "string" ? [on] : on,
    restype: restype === "*" ? undefined : restype,
    comp: parameters.get("comp") ?? "",
    when,
  };
}

const header =
  (name: string, value?: string) =>
  ({ headers }: ClassifiedRequest): boolean =>
    value === undefined ? headers.has(name) : headers.get(name)?.trim().toLowerCase() === value;

const copies = header("x-ms-copy-source");
const peeks = ({ address }: ClassifiedRequest): boolean => address.query.get("peekonly")?.toLowerCase() === "true";
const several = ({ address }: ClassifiedRequest): boolean => address.query.has("numofmessages");
const conditional = header("if-match");

const leases = (level: "Container" | "Blob", on: Resource["kind"], query: string): readonly Matcher[] =>
  ["Acquire", "Renew", "Change", "Release", "Break"].map((action) =>
    row(`${action}${level}Lease`, "PUT", on, query, header("x-ms-lease-action", action.toLowerCase())),
  );

/** Reference §7.2. Rows of one method and query go from the most particular to the least: the first match names. */
const blob: readonly Matcher[] = [
  row("ListContainers", "GET", "service", "comp=list"),
  row("SetBlobServiceProperties", "PUT", "service", "restype=service&comp=properties"),
  row("GetBlobServiceProperties", "GET", "service", "restype=service&comp=properties"),
  row("GetBlobServiceStats", "GET", "service", "restype=service&comp=stats"),
  row("GetUserDelegationKey", "POST", "service", "restype=service&comp=userdelegationkey"),
  row("GetAccountInformation", "GET HEAD", ["service", "container", "blob"], "restype=account&comp=properties"),
  row("FindBlobsByTags", "GET", "service", "comp=blobs"),
  row("FindBlobsByTags", "GET", "container", "restype=container&comp=blobs"),
  row("SubmitBatch", "POST", ["service", "container"], "restype=*&comp=batch"),
  row("CreateContainer", "PUT", "container", "restype=container"),
  row("GetContainerProperties", "GET HEAD", "container", "restype=container"),
  row("DeleteContainer", "DELETE", "container", "restype=container"),
  row("GetContainerMetadata", "GET HEAD", "container", "restype=container&comp=metadata"),
  row("SetContainerMetadata", "PUT", "container", "restype=container&comp=metadata"),
  row("GetContainerACL", "GET HEAD", "container", "restype=container&comp=acl"),
  row("SetContainerACL", "PUT", "container", "restype=container&comp=acl"),
  row("RestoreContainer", "PUT", "container", "restype=container&comp=undelete"),
  row("ListBlobs", "GET", "container", "restype=container&comp=list"),
  ...leases("Container", "container", "restype=container&comp=lease"),

  row("PutBlobFromURL", "PUT", "blob", "", (request) => copies(request) && header("x-ms-blob-type")(request)),
  row("CopyBlob", "PUT", "blob", "", copies),
  row("PutBlob", "PUT", "blob"),
  row("GetBlob", "GET", "blob"),
  row("GetBlobProperties", "HEAD", "blob"),
  row("DeleteBlob", "DELETE", "blob"),
  row("AbortCopyBlob", "PUT", "blob", "comp=copy"),
  row("IncrementalCopyBlob", "PUT", "blob", "comp=incrementalcopy"),
  row("GetBlobMetadata", "GET HEAD", "blob", "comp=metadata"),
  row("SetBlobMetadata", "PUT", "blob", "comp=metadata"),
  row("SetBlobProperties", "PUT", "blob", "comp=properties"),
  row("UndeleteBlob", "PUT", "blob", "comp=undelete"),
  ...leases("Blob", "blob", "comp=lease"),
  row("GetBlobLeaseInfo", "GET", "blob", "comp=lease"),
  row("SnapshotBlob", "PUT", "blob", "comp=snapshot"),
  row("PutBlockFromURL", "PUT", "blob", "comp=block", copies),
  row("PutBlock", "PUT", "blob", "comp=block"),
  row("PutBlockList", "PUT", "blob", "comp=blocklist"),
  row("GetBlockList", "GET", "blob", "comp=blocklist"),
  row("ClearPage", "PUT", "blob", "comp=page", header("x-ms-page-write", "clear")),
  row("PutPage", "PUT", "blob", "comp=page"),
  row("GetPageRanges", "GET", "blob", "comp=pagelist"),
  row("AppendBlockFromURL", "PUT", "blob", "comp=appendblock", copies),
  row("AppendBlock", "PUT", "blob", "comp=appendblock"),
  row("SealBlob", "PUT", "blob", "comp=seal"),
  row("SetBlobTier", "PUT", "blob", "comp=tier"),
  row("GetBlobTags", "GET", "blob", "comp=tags"),
  row("SetBlobTags", "PUT", "blob", "comp=tags"),
  row("SetBlobExpiry", "PUT", "blob", "comp=expiry"),
  row("QueryBlobContents", "POST", "blob", "comp=query"),
  row("SetBlobImmutabilityPolicy", "PUT", "blob", "comp=immutabilitypolicies"),
  row("DeleteBlobImmutabilityPolicy", "DELETE", "blob", "comp=immutabilitypolicies"),
  row("SetBlobLegalHold", "PUT", "blob", "comp=legalhold"),
];

/** Reference §7.3. */
const queue: readonly Matcher[] = [
  row("ListQueues", "GET", "service", "comp=list"),
  row("SetQueueServiceProperties", "PUT", "service", "restype=service&comp=properties"),
  row("GetQueueServiceProperties", "GET", "service", "restype=service&comp=properties"),
  row("GetQueueServiceStats", "GET", "service", "restype=service&comp=stats"),
  row("CreateQueue", "PUT", "queue"),
  row("DeleteQueue", "DELETE", "queue"),
  row("GetQueueMetadata", "GET HEAD", "queue", "comp=metadata"),
  row("SetQueueMetadata", "PUT", "queue", "comp=metadata"),
  row("GetQueueACL", "GET HEAD", "queue", "comp=acl"),
  row("SetQueueACL", "PUT", "queue", "comp=acl"),
  row("GetQueue", "GET", "queue"),
  row("PutMessage", "POST", "messages"),
  row("PeekMessages", "GET", "messages", "", (request) => peeks(request) && several(request)),
  row("PeekMessage", "GET", "messages", "", peeks),
  row("GetMessages", "GET", "messages", "", several),
  row("GetMessage", "GET", "messages"),
  row("ClearMessages", "DELETE", "messages"),
  row("UpdateMessage", "PUT", "message"),
  row("DeleteMessage", "DELETE", "message"),
];

/** Reference §7.4. */
const table: readonly Matcher[] = [
  row("SetTableServiceProperties", "PUT", "service", "restype=service&comp=properties"),
  row("GetTableServiceProperties", "GET", "service", "restype=service&comp=properties"),
  row("GetTableServiceStats", "GET", "service", "restype=service&comp=stats"),
  row("QueryTables", "GET", "tables"),
  row("QueryTable", "GET", "table-entry"),
  row("CreateTable", "POST", "tables"),
  row("DeleteTable", "DELETE", "table-entry"),
  row("QueryEntities", "GET", "table"),
  row("QueryEntity", "GET", "entity"),
  row("InsertEntity", "POST", "table"),
  row("UpdateEntity", "PUT", "entity", "", conditional),
  row("InsertOrReplaceEntity", "PUT", "entity"),
  row("MergeEntity", "MERGE PATCH", "entity", "", conditional),
  row("InsertOrMergeEntity", "MERGE PATCH", "entity"),
  row("DeleteEntity", "DELETE", "entity"),
  row("EntityGroupTransaction", "POST", "batch"),
  row("GetTableACL", "GET", "table", "comp=acl"),
  row("SetTableACL", "PUT", "table", "comp=acl"),
];

const matchers: Readonly<Record<Service, readonly Matcher[]>> = { blob, queue, table };

const preflights = {
  blob: "BlobPreflightRequest",
  queue: "QueuePreflightRequest",
  table: "TablePreflightRequest",
} as const satisfies Record<Service, string>;

/** Methods that `X-HTTP-Method` may put in the place of POST on the Table service. */
const tunnelled = new Set(["GET", "MERGE", "PATCH", "DELETE"]);

function effectiveMethod(service: Service, { method, headers }: ClassifiedRequest): string {
  const sent = method.toUpperCase();
  if (service !== "table" || sent !== "POST") return sent;
  const override = headers.get("x-http-method")?.trim().toUpperCase() ?? "";
  return tunnelled.has(override) ? override : sent;
}

/** A blob in the root container has no container in its path: there, only container requests say `restype`. */
function effectiveResource({ address: { resource, query } }: ClassifiedRequest): Resource {
  if (resource.kind !== "container" || query.has("restype") || query.get("comp") === "batch") return resource;
  return { kind: "blob", container: "$root", blob: resource.container };
}

const kindByMethod = (method: string): LogType => {
  if (method === "DELETE") return "delete";
  return method === "GET" || method === "HEAD" || method === "OPTIONS" ? "read" : "write";
};

/**
 * Names the operation of a request as Azure does, from the request alone (reference §7).
 *
 * Never from the emulator's own dispatcher: it has no Get Blob Metadata or Query Table and does something else instead.
 * @returns also the resource, which for a blob in the root container differs from what the path alone says
 */
export function classifyRequest(
  service: Service,
  request: ClassifiedRequest,
): { readonly operation: Operation; readonly resource: Resource } {
  const method = effectiveMethod(service, request);
  const sought = effectiveResource(request);
  const name = method === "OPTIONS" ? preflights[service] : nameOf(service, method, sought, request);
  const known = name !== unknownOperation && method !== "OPTIONS";
  return {
    operation: { name, kind: operationKind(service, name) ?? kindByMethod(method) },
    resource: known ? sought : request.address.resource,
  };
}

function nameOf(service: Service, method: string, resource: Resource, request: ClassifiedRequest): string {
  const restype = request.address.query.get("restype")?.toLowerCase() ?? "";
  const comp = request.address.query.get("comp")?.toLowerCase() ?? "";
  const found = matchers[service].find(
    (matcher) =>
      matcher.comp === comp &&
      (matcher.restype === undefined || matcher.restype === restype) &&
      matcher.methods.includes(method) &&
      matcher.on.includes(resource.kind) &&
      (matcher.when === undefined || matcher.when(request)),
  );
  return found?.name ?? unknownOperation;
}
