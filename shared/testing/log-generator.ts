import { services, type LogEntry, type LogVersion, type Service } from "../storage-analytics/log-entry.js";
import { formatLogEntry } from "../storage-analytics/log-line.js";
import { formatStartTime } from "../storage-analytics/start-time.js";

export interface GeneratedLog {
  readonly seed: number;
  readonly entries: number;
  /** Start times rise from here … */
  readonly from: Date;
  /** … to here. */
  readonly to: Date;
  /** Default 2.0; the table service has 1.0 only. */
  readonly version?: LogVersion;
  /** Default all that the version has. */
  readonly services?: readonly Service[];
}

/** One request, as a share of all, and how it may end: `status/http code`, weighted. */
interface Operation {
  readonly name: string;
  readonly share: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly query?: string;
  readonly body?: "request" | "response";
  readonly object?: boolean;
  /** Sub-operations that are logged with the request. */
  readonly parts?: readonly string[];
}

const operations: Readonly<Record<Service, readonly Operation[]>> = {
  blob: [
    {
      name: "GetBlob",
      share: 40,
      ends: {
        "Success/200": 70,
        "Success/206": 20,
        "BlobNotFound/404": 6,
        "ConditionNotMet/304": 3,
        "NetworkError/Unknown": 1,
      },
      body: "response",
      object: true,
    },
    {
      name: "PutBlob",
      share: 16,
      ends: { "Success/201": 94, "BlobAlreadyExists/409": 3, "AuthorizationError/403": 2, "ServerBusy/503": 1 },
      body: "request",
      object: true,
    },
    { name: "GetBlobProperties", share: 12, ends: { "Success/200": 85, "BlobNotFound/404": 15 }, object: true },
    {
      name: "PutBlock",
      share: 9,
      ends: { "Success/201": 99, "OperationTimedOut/500": 1 },
      query: "comp=block&blockid=YmxvY2stMDAwMDAwMDA%3D",
      body: "request",
      object: true,
    },
    {
      name: "PutBlockList",
      share: 3,
      ends: { "Success/201": 1 },
      query: "comp=blocklist",
      body: "request",
      object: true,
    },
    {
      name: "ListBlobs",
      share: 8,
      ends: { "Success/200": 1 },
      query: "restype=container&comp=list&prefix=2024%2F&delimiter=%2F&marker=&maxresults=5000&include=metadata",
      body: "response",
    },
    {
      name: "GetContainerProperties",
      share: 4,
      ends: { "Success/200": 9, "IpAuthorizationError/403": 1 },
      query: "restype=container",
    },
    { name: "DeleteBlob", share: 5, ends: { "Success/202": 9, "LeaseIdMissing/412": 1 }, object: true },
    {
      name: "CopyBlob",
      share: 1,
      ends: { "Success/202": 1 },
      object: true,
      parts: ["CopyBlobSource", "CopyBlobDestination"],
    },
  ],
  queue: [
    { name: "PutMessage", share: 30, ends: { "Success/201": 1 }, body: "request" },
    {
      name: "GetMessages",
      share: 40,
      ends: { "Success/200": 99, "QueueNotFound/404": 1 },
      query: "numofmessages=32&visibilitytimeout=30",
      body: "response",
    },
    {
      name: "DeleteMessage",
      share: 25,
      ends: { "Success/204": 98, "PopReceiptMismatch/400": 2 },
      query: "popreceipt=AgAAAAMAAAAAAAAAvMUkVWCL2gE%3D",
    },
    {
      name: "PeekMessages",
      share: 5,
      ends: { "Success/200": 1 },
      query: "numofmessages=32&peekonly=true&timeout=30",
      body: "response",
    },
  ],
  table: [
    {
      name: "QueryEntity",
      share: 40,
      ends: { "Success/200": 9, "ResourceNotFound/404": 1 },
      body: "response",
      object: true,
    },
    {
      name: "QueryEntities",
      share: 20,
      ends: { "Success/200": 1 },
      query: "$filter=PartitionKey%20eq%20%27orders%27&$top=1000",
      body: "response",
    },
    {
      name: "InsertEntity",
      share: 20,
      ends: { "Success/204": 9, "EntityAlreadyExists/409": 1 },
      body: "request",
      object: true,
    },
    { name: "InsertOrMergeEntity", share: 15, ends: { "Success/204": 1 }, body: "request", object: true },
    {
      name: "EntityGroupTransaction",
      share: 5,
      ends: { "Success/202": 1 },
      body: "request",
      parts: ["InsertEntity", "InsertEntity", "MergeEntity"],
    },
  ],
};

const authentications = { authenticated: 66, sas: 10, anonymous: 22, bearer: 2 } as const;
const statusPrefixes = { authenticated: "", sas: "SAS", anonymous: "Anonymous", bearer: "OAuth" } as const;

const userAgents = {
  "azsdk-js-azure-storage-blob/12.17.0 (NODE-VERSION v20.11.1; Linux 6.5.0-1018-azure)": 4,
  "Azure-Storage/9.3.2 (.NET Core)": 6,
  "azsdk-net-Storage.Blobs/12.19.1 (.NET 8.0.3; Microsoft Windows 10.0.20348)": 4,
  "AzCopy/10.23.0 azsdk-go-service.Client/v1.2.0 (go1.19.12; Windows_NT)": 3,
  "Microsoft Azure Storage Explorer, 1.20.1, win32 azsdk-js-storagequeue/12.3.1 (NODE-VERSION v12.16.3; Windows_NT 10.0.22000)": 1,
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36": 1,
};

const sasQuery =
  "se=2025-01-01T00%3A00%3A00Z&sig=XXXXX&sip=24.155.118.199&sp=racwdl&spr=https&sr=c&st=2024-01-01T00%3A00%3A00Z&sv=2022-11-02&timeout=901";
const account = "contoso";
const containers = ["images", "previz", "backups-2024", "$web", "previews"];
const folders = ["src/terraform/examples", "reports & forms", "2024/03/07", "grün/Übersicht", "a;b"];

/** The same sequence for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Entries with the field mix of real and published log lines, about 500 bytes each when written. The same options
 * give the same entries.
 */
export function* generateLogEntries(options: GeneratedLog): Generator<LogEntry, void, undefined> {
  const random = randomNumbers(options.seed);
  const version = options.version ?? "2.0";
  const available = options.services ?? services.filter((service) => version === "1.0" || service !== "table");
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const weighted = <Key extends string>(weights: Readonly<Record<Key, number>>): Key => {
    const keys = Object.keys(weights) as Key[];
    let rest = random() * keys.reduce((sum, key) => sum + weights[key], 0);
    return keys.find((key) => (rest -= weights[key]) < 0) ?? (keys[0] as Key);
  };
  const hex = (digits: number): string =>
    below(16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  const guid = (): string => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(6)}${hex(6)}`;
  const shares = Object.fromEntries(
    services.map((service) => [
      service,
      Object.fromEntries(operations[service].map(({ name, share }) => [name, share])),
    ]),
  ) as Record<Service, Record<string, number>>;
  const oid = guid();
  const tid = guid();

  for (let written = 0; written < options.entries;) {
    const service = random() < 0.8 && available.includes("blob") ? "blob" : pick(available);
    const name = weighted(shares[service]);
    const operation = operations[service].find((candidate) => candidate.name === name) as Operation;
    const authenticationType = weighted(authentications);
    const [status, httpStatusCode] = weighted(operation.ends).split("/") as [string, string];
    const ok = status === "Success";
    const container = pick(containers);
    const path = operation.object === true ? `/${pick(folders)}/${hex(6)}-${below(1000)}.dat` : "";
    const query = [operation.query ?? "", authenticationType === "sas" ? sasQuery : ""]
      .filter((part) => part !== "")
      .join("&");
    const url = `https://${account}.${service}.core.windows.net:443/${container}${encodeURI(path)}${query === "" ? "" : `?${query}`}`;
    const key = `/${account}/${container}${path}`;
    const requestBytes = operation.body === "request" ? below(200_000) : 0;
    const serverLatencyMs = Math.floor(3 + 20 * random() ** 4 * 10);
    const elapsed = (options.to.getTime() - options.from.getTime()) * (written / options.entries);
    const ticks = below(10_000).toString().padStart(4, "0");
    const bearer = version === "2.0" && authenticationType === "bearer";
    const md5 = requestBytes > 0 && service === "blob" ? `${hex(6)}${hex(6)}${hex(6)}${hex(4)}==` : "";
    const entry: LogEntry = {
      version,
      requestStartTime: `${formatStartTime(new Date(options.from.getTime() + elapsed)).slice(0, 23)}${ticks}Z`,
      operationType: name,
      requestStatus: ok || status.endsWith("Error") ? `${statusPrefixes[authenticationType]}${status}` : status,
      httpStatusCode,
      endToEndLatencyMs: serverLatencyMs + (random() < 0.7 ? 0 : below(400)),
      serverLatencyMs,
      authenticationType,
      requesterAccountName: authenticationType === "authenticated" || bearer ? account : "",
      ownerAccountName: account,
      serviceType: service,
      requestUrl: url,
      requestedObjectKey: key,
      requestIdHeader: `${guid().slice(0, -6)}000000`,
      operationCount: 0,
      requesterIpAddress: `10.${below(4)}.${below(8)}.${below(256)}:${1024 + below(60_000)}`,
      requestVersionHeader: pick(["2018-03-28", "2020-04-08", "2023-08-03"]),
      requestHeaderSize: 350 + below(300),
      requestPacketSize: requestBytes,
      responseHeaderSize: 220 + below(320),
      responsePacketSize: operation.body === "response" && ok ? below(500_000) : 0,
      requestContentLength: requestBytes,
      requestMd5: md5 !== "" && random() < 0.5 ? md5 : "",
      serverMd5: md5,
      etagIdentifier:
        ok && operation.object === true ? `"0x8D${hex(6)}${hex(7)}"`.toUpperCase().replace("0X", "0x") : "",
      lastModifiedTime: ok && operation.object === true ? "Tuesday, 07-Apr-20 13:56:11 GMT" : "",
      conditionsUsed: random() < 0.1 ? "If-Unmodified-Since=Tuesday, 07-Apr-20 13:56:12 GMT" : "",
      userAgentHeader: weighted(userAgents),
      referrerHeader: random() < 0.05 ? "https://portal.azure.com/" : "",
      clientRequestId: guid(),
      userObjectId: bearer ? oid : "",
      tenantId: bearer ? tid : "",
      applicationId: bearer ? "691458b9-1327-4635-9f55-ed83a7f1b41c" : "",
      audience: bearer ? "https://storage.azure.com/" : "",
      issuer: bearer ? `https://sts.windows.net/${tid}/` : "",
      userPrincipalName: "",
      authorizationDetail: bearer
        ? `[{"action":"Microsoft.Storage/storageAccounts/${service}Services/read", "principalId":"${oid}", "principalType":"User"}]`
        : "",
    };
    yield entry;
    written += 1;
    for (const [index, operationType] of (operation.parts ?? []).entries()) {
      if (written >= options.entries) return;
      yield { ...entry, operationType, operationCount: index + 1, etagIdentifier: "", lastModifiedTime: "" };
      written += 1;
    }
  }
}

/** The same entries as bytes of a log blob, in chunks of about 1 MiB. */
export function* generateLogBytes(options: GeneratedLog): Generator<Buffer, void, undefined> {
  let lines: string[] = [];
  let length = 0;
  for (const entry of generateLogEntries(options)) {
    const line = `${formatLogEntry(entry)}\n`;
    lines.push(line);
    length += line.length;
    if (length >= 1_048_576) {
      yield Buffer.from(lines.join(""));
      lines = [];
      length = 0;
    }
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""));
}
