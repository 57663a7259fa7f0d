import type { TableClient } from "@azure/data-tables";
import { createHash } from "node:crypto";

import { foldId, parseResourceId } from "../../arm/resource-id.js";
import { failedWith } from "../azure-error.js";
import { asciiJson, joinProperties, splitProperties } from "../table-properties.js";
import { findRow, queryRows, saveRow } from "../table-rows.js";
import type { ArmResource, ArmResources, KeptResource } from "./arm-resources.js";

/** Tables of the types that are kept so. */
export const metricAlertsTable = "VigilMetricAlerts";
export const actionGroupsTable = "VigilActionGroups";
export const processingRulesTable = "VigilProcessingRules";

/** The resource's JSON is cut to properties `document0`, `document1`, … */
interface ResourceRow {
  /** Subscription. */
  readonly partitionKey: string;
  /** Hash of the id. */
  readonly rowKey: string;
  /** In lower case. */
  readonly resourceGroup: string;
  readonly owner?: string;
  readonly [chunk: `document${number}`]: string;
}

/** One row per resource in Table Storage. What names in ids hold no key of a row may, so keys are made of hashes. */
export function armResourcesIn<R extends ArmResource>(table: TableClient): ArmResources<R> {
  return {
    find: async (id) => {
      const keys = keysOf(id);
      const row = keys && (await findRow<ResourceRow>(table, keys.partitionKey, keys.rowKey));
      return row && keptOf<R>(row);
    },
    save: async (resource, etag, owner) => {
      const keys = keysOf(resource.id);
      if (keys === undefined) throw new Error(`keeping a resource: ${resource.id} is no resource id`);
      const ownership = owner === undefined ? {} : { owner };
      const row: ResourceRow = { ...keys, ...ownership, ...splitProperties("document", asciiJson(resource)) };
      const saved = await saveRow(table, row, etag, `keeping ${resource.id}`);
      return saved === undefined ? undefined : { resource, etag: saved, ...ownership };
    },
    remove: async (id, etag) => {
      const keys = keysOf(id);
      if (keys === undefined) return true;
      try {
        await table.deleteEntity(keys.partitionKey, keys.rowKey, { etag });
        return true;
      } catch (error) {
        if (failedWith(error, "ResourceNotFound", "EntityNotFound", "TableNotFound")) return true;
        if (failedWith(error, "UpdateConditionNotSatisfied")) return false;
        throw new Error(`removing ${id}`, { cause: error });
      }
    },
    list: async ({ subscriptionId, resourceGroup }) => {
      const filters = [
        ...(subscriptionId === undefined ? [] : [`PartitionKey eq '${partitionOf(subscriptionId)}'`]),
        ...(resourceGroup === undefined ? [] : [`resourceGroup eq '${quoted(foldId(resourceGroup))}'`]),
      ];
      const found: KeptResource<R>[] = [];
      const rows = queryRows<ResourceRow & { readonly etag: string }>(table, filters.join(" and "));
      for await (const row of rows) found.push(keptOf<R>(row));
      return found.sort((a, b) => (foldId(a.resource.id) < foldId(b.resource.id) ? -1 : 1));
    },
  };
}

const quoted = (text: string): string => text.replaceAll("'", "''");

/** @param row as it is kept: whoever can write rows can write anything, but then Vigil's state is theirs */
const keptOf = <R>(row: ResourceRow & { readonly etag: string }): KeptResource<R> => ({
  resource: JSON.parse(joinProperties(row, "document")) as R,
  etag: row.etag,
  ...(row.owner !== undefined && { owner: row.owner }),
});

function keysOf(id: string) {
  const parsed = parseResourceId(id);
  if (parsed === undefined) return undefined;
  const { subscriptionId, resourceGroup } = parsed;
  const rowKey = createHash("sha256").update(foldId(id)).digest("hex");
  return { partitionKey: partitionOf(subscriptionId), rowKey, resourceGroup: foldId(resourceGroup) };
}

/** A subscription is a GUID; anything else is hashed, since a key may not hold every character. */
function partitionOf(subscriptionId: string): string {
  const folded = foldId(subscriptionId);
  return /^[0-9a-f-]{1,64}$/.test(folded) ? folded : createHash("sha256").update(folded).digest("hex");
}
