import type { BlobItem, BlobServiceClient, BlockBlobClient, ContainerClient } from "@azure/storage-blob";
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import { logHourPrefix } from "../../storage-analytics/log-blob.js";
import { failedWith } from "../azure-error.js";
import { withContainer } from "../blob-content.js";
import type { DeadLetters, DeadLine, DeadLineWriter, LogBlobSource } from "./dead-letters.js";

export const deadLetterContainer = "vigil-dead-letters";

/** Letters gather up to this many bytes before they are sent: what a writer holds. */
const blockBytes = 4 * 1024 * 1024;
/** The most that List Blobs answers with at once. */
const countedBlobs = 5_000;
const linesFolder = "storage-analytics";
const messagesFolder = "messages";

/**
 * Letters in Blob Storage: `storage-analytics/<account>/<log blob>.<etag>.ndjson`, one JSON object per line, and
 * `messages/<queue>/<hash>.json`. The number of letters is in the metadata `letters`.
 */
export function deadLettersIn(service: BlobServiceClient): DeadLetters {
  const container = service.getContainerClient(deadLetterContainer);
  return {
    lines: (source) => lineWriter(container, source),
    message: async (letter) => {
      const content = createHash("sha256").update(JSON.stringify([letter.message]));
      const name = `${messagesFolder}/${letter.queue}/${content.digest("hex")}.json`;
      const text = JSON.stringify(letter, undefined, 2);
      const options = { metadata: { letters: "1" }, blobHTTPHeaders: { blobContentType: "application/json" } };
      try {
        await withContainer(container, () =>
          container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text), options),
        );
      } catch (error) {
        throw new Error(`keeping the dead letter ${name}`, { cause: error });
      }
    },
    removeLines: ({ account, service }, hour, limit) => {
      const folder = `${linesFolder}/${account}/`;
      // names are in the order of the hours in them
      return remove(
        container,
        namesBelow(container, `${folder}${service}/`, `${folder}${logHourPrefix(service, hour)}`),
        limit,
      );
    },
    removeMessages: (before, limit) => remove(container, messagesBefore(container, before), limit),
    count: async (of, abortSignal) => {
      const options = { includeMetadata: true, ...(abortSignal && { abortSignal }) };
      const prefix = of === undefined ? {} : { prefix: `${linesFolder}/${of.account}/${of.service}/` };
      try {
        const pages = container.listBlobsFlat({ ...options, ...prefix }).byPage({ maxPageSize: countedBlobs });
        const next = await pages.next();
        if (next.done === true) return { letters: 0, blobs: 0, complete: true };
        const { segment, continuationToken = "" } = next.value;
        // what was too long for its list has a blob of its own, without `letters`
        const letters = segment.blobItems.map(({ metadata }) => Number(metadata?.["letters"] ?? 0));
        return {
          letters: letters.reduce((sum, each) => sum + each, 0),
          blobs: letters.length,
          complete: continuationToken === "",
        };
      } catch (error) {
        if (failedWith(error, "ContainerNotFound")) return { letters: 0, blobs: 0, complete: true };
        throw new Error("counting dead letters", { cause: error });
      }
    },
  };
}

async function* namesBelow(container: ContainerClient, prefix: string, end: string): AsyncGenerator<BlobItem> {
  for await (const blob of container.listBlobsFlat({ prefix })) {
    if (blob.name >= end) return;
    yield blob;
  }
}

async function* messagesBefore(container: ContainerClient, before: Date): AsyncGenerator<BlobItem> {
  for await (const blob of container.listBlobsFlat({ prefix: `${messagesFolder}/` }))
    if (blob.properties.lastModified < before) yield blob;
}

async function remove(container: ContainerClient, old: AsyncIterable<BlobItem>, limit: number): Promise<number> {
  let removed = 0;
  try {
    for await (const { name, properties } of old) {
      if (removed >= limit) break;
      await removeUnchanged(container, name, properties.etag);
      removed += 1;
    }
  } catch (error) {
    if (!failedWith(error, "ContainerNotFound")) throw new Error("removing old dead letters", { cause: error });
  }
  return removed;
}

/** One that was kept again meanwhile stays. */
async function removeUnchanged(container: ContainerClient, name: string, etag: string): Promise<void> {
  try {
    await container.getBlobClient(name).delete({ conditions: { ifMatch: `"${etag.replaceAll('"', "")}"` } });
  } catch (error) {
    if (!failedWith(error, "BlobNotFound", "ConditionNotMet")) throw error;
  }
}

function lineWriter(container: ContainerClient, source: LogBlobSource): DeadLineWriter {
  const name = `${linesFolder}/${source.account}/${source.blob}.${source.etag}`;
  const blob = container.getBlockBlobClient(`${name}.ndjson`);
  const blocks: string[] = [];
  let letters = 0;
  let pending: string[] = [];
  let pendingBytes = 0;

  const flush = async (): Promise<void> => {
    if (pendingBytes === 0) return;
    const body = Buffer.from(pending.join(""));
    // all ids of a blob have the same length, and the same content gets the same ids
    const id = Buffer.from(blocks.length.toString().padStart(6, "0")).toString("base64");
    [pending, pendingBytes] = [[], 0];
    await withContainer(container, () => blob.stageBlock(id, body, body.length));
    blocks.push(id);
  };
  const keep = async (line: DeadLine): Promise<object> => {
    if (!(line.content instanceof Readable)) return readable(line.content);
    const ownName = `${name}.line-${line.lineNumber}.bin`;
    await copy(container, container.getBlockBlobClient(ownName), line.content);
    return { keptIn: ownName };
  };
  const attempt = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      throw new Error(`keeping dead lines of ${source.account}/${source.blob}`, { cause: error });
    }
  };
  return {
    add: (line) =>
      attempt(async () => {
        const { lineNumber, offset, length, reason, message } = line;
        const position = { account: source.account, blob: source.blob, line: lineNumber, offset, length };
        const text = `${JSON.stringify({ ...position, reason, message, ...(await keep(line)) })}\n`;
        pending.push(text);
        pendingBytes += Buffer.byteLength(text);
        letters += 1;
        if (pendingBytes >= blockBytes) await flush();
      }),
    close: () =>
      attempt(async () => {
        if (letters === 0) return;
        await flush();
        await blob.commitBlockList(blocks, {
          metadata: { letters: letters.toString() },
          blobHTTPHeaders: { blobContentType: "application/x-ndjson" },
        });
      }),
  };
}

const readable = (bytes: Uint8Array): object =>
  isUtf8(bytes) ? { text: Buffer.from(bytes).toString("utf8") } : { base64: Buffer.from(bytes).toString("base64") };

async function copy(container: ContainerClient, blob: BlockBlobClient, content: Readable): Promise<void> {
  // not inside `withContainer`: a stream can't be sent twice
  await container.createIfNotExists();
  await blob.uploadStream(content, blockBytes, 1);
}
