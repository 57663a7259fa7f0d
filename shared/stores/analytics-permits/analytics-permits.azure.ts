import type { BlobServiceClient } from "@azure/storage-blob";

import {
  analyticsPermitBlob,
  analyticsPermitContainer,
  formatAnalyticsPermit,
  parseAnalyticsPermit,
} from "../../storage-analytics/analytics-permit.js";
import { parseJson } from "../../storage-analytics/json-text.js";
import { failedWith } from "../azure-error.js";
import { readContent } from "../blob-content.js";
import type { AnalyticsPermits } from "./analytics-permits.js";

/** Permits in Blob Storage of Vigil's own account, where the gateway reads them. */
export function analyticsPermitsIn(service: BlobServiceClient): AnalyticsPermits {
  const container = service.getContainerClient(analyticsPermitContainer);
  return {
    read: async (account, abortSignal) => {
      try {
        const blob = container.getBlobClient(analyticsPermitBlob(account));
        const { bytes } = await readContent(blob, {}, abortSignal && { abortSignal });
        return parseAnalyticsPermit(parseJson(bytes.toString("utf8")));
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
        throw new Error(`reading whether analytics may write into ${account}`, { cause: error });
      }
    },
    save: async (account, permit) => {
      const text = formatAnalyticsPermit(permit);
      const blob = container.getBlockBlobClient(analyticsPermitBlob(account));
      try {
        await blob.upload(text, Buffer.byteLength(text));
      } catch (error) {
        if (!failedWith(error, "ContainerNotFound")) {
          throw new Error(`saying whether analytics may write into ${account}`, { cause: error });
        }
        await container.createIfNotExists();
        await blob.upload(text, Buffer.byteLength(text));
      }
    },
  };
}
