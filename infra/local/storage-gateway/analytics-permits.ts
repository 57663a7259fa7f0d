import { type BlobServiceClient } from "@azure/storage-blob";
import {
  analyticsPermitBlob,
  analyticsPermitContainer,
  parseAnalyticsPermit,
} from "../../../shared/storage-analytics/analytics-permit.js";
import { parseJson } from "../../../shared/storage-analytics/json-text.js";
import { readContent } from "../../../shared/stores/blob-content.js";
import { codeOf, withTimeout } from "./storage-clients.js";

/**
 * Reads from Vigil's own account whether the log of an account may grow, as the app has decided.
 * @returns a function that throws when storage does not answer
 */
export function permitsIn(state: BlobServiceClient, stopped: AbortSignal): (account: string) => Promise<boolean> {
  const container = state.getContainerClient(analyticsPermitContainer);
  return async (account) => {
    try {
      const { bytes } = await readContent(
        container.getBlobClient(analyticsPermitBlob(account)),
        {},
        { abortSignal: withTimeout(stopped), maxRetryRequests: 0 },
      );
      return parseAnalyticsPermit(parseJson(bytes.toString()))?.write ?? true;
    } catch (error) {
      if (["BlobNotFound", "ContainerNotFound"].includes(codeOf(error))) return true;
      throw new Error(`reading whether the log of ${account} may grow`, { cause: error });
    }
  };
}
