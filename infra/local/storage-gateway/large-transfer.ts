import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BlobSASPermissions, BlobServiceClient } from "@azure/storage-blob";
import { startAzurite } from "../../../shared/testing/azurite.js";
import { findFreePorts } from "../../../shared/testing/free-ports.js";

export interface LargeTransfer {
  /** Resident memory of the gateway's process, bytes: before, and at most while a blob went up and down. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  /** The bytes that came down were the ones that went up. */
  readonly intact: boolean;
}

const pieceBytes = 64 * 1024;
const sampleMs = 50;
const pieces = 256; // different ones, so that bytes that are lost or swapped are noticed

/** For the tests and the soak: sends a blob of that size through a gateway in its own process, and reads it back. */
export async function measureLargeTransfer(bytes: number): Promise<LargeTransfer> {
  const folder = await mkdtemp(join(tmpdir(), "vigil-large-"));
  const port = await findFreePorts(6);
  const azurite = await startAzurite({ dataFolder: folder, blobPort: port, queuePort: port + 1, tablePort: port + 2 });
  const gateway = fork(compiledGateway(), ["--storage-port", String(port + 3), "--azurite-port", String(port)]);
  try {
    await once(gateway, "message");
    const connection = azurite.connectionString().replace(`:${port}/`, `:${port + 3}/`);
    const container = BlobServiceClient.fromConnectionString(connection).getContainerClient("large");
    await container.create();
    const permissions = BlobSASPermissions.parse("rcw");
    const expiresOn = new Date(Date.now() + 3_600_000);
    const url = await container.getBlobClient("blob").generateSasUrl({ permissions, expiresOn });
    const memory = watchMemory(gateway.pid ?? 0);
    const idleBytes = await memory.sample();
    await upload(url, bytes);
    const intact = await download(url, bytes);
    return { idleBytes, peakBytes: await memory.peak(), intact };
  } finally {
    const gone = once(gateway, "exit");
    gateway.kill("SIGTERM");
    await gone;
    await azurite.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A process of its own needs the compiled module, whether this one is compiled or not. */
function compiledGateway(): string {
  const source = fileURLToPath(import.meta.url).replace(/[/\\]dist[/\\]/, "/");
  return resolve(source, "../../../../dist/infra/local/storage-gateway/main.js");
}

const pieceAt = (index: number): Buffer => Buffer.alloc(pieceBytes, index % pieces);

async function upload(url: string, bytes: number): Promise<void> {
  const headers = { "x-ms-blob-type": "BlockBlob", "x-ms-version": "2024-11-04", "content-length": bytes };
  const sent = request(url, { method: "PUT", headers });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  for (let at = 0; at < bytes / pieceBytes; at += 1) {
    if (!sent.write(pieceAt(at))) await once(sent, "drain");
  }
  sent.end();
  const [response] = await answered;
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 201) throw new Error(`the upload was answered ${response.statusCode ?? "not at all"}`);
}

async function download(url: string, bytes: number): Promise<boolean> {
  const sent = request(url, { headers: { "x-ms-version": "2024-11-04" } });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let at = 0;
  let intact = response.statusCode === 200;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    // the ends of a chunk are enough: pieces are of one byte each
    intact &&= chunk[0] === byteAt(at) && chunk.at(-1) === byteAt(at + chunk.length - 1);
    at += chunk.length;
  }
  return intact && at === bytes;
}

const byteAt = (offset: number): number => Math.floor(offset / pieceBytes) % pieces;

function watchMemory(pid: number) {
  let peak = 0;
  const sample = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
    const bytes = Number(stdout) * 1024;
    peak = Math.max(peak, bytes);
    return bytes;
  };
  const timer = setInterval(() => void sample(), sampleMs);
  return {
    sample,
    peak: async () => {
      clearInterval(timer);
      await sample();
      return peak;
    },
  };
}
