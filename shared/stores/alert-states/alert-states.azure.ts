import type { BlobServiceClient } from "@azure/storage-blob";
import { createHash, randomUUID } from "node:crypto";

import { foldId } from "../../arm/resource-id.js";
import { failedWith } from "../azure-error.js";
import { readContent } from "../blob-content.js";
import type { AlertStates, KeptState, RuleState, StateSummary } from "./alert-states.js";

export const alertStatesContainer = "vigil-alert-states";

/** The blob of a rule is named by a hash: ids hold more than names of blobs may. */
const blobName = (ruleId: string): string => `${createHash("sha256").update(foldId(ruleId)).digest("hex")}.json`;

interface Written extends RuleState {
  readonly writeId: string;
}

/** One blob of JSON per rule. What planning needs stands in its metadata, which a listing brings along. */
export function alertStatesIn(service: BlobServiceClient): AlertStates {
  const container = service.getContainerClient(alertStatesContainer);
  const read = async (ruleId: string): Promise<(KeptState & { readonly writeId: string }) | undefined> => {
    try {
      const { bytes, etag } = await readContent(container.getBlobClient(blobName(ruleId)));
      const { writeId, ...state } = JSON.parse(bytes.toString("utf8")) as Written;
      return { state, etag, writeId };
    } catch (error) {
      if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
      throw new Error(`reading the state of ${ruleId}`, { cause: error });
    }
  };
  return {
    read: async (ruleId) => {
      const found = await read(ruleId);
      return found && { state: found.state, etag: found.etag };
    },
    save: async (ruleId, state, etag) => {
      const writeId = randomUUID();
      const written: Written = { ...state, writeId };
      const text = Buffer.from(JSON.stringify(written));
      const blob = container.getBlockBlobClient(blobName(ruleId));
      const upload = () =>
        blob.upload(text, text.length, {
          conditions: etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
          metadata: metadataOf(ruleId, state.lastWindowEnd),
          blobHTTPHeaders: { blobContentType: "application/json" },
        });
      try {
        const answer = await upload().catch(async (error: unknown) => {
          if (!failedWith(error, "ContainerNotFound")) throw error;
          await container.createIfNotExists();
          return await upload();
        });
        return { state, etag: answer.etag ?? "" };
      } catch (error) {
        if (!failedWith(error, "BlobAlreadyExists", "ConditionNotMet", "BlobNotFound")) {
          throw new Error(`saving the state of ${ruleId}`, { cause: error });
        }
      }
      // a lost reply to our own write looks like a conflict, too
      const stored = await read(ruleId);
      return stored?.writeId === writeId ? { state, etag: stored.etag } : undefined;
    },
    remove: async (ruleId, etag) => {
      try {
        await container.getBlobClient(blobName(ruleId)).delete({ conditions: { ifMatch: etag } });
        return true;
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return true;
        // the emulator says the same of a blob that is not there
        if (failedWith(error, "ConditionNotMet")) return (await read(ruleId)) === undefined;
        throw new Error(`removing the state of ${ruleId}`, { cause: error });
      }
    },
    list: async () => {
      const found: StateSummary[] = [];
      try {
        for await (const { metadata } of container.listBlobsFlat({ includeMetadata: true })) {
          const summary = summaryOf(metadata ?? {});
          if (summary !== undefined) found.push(summary);
        }
      } catch (error) {
        if (!failedWith(error, "ContainerNotFound")) throw new Error("listing states of rules", { cause: error });
      }
      return found;
    },
  };
}

/** Metadata are headers: ASCII alone. */
const metadataOf = (ruleId: string, lastWindowEnd: number | undefined): Record<string, string> => ({
  ruleid: Buffer.from(ruleId, "utf8").toString("base64url"),
  ...(lastWindowEnd !== undefined && { lastwindowend: String(lastWindowEnd) }),
});

function summaryOf(metadata: Readonly<Record<string, string>>): StateSummary | undefined {
  const { ruleid, lastwindowend } = metadata;
  if (ruleid === undefined) return undefined;
  const minute = lastwindowend !== undefined && /^-?\d{1,9}$/.test(lastwindowend) ? Number(lastwindowend) : undefined;
  return { ruleId: Buffer.from(ruleid, "base64url").toString("utf8"), lastWindowEnd: minute };
}
