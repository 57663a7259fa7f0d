import type { BlobServiceClient } from "@azure/storage-blob";

import { gatewayMarkBlob, gatewayMarkContainer, parseGatewayMark } from "../../storage-analytics/gateway-mark.js";
import { findContent } from "../blob-content.js";
import type { GatewayMarks } from "./gateway-marks.js";

/** Marks in Blob Storage of Vigil's own account, where the gateway writes them (design.md §3). */
export function gatewayMarksIn(service: BlobServiceClient): GatewayMarks {
  const container = service.getContainerClient(gatewayMarkContainer);
  return {
    read: async (account, serviceOfLog, abortSignal) => {
      const name = gatewayMarkBlob(account, serviceOfLog);
      try {
        const found = await findContent(container.getBlobClient(name), abortSignal && { abortSignal });
        return found && parseGatewayMark(JSON.parse(found.bytes.toString("utf8")));
      } catch (error) {
        throw new Error(`reading gateway mark ${name}`, { cause: error });
      }
    },
  };
}
