import type { BlobServiceClient } from "@azure/storage-blob";
import { createHash } from "node:crypto";

import { foldId } from "../../arm/resource-id.js";
import { findContent, withContainer } from "../blob-content.js";
import type { RuleModels, ThresholdModels } from "./threshold-models.js";

export const thresholdModelsContainer = "vigil-thresholds";

/** One blob of JSON per rule, named by a hash: ids hold more than names of blobs may. */
export function thresholdModelsIn(service: BlobServiceClient): ThresholdModels {
  const container = service.getContainerClient(thresholdModelsContainer);
  const blobOf = (ruleId: string) =>
    container.getBlockBlobClient(`${createHash("sha256").update(foldId(ruleId)).digest("hex")}.json`);
  return {
    read: async (ruleId) => {
      try {
        const found = await findContent(blobOf(ruleId));
        return found && (JSON.parse(found.bytes.toString("utf8")) as RuleModels);
      } catch (error) {
        throw new Error(`reading what was learned for ${ruleId}`, { cause: error });
      }
    },
    save: async (ruleId, models) => {
      const text = Buffer.from(JSON.stringify(models));
      try {
        await withContainer(container, () => blobOf(ruleId).upload(text, text.length));
      } catch (error) {
        throw new Error(`keeping what was learned for ${ruleId}`, { cause: error });
      }
    },
  };
}
