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

/** One log blob to be read. */
export interface LogBlobWork {
  readonly account: string;
  /** As in `$logs`. */
  readonly name: string;
  readonly blob: LogBlobName;
  /** Of the content that was listed. */
  readonly etag: string;
  /** Version of the note in `LogReadings` that the message was sent with, if nothing was known of the blob before. */
  readonly planned?: string;
}

interface Envelope {
  readonly work: {
    readonly kind: "read-log-blob";
    readonly account: string;
    readonly blob: string;
    readonly etag: string;
    readonly planned?: string;
  };
}

const schema: JSONSchemaType<Envelope> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "account", "blob", "etag"],
      properties: {
        kind: { type: "string", const: "read-log-blob" },
        account: accountSchema,
        blob: { type: "string", maxLength: 64 },
        etag: { type: "string", minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_-]+$" },
        // an ETag of the Table service: W/"datetime'2026-11-24T08%3A00%3A00.1234567Z'"
        planned: { type: "string", maxLength: 128, pattern: "^[!-~]+$", nullable: true },
      },
    },
  },
};

const readMessage = messageReader(schema);

export const readLogBlobWork = (
  account: string,
  blob: string,
  etag: string,
  planned: string | undefined,
): Envelope["work"] => ({
  kind: "read-log-blob",
  account,
  blob,
  etag,
  ...(planned !== undefined && { planned }),
});

/**
 * Reads a message of `readLogsQueue`, which any program with a key to the storage account can have written.
 * @param message as the Functions host hands it over: parsed if it was JSON
 * @param accounts names of the configured accounts
 */
export function parseLogBlobMessage(message: unknown, accounts: ReadonlySet<string>): ParsedMessage<LogBlobWork> {
  const read = readMessage(message);
  if (read.kind === "rejected") return read;
  const { account, blob: name, etag, planned } = read.work;
  const blob = parseLogBlobName(name);
  if (blob === undefined) return { kind: "rejected", reason: "message/work/blob is not the name of a log blob" };
  return ofConfiguredAccount({ account, name, blob, etag, ...(planned !== undefined && { planned }) }, accounts);
}
