import type { JSONSchemaType } from "ajv";

import { parseLogBlobName, type LogBlobName } from "../storage-analytics/log-blob.js";
import {
  accountSchema,
  messageReader,
  ofConfiguredAccount,
  type ParsedMessage,
} from "../stores/work-queue/work-message.js";

/** Queue of log blobs to be read. */
export const readLogsQueue = "vigil-read-logs";

/** Blobs that one message is for at most; a message holds 64 KiB. */
export const maxBlobsOfMessage = 16;
/** Bytes of the blobs that are put into one message; a larger blob has a message of its own. Read in a second or two. */
export const maxBytesOfMessage = 8 * 1024 * 1024;

/** A log blob to be read. */
export interface PlannedLogBlob {
  /** As in `$logs`. */
  readonly name: string;
  readonly blob: LogBlobName;
  /** Of the content that was listed. */
  readonly etag: string;
  /** Version of the note in `LogReadings` that the message was sent with, if nothing was known of the blob before. */
  readonly planned?: string;
}

/** Log blobs to be read, whose names differ. */
export interface LogBlobsWork {
  readonly account: string;
  readonly blobs: readonly PlannedLogBlob[];
}

/** A log blob as a message names it. */
export interface BlobOfMessage {
  readonly name: string;
  readonly etag: string;
  readonly planned?: string;
}

interface Envelope {
  readonly work: {
    readonly kind: "read-log-blobs";
    readonly account: string;
    readonly blobs: readonly BlobOfMessage[];
  };
}

const schema: JSONSchemaType<Envelope> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "account", "blobs"],
      properties: {
        kind: { type: "string", const: "read-log-blobs" },
        account: accountSchema,
        blobs: {
          type: "array",
          minItems: 1,
          maxItems: maxBlobsOfMessage,
          items: {
            type: "object",
            required: ["name", "etag"],
            properties: {
              name: { type: "string", maxLength: 64 },
              etag: { type: "string", minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_-]+$" },
              // an ETag of the Table service: W/"datetime'2026-11-24T08%3A00%3A00.1234567Z'"
              planned: { type: "string", maxLength: 128, pattern: "^[!-~]+$", nullable: true },
            },
          },
        },
      },
    },
  },
};

const readMessage = messageReader(schema);

export const readLogBlobsWork = (account: string, blobs: readonly BlobOfMessage[]): Envelope["work"] => ({
  kind: "read-log-blobs",
  account,
  blobs: blobs.map(({ name, etag, planned }) => ({ name, etag, ...(planned !== undefined && { planned }) })),
});

/** Puts log blobs into as few messages as their number and size allow, in their order. */
export function groupForMessages<Blob extends { readonly size: number }>(
  blobs: readonly Blob[],
): readonly (readonly Blob[])[] {
  const groups: Blob[][] = [];
  let group: Blob[] = [];
  let bytes = 0;
  for (const blob of blobs) {
    if (group.length === 0 || group.length >= maxBlobsOfMessage || bytes + blob.size > maxBytesOfMessage) {
      group = [];
      bytes = 0;
      groups.push(group);
    }
    group.push(blob);
    bytes += blob.size;
  }
  return groups;
}

/**
 * Reads a message of `readLogsQueue`, which any program with a key to the storage account can have written.
 * @param message as the Functions host hands it over: parsed if it was JSON
 * @param accounts names of the configured accounts
 */
export function parseLogBlobsMessage(message: unknown, accounts: ReadonlySet<string>): ParsedMessage<LogBlobsWork> {
  const read = readMessage(message);
  if (read.kind === "rejected") return read;
  const { account } = read.work;
  const blobs = new Map<string, PlannedLogBlob>();
  for (const { name, etag, planned } of read.work.blobs) {
    const blob = parseLogBlobName(name);
    if (blob === undefined) return rejected("one that is not the name of a log blob");
    if (blobs.has(name)) return rejected("one twice");
    blobs.set(name, { name, blob, etag, ...(planned !== undefined && { planned }) });
  }
  return ofConfiguredAccount({ account, blobs: [...blobs.values()] }, accounts);
}

/** The same for a message that came before: what its blobs were noted with may not stand any more. */
export const withoutPlans = ({ account, blobs }: LogBlobsWork): LogBlobsWork => ({
  account,
  blobs: blobs.map(({ name, blob, etag }) => ({ name, blob, etag })),
});

const rejected = (what: string): { readonly kind: "rejected"; readonly reason: string } => ({
  kind: "rejected",
  reason: `message/work/blobs has ${what}`,
});
