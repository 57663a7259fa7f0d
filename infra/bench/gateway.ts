import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobServiceClient,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from "@azure/storage-blob";
import { TableServiceClient } from "@azure/data-tables";
import { median } from "../../shared/alerts/order-statistics.js";
import { emulatorAccount } from "../local/storage-accounts.js";
import { type BenchRow } from "./bench-row.js";
import { type Load, type LoadResult } from "./http-load.js";
import { startLoggedStorage } from "./logged-storage.js";

/** The gateway has to reach this part of what Azurite alone reaches. */
const budgetShare = 0.9;
/**
 * A round is short, and so are the turns: the machine (disk, host, scheduler) drifts by more in a few seconds than the
 * gateway costs, and what counts is the median round. An odd number.
 */
const rounds = 61;
const roundMs = 500;
const connections = 8;
const transferBytes = 64 * 1024 * 1024;
/** Blocks are hashed in the gateway, because Azurite does not say their MD5. */
const blockBytes = 4 * 1024 * 1024;
/** Downloads are short: they take as long as one upload. */
const downloadsPerRound = 4;
const mebi = 1024 * 1024;

interface Case {
  readonly name: string;
  readonly service: 0 | 1 | 2;
  /** Where bytes are counted, those of one request. */
  readonly bytes?: number;
  readonly load: Omit<Load, "port" | "firstNumber">;
}

/**
 * Gateway and Azurite alone, in turns on the same Azurite: a busy machine is busy for both. Each case has an Azurite of
 * its own, which does not save what the cases before it wrote.
 */
export async function benchGateway(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const caseOf of cases) {
    const folder = await mkdtemp(join(tmpdir(), "vigil-bench-"));
    const { azurite, azuritePort, storagePort, stop } = await startLoggedStorage(folder);
    try {
      rows.push(...(await compare(caseOf(await prepare(azurite.connectionString())), azuritePort, storagePort)));
    } finally {
      await stop();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

async function prepare(connectionString: string): Promise<string> {
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  const container = blobs.getContainerClient("bench");
  await container.create();
  await container.getBlockBlobClient("small").uploadData(Buffer.alloc(1024));
  await container
    .getBlockBlobClient("large")
    .uploadData(Buffer.alloc(transferBytes), { maxSingleShotSize: transferBytes });
  await TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true }).createTable(
    "bench",
  );
  return generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse("bt").toString(),
      resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
      permissions: AccountSASPermissions.parse("rwdlacu"),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(emulatorAccount.name, emulatorAccount.key),
  ).toString();
}

const blobHeaders = "x-ms-version: 2024-11-04\r\nx-ms-blob-type: BlockBlob\r\n";
const small = { client: "raw", connections, forMs: roundMs, requests: Infinity } as const;
const large = { client: "http", connections: 1, forMs: Infinity, requests: 1 } as const;
const entity = '{"PartitionKey":"p","RowKey":"{n}","text":"some text","number":42}'.replace("{n}", "000000000");
const target = (name: string, sas: string): string => `/${emulatorAccount.name}/${name}?${sas}`;

const cases: readonly ((sas: string) => Case)[] = [
  (sas) => ({
    name: "small GETs (1 KiB blob)",
    service: 0,
    load: {
      ...small,
      head: `GET ${target("bench/small", sas)} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-version: 2024-11-04\r\n\r\n`,
      body: { kind: "zeros", size: 0 },
      expectedStatus: 200,
    },
  }),
  (sas) => ({
    name: "small PUTs (1 KiB blobs)",
    service: 0,
    load: {
      ...small,
      head: `PUT ${target("bench/put-{n}", sas)} HTTP/1.1\r\nHost: 127.0.0.1\r\n${blobHeaders}Content-Length: 1024\r\n\r\n`,
      body: { kind: "zeros", size: 1024 },
      expectedStatus: 201,
    },
  }),
  (sas) => ({
    name: "table inserts",
    service: 2,
    load: {
      ...small,
      head: `POST ${target("bench", sas)} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-version: 2024-11-04\r\nPrefer: return-no-content\r\nAccept: application/json;odata=nometadata\r\nContent-Type: application/json\r\nContent-Length: ${entity.length}\r\n\r\n`,
      body: { kind: "numbered", text: entity.replace("000000000", "{n}") },
      expectedStatus: 204,
    },
  }),
  (sas) => ({
    name: "64 MiB up",
    service: 0,
    bytes: transferBytes,
    load: {
      ...large,
      head: `PUT ${target("bench/up", sas)} HTTP/1.1\r\nHost: 127.0.0.1\r\n${blobHeaders}Content-Length: ${transferBytes}\r\n\r\n`,
      body: { kind: "zeros", size: transferBytes },
      expectedStatus: 201,
    },
  }),
  (sas) => ({
    name: "64 MiB up in 4 MiB blocks",
    service: 0,
    bytes: blockBytes,
    load: {
      ...large,
      requests: transferBytes / blockBytes,
      head: `PUT ${target("bench/block", sas)}&comp=block&blockid=AAAA HTTP/1.1\r\nHost: 127.0.0.1\r\n${blobHeaders}Content-Length: ${blockBytes}\r\n\r\n`,
      body: { kind: "zeros", size: blockBytes },
      expectedStatus: 201,
    },
  }),
  (sas) => ({
    name: "64 MiB down",
    service: 0,
    bytes: transferBytes,
    load: {
      ...large,
      requests: downloadsPerRound,
      head: `GET ${target("bench/large", sas)} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-ms-version: 2024-11-04\r\n\r\n`,
      body: { kind: "zeros", size: 0 },
      expectedStatus: 200,
    },
  }),
];

let number = 0;

async function compare(each: Case, azuritePort: number, storagePort: number): Promise<readonly BenchRow[]> {
  const direct: LoadResult[] = [];
  const through: LoadResult[] = [];
  // the first round warms both up; the order alternates, because whoever is second meets a fuller Azurite
  for (let round = -1; round < rounds; round += 1) {
    for (const [results, port] of round % 2 === 0 ? both(true) : both(false)) {
      const result = await runLoad({ ...each.load, port: port + each.service, firstNumber: (number += 1_000_000) });
      if (round >= 0) results.push(result);
    }
  }
  const [alone, gateway] = [rate(direct, each.bytes), rate(through, each.bytes)];
  const unit = each.bytes === undefined ? "req/s" : "MiB/s";
  const share = median(through.map((result, round) => rate([result]) / rate(direct.slice(round, round + 1))));
  const rows: BenchRow[] = [
    { name: `${each.name}, Azurite alone`, value: alone, unit, budget: "", pass: undefined },
    { name: `${each.name}, gateway`, value: gateway, unit, budget: "", pass: undefined },
    {
      name: `${each.name}, gateway in % of Azurite, median of ${rounds} rounds`,
      value: share * 100,
      unit: "%",
      budget: `≥ ${budgetShare * 100}`,
      pass: share >= budgetShare,
    },
  ];
  if (each.bytes !== undefined) return rows;
  const [p99Alone, p99] = [p99Of(direct), p99Of(through)];
  return [
    ...rows,
    { name: `${each.name}, p99 Azurite alone`, value: p99Alone, unit: "ms", budget: "", pass: undefined },
    { name: `${each.name}, p99 gateway`, value: p99, unit: "ms", budget: "", pass: undefined },
  ];

  function both(directFirst: boolean): readonly (readonly [LoadResult[], number])[] {
    const turns = [
      [direct, azuritePort],
      [through, storagePort],
    ] as const;
    return directFirst ? turns : turns.toReversed();
  }
}

async function runLoad(load: Load): Promise<LoadResult> {
  return await new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./http-load.js", import.meta.url), { workerData: load });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function rate(results: readonly LoadResult[], bytes?: number): number {
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return bytes === undefined ? requests / seconds : (requests * bytes) / mebi / seconds;
}

function p99Of(results: readonly LoadResult[]): number {
  const all = results.flatMap(({ latencies }) => [...latencies]).sort((a, b) => a - b);
  return all[Math.floor(all.length * 0.99)] ?? 0;
}
