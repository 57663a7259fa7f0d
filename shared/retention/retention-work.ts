import type { JSONSchemaType } from "ajv";

import {
  accountSchema,
  messageReader,
  ofConfiguredAccount,
  type ParsedMessage,
} from "../stores/work-queue/work-message.js";

/** Queue of retention that is to go on. */
export const removeExpiredQueue = "vigil-remove-expired";

/** The day's retention of an account, to be gone on with. */
export interface RetentionWork {
  readonly kind: "remove-expired";
  readonly account: string;
  /** UTC, `2026-11-24`. */
  readonly day: string;
  /** Turns that were over when the message was sent. */
  readonly step: number;
}

const schema: JSONSchemaType<{ readonly work: RetentionWork }> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "account", "day", "step"],
      properties: {
        kind: { type: "string", const: "remove-expired" },
        account: accountSchema,
        day: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
        step: { type: "integer", minimum: 0 },
      },
    },
  },
};

const readMessage = messageReader(schema);

/**
 * Reads a message of `removeExpiredQueue`, which any program with a key to the storage account can have written: it
 * names an account, and never what is to be deleted.
 * @param accounts names of the configured accounts
 */
export function parseRetentionMessage(message: unknown, accounts: ReadonlySet<string>): ParsedMessage<RetentionWork> {
  const read = readMessage(message);
  return read.kind === "rejected" ? read : ofConfiguredAccount(read.work, accounts);
}
