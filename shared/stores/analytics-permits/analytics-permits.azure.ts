import type { BlobServiceClient } from "@azure/storage-blob";

import {
  analyticsPermitBlob,
  analyticsPermitContainer,
  formatAnalyticsPermit,
  parseAnalyticsPermit,
} from "../../storage-analytics/analytics-permit.js";
import { parseJson } from "../../storage-analytics/json-text.js";
import { findContent, withContainer } from "../blob-content.js";
import type { AnalyticsPermits } from "./analytics-permits.js";

/** Permits in Blob Storage of Vigil's own account, where the gateway reads them. */
export function analyticsPermitsIn(service: BlobServiceClient): AnalyticsPermits {
  const container = service.getContainerClient(analyticsPermitContainer);
  return {
    read: async (account, abortSignal) => {
      try {
        const blob = container.getBlobClient(analyticsPermitBlob(account));
        const found = await findContent(blob, abortSignal && { abortSignal });
        return found && parseAnalyticsPermit(parseJson(found.bytes.toString("utf8")));
      } catch (error) {
        throw new Error(`reading whether analytics may write into ${account}`, { cause: error });
      }
    },
    save: async (account, permit) => {
      const text = formatAnalyticsPermit(permit);
      const blob = container.getBlockBlobClient(analyticsPermitBlob(account));
      try {
        await withContainer(container, () => blob.upload(text, Buffer.byteLength(text)));
      } catch (error) {
        throw new Error(`saying whether analytics may write into ${account}`, { cause: error });
      }
    },
  };
}
