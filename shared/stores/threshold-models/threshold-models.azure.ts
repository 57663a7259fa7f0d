import type { BlobServiceClient } from "@azure/storage-blob";
import { createHash } from "node:crypto";

import { foldId } from "../../arm/resource-id.js";
import { failedWith } from "../azure-error.js";
import { readContent } from "../blob-content.js";
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
        return JSON.parse((await readContent(blobOf(ruleId))).bytes.toString("utf8")) as RuleModels;
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
        throw new Error(`reading what was learned for ${ruleId}`, { cause: error });
      }
    },
    save: async (ruleId, models) => {
      const text = Buffer.from(JSON.stringify(models));
      const upload = () => blobOf(ruleId).upload(text, text.length);
      try {
        await upload();
      } catch (error) {
        if (!failedWith(error, "ContainerNotFound"))
          throw new Error(`keeping what was learned for ${ruleId}`, { cause: error });
        await container.createIfNotExists();
        await upload();
      }
    },
  };
}
