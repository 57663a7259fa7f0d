import type { JSONSchemaType } from "ajv";

import { messageReader, type ParsedMessage } from "../stores/work-queue/work-message.js";

/** Queue of rules to be evaluated. */
export const evaluateAlertsQueue = "vigil-evaluate-alerts";

/** Rules of one message, and bytes of their ids: a message holds 48 KiB. */
export const maxRulesPerMessage = 50;
export const maxIdBytesPerMessage = 32_768;

/** Minutes since the epoch; beyond it, times have no four-digit year. */
const maxMinute = 4_200_000_000;

export type EvaluationWork =
  /** Find out which rules are due, all or those about a resource whose data has just become complete. */
  | { readonly kind: "plan"; readonly resourceId?: string }
  /** Evaluate these rules: what is due, or windows whose data changed late between two minutes, both included. */
  | {
      readonly kind: "evaluate";
      readonly rules: readonly string[];
      readonly late?: { readonly from: number; readonly to: number };
    };

interface Envelope {
  readonly work: {
    readonly kind: "plan" | "evaluate";
    readonly resourceId?: string;
    readonly rules?: readonly string[];
    readonly late?: { readonly from: number; readonly to: number };
  };
}

const minute = { type: "integer", minimum: 0, maximum: maxMinute } as const;
const schema: JSONSchemaType<Envelope> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind"],
      properties: {
        kind: { type: "string", enum: ["plan", "evaluate"] },
        resourceId: { type: "string", nullable: true },
        rules: {
          type: "array",
          minItems: 1,
          maxItems: maxRulesPerMessage,
          items: { type: "string", minLength: 1 },
          nullable: true,
        },
        late: {
          type: "object",
          required: ["from", "to"],
          properties: { from: minute, to: minute },
          nullable: true,
        },
      },
    },
  },
};

const readMessage = messageReader(schema);

/**
 * Reads a message of `evaluateAlertsQueue`, which any program with a key to the storage account can have written.
 * @param message as the Functions host hands it over: parsed if it was JSON
 */
export function parseEvaluationMessage(message: unknown): ParsedMessage<EvaluationWork> {
  const read = readMessage(message);
  if (read.kind === "rejected") return read;
  const { kind, resourceId, rules, late } = read.work;
  if (kind === "plan") return { kind: "work", work: { kind, ...(resourceId !== undefined && { resourceId }) } };
  if (rules === undefined) return { kind: "rejected", reason: "message/work lacks rules" };
  return { kind: "work", work: { kind, rules, ...(late !== undefined && { late }) } };
}

/** Cuts rules into as many pieces of work as it takes. */
export function shardRules(
  rules: readonly string[],
  late?: { readonly from: number; readonly to: number },
): readonly EvaluationWork[] {
  const shards: string[][] = [];
  let bytes = 0;
  for (const rule of rules) {
    const size = Buffer.byteLength(rule);
    const last = shards.at(-1);
    if (last === undefined || last.length === maxRulesPerMessage || bytes + size > maxIdBytesPerMessage) {
      shards.push([rule]);
      bytes = size;
    } else {
      last.push(rule);
      bytes += size;
    }
  }
  return shards.map((each) => ({ kind: "evaluate", rules: each, ...(late !== undefined && { late }) }));
}
