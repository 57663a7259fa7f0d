import type { BlobServiceClient } from "@azure/storage-blob";

import { gatewayMarkBlob, gatewayMarkContainer, parseGatewayMark } from "../../storage-analytics/gateway-mark.js";
import { failedWith } from "../azure-error.js";
import type { GatewayMarks } from "./gateway-marks.js";

/** Marks in Blob Storage of Vigil's own account, where the gateway writes them (design.md §3). */
export function gatewayMarksIn(service: BlobServiceClient): GatewayMarks {
  const container = service.getContainerClient(gatewayMarkContainer);
  return {
    read: async (account, serviceOfLog, abortSignal) => {
      const name = gatewayMarkBlob(account, serviceOfLog);
      try {
        const content = await container
          .getBlobClient(name)
          .downloadToBuffer(0, undefined, abortSignal && { abortSignal });
        return parseGatewayMark(JSON.parse(content.toString("utf8")));
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
        throw new Error(`reading gateway mark ${name}`, { cause: error });
      }
    },
  };
}
