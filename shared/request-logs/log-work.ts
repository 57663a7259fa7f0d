import { Ajv, type JSONSchemaType } from "ajv";

import { parseLogBlobName, type LogBlobName } from "../storage-analytics/log-blob.js";

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
}

interface Envelope {
  readonly work: {
    readonly kind: "read-log-blob";
    readonly account: string;
    readonly blob: string;
    readonly etag: string;
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
        account: { type: "string", pattern: "^[a-z0-9]{3,24}$" },
        blob: { type: "string", maxLength: 64 },
        etag: { type: "string", minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_-]+$" },
      },
    },
  },
};

const check = new Ajv().compile(schema);

export const readLogBlobWork = (account: string, blob: string, etag: string): Envelope["work"] => ({
  kind: "read-log-blob",
  account,
  blob,
  etag,
});

export type LogBlobMessage =
  { readonly kind: "work"; readonly work: LogBlobWork } | { readonly kind: "rejected"; readonly reason: string };

/**
 * Reads a message of `readLogsQueue`, which any program with a key to the storage account can have written.
 * @param message as the Functions host hands it over: parsed if it was JSON
 * @param accounts names of the configured accounts
 */
export function parseLogBlobMessage(message: unknown, accounts: ReadonlySet<string>): LogBlobMessage {
  if (!check(message)) {
    const [error] = check.errors ?? [];
    return { kind: "rejected", reason: `message${error?.instancePath ?? ""} ${error?.message ?? "does not fit"}` };
  }
  const { account, blob: name, etag } = message.work;
  const blob = parseLogBlobName(name);
  if (blob === undefined) return { kind: "rejected", reason: "message/work/blob is not the name of a log blob" };
  if (!accounts.has(account)) return { kind: "rejected", reason: `account ${account} is not in VIGIL_ACCOUNTS` };
  return { kind: "work", work: { account, name, blob, etag } };
}
