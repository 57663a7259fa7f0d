import type { TableClient } from "@azure/data-tables";
import type { BlobServiceClient } from "@azure/storage-blob";
import { createHash, randomUUID } from "node:crypto";

import { foldId, parseResourceId } from "../../arm/resource-id.js";
import { failedWith } from "../azure-error.js";
import { findContent, withContainer } from "../blob-content.js";
import { groupCommits } from "../group-commit.js";
import { asciiJson, joinProperties, splitProperties } from "../table-properties.js";
import { findRow, queryRows } from "../table-rows.js";
import type { AlertStates, RuleState, StateSummary } from "./alert-states.js";

export const alertStatesTable = "VigilAlertStates";
/** States that a row does not hold. */
export const alertStatesContainer = "vigil-alert-states";

/** Characters of a state in its row, which holds 1 MiB of UTF-16; a longer one is a blob. */
export const maxRowStateLength = 400_000;

/** The state's JSON is cut to properties `state0`, `state1`, …, or stands in a blob. */
interface StateRow {
  /** Subscription. */
  readonly partitionKey: string;
  /** Hash of the rule's id: ids hold more than keys may. */
  readonly rowKey: string;
  /** Base64url of UTF-8: a character of two bytes may be lost in a large transaction (see `asciiJson`). */
  readonly ruleId: string;
  readonly lastWindowEnd?: string;
  /** Name of the blob. */
  readonly blob?: string;
  readonly [chunk: `state${number}`]: string;
}

/** As often as a reader finds the blob of a row replaced, it reads the row again. */
const maxReads = 5;

/**
 * One row per rule. States that are saved at the same time share transactions. A state that is too long for a row stands
 * in a blob of a name of its own, which the row names: a reader sees one state whole, and the row alone decides who wins.
 */
export function alertStatesIn(table: TableClient, service: BlobServiceClient): AlertStates {
  const container = service.getContainerClient(alertStatesContainer);
  const saveRow = groupCommits(table, "states of rules");
  const removeBlob = async (name: string | undefined): Promise<void> => {
    if (name !== undefined) await container.getBlobClient(name).deleteIfExists();
  };
  return {
    read: async (ruleId) => {
      const { partitionKey, rowKey } = keysOf(ruleId);
      try {
        for (let attempt = 1; attempt <= maxReads; attempt++) {
          const row = await findRow<StateRow>(table, partitionKey, rowKey);
          if (row === undefined) return undefined;
          const etag = versionOf(row.etag, row.blob);
          if (row.blob === undefined) return { state: JSON.parse(joinProperties(row, "state")) as RuleState, etag };
          const found = await findContent(container.getBlobClient(row.blob));
          if (found !== undefined) return { state: JSON.parse(found.bytes.toString("utf8")) as RuleState, etag };
        }
      } catch (error) {
        throw new Error(`reading the state of ${ruleId}`, { cause: error });
      }
      throw new Error(`reading the state of ${ruleId}: it was replaced ${maxReads} times meanwhile`);
    },
    save: async (ruleId, state, version) => {
      const text = asciiJson(state);
      const keys = keysOf(ruleId);
      const before = version === undefined ? undefined : partsOf(version);
      const blob = text.length > maxRowStateLength ? `${keys.rowKey}/${randomUUID()}.json` : undefined;
      const { lastWindowEnd } = state;
      const row: StateRow = {
        ...{ ...keys, ruleId: Buffer.from(ruleId, "utf8").toString("base64url") },
        ...(lastWindowEnd !== undefined && { lastWindowEnd: String(lastWindowEnd) }),
        ...(blob === undefined ? splitProperties("state", text) : { blob }),
      };
      try {
        if (blob !== undefined) {
          await withContainer(container, () => container.getBlockBlobClient(blob).upload(text, text.length));
        }
        const etag = await saveRow(row, before?.etag);
        await removeBlob(etag === undefined ? blob : before?.blob);
        return etag === undefined ? undefined : { state, etag: versionOf(etag, blob) };
      } catch (error) {
        throw new Error(`saving the state of ${ruleId}`, { cause: error });
      }
    },
    remove: async (ruleId, version) => {
      const { partitionKey, rowKey } = keysOf(ruleId);
      const { etag, blob } = partsOf(version);
      try {
        await table.deleteEntity(partitionKey, rowKey, { etag });
      } catch (error) {
        if (failedWith(error, "UpdateConditionNotSatisfied")) return false;
        if (!failedWith(error, "ResourceNotFound", "EntityNotFound", "TableNotFound")) {
          throw new Error(`removing the state of ${ruleId}`, { cause: error });
        }
      }
      await removeBlob(blob);
      return true;
    },
    list: async () => {
      const found: StateSummary[] = [];
      try {
        for await (const row of queryRows<StateRow & { readonly etag: string }>(table, "", [
          "ruleId",
          "lastWindowEnd",
          "blob",
        ]))
          found.push(summaryOf(row));
      } catch (error) {
        throw new Error("listing states of rules", { cause: error });
      }
      return found;
    },
  };
}

/** A version names the blob besides the row's ETag, so that whoever replaces the state removes it. */
const versionOf = (etag: string, blob: string | undefined): string => (blob === undefined ? etag : `${etag} ${blob}`);

function partsOf(version: string): { readonly etag: string; readonly blob: string | undefined } {
  const at = version.lastIndexOf(" ");
  return at < 0 ? { etag: version, blob: undefined } : { etag: version.slice(0, at), blob: version.slice(at + 1) };
}

function keysOf(ruleId: string) {
  const folded = foldId(ruleId);
  const subscription = parseResourceId(folded)?.subscriptionId ?? "";
  return {
    partitionKey: /^[0-9a-f-]{1,64}$/.test(subscription) ? subscription : hashOf(subscription),
    rowKey: hashOf(folded),
  };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const summaryOf = ({ ruleId, lastWindowEnd, etag, blob }: StateRow & { readonly etag: string }): StateSummary => ({
  ruleId: Buffer.from(ruleId, "base64url").toString("utf8"),
  etag: versionOf(etag, blob),
  lastWindowEnd: lastWindowEnd === undefined ? undefined : Number(lastWindowEnd),
});
