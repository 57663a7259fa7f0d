import type { JSONSchemaType } from "ajv";

import { services, type Service } from "../storage-analytics/log-entry.js";
import {
  accountSchema,
  messageReader,
  ofConfiguredAccount,
  type ParsedMessage,
} from "../stores/work-queue/work-message.js";

/** Queue of counts that are to go on. */
export const countCapacityQueue = "vigil-count-capacity";

/** The count of what one service of an account holds, to be gone on with. */
export interface CapacityWork {
  readonly kind: "count-capacity";
  readonly account: string;
  readonly service: Service;
  /** Which count: the day that it measures, UTC, `2026-11-24`. */
  readonly day: string;
  /** Pages that were counted when the message was sent: whoever finds more counted has nothing to do. */
  readonly step: number;
}

const schema: JSONSchemaType<{ readonly work: CapacityWork }> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "account", "service", "day", "step"],
      properties: {
        kind: { type: "string", const: "count-capacity" },
        account: accountSchema,
        service: { type: "string", enum: services },
        day: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
        step: { type: "integer", minimum: 0 },
      },
    },
  },
};

const readMessage = messageReader(schema);

/**
 * Reads a message of `countCapacityQueue`, which any program with a key to the storage account can have written.
 * @param accounts names of the configured accounts
 */
export function parseCapacityMessage(message: unknown, accounts: ReadonlySet<string>): ParsedMessage<CapacityWork> {
  const read = readMessage(message);
  return read.kind === "rejected" ? read : ofConfiguredAccount(read.work, accounts);
}
