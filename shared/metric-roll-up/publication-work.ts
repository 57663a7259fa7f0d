import type { JSONSchemaType } from "ajv";

import { services, type Service } from "../storage-analytics/log-entry.js";
import {
  accountSchema,
  messageReader,
  ofConfiguredAccount,
  type ParsedMessage,
} from "../stores/work-queue/work-message.js";

/** Queue of metrics to be published. */
export const publishMetricsQueue = "vigil-publish-metrics";

/** Hours since the epoch that a message may name: beyond it, times have no four-digit year. */
const maxHour = 70_000_000;

/** Metrics to be published. */
export type PublicationWork =
  /** One hour; `whole`: every minute of it, so that rows which somebody edited are put right. */
  | {
      readonly kind: "publish-hour";
      readonly account: string;
      readonly service: Service;
      /** Since the epoch. */
      readonly hour: number;
      readonly whole: boolean;
    }
  /** All that is due of the latest hours; then every minute before `upTo`, since the epoch, is complete. */
  | {
      readonly kind: "complete-minutes";
      readonly account: string;
      readonly service: Service;
      readonly upTo: number;
    };

interface Envelope {
  readonly work: {
    readonly kind: "publish-hour" | "complete-minutes";
    readonly account: string;
    readonly service: Service;
    readonly hour?: number;
    readonly whole?: boolean;
    readonly upTo?: number;
  };
}

const schema: JSONSchemaType<Envelope> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "account", "service"],
      properties: {
        kind: { type: "string", enum: ["publish-hour", "complete-minutes"] },
        account: accountSchema,
        service: { type: "string", enum: services },
        hour: { type: "integer", minimum: 0, maximum: maxHour, nullable: true },
        whole: { type: "boolean", nullable: true },
        upTo: { type: "integer", minimum: 0, maximum: maxHour * 60, nullable: true },
      },
    },
  },
};

const readMessage = messageReader(schema);

/**
 * Reads a message of `publishMetricsQueue`, which any program with a key to the storage account can have written.
 * @param message as the Functions host hands it over: parsed if it was JSON
 * @param accounts names of the configured accounts
 */
export function parsePublicationMessage(
  message: unknown,
  accounts: ReadonlySet<string>,
): ParsedMessage<PublicationWork> {
  const read = readMessage(message);
  if (read.kind === "rejected") return read;
  const known = ofConfiguredAccount(read.work, accounts);
  if (known.kind === "rejected") return known;
  const { kind, account, service, hour, whole, upTo } = known.work;
  switch (kind) {
    case "publish-hour":
      if (hour === undefined || whole === undefined)
        return { kind: "rejected", reason: "message/work lacks hour or whole" };
      return { kind: "work", work: { kind, account, service, hour, whole } };
    case "complete-minutes":
      if (upTo === undefined) return { kind: "rejected", reason: "message/work lacks upTo" };
      return { kind: "work", work: { kind, account, service, upTo } };
    default:
      throw new Error(`reading a message: unknown kind ${JSON.stringify(kind satisfies never)}`);
  }
}
