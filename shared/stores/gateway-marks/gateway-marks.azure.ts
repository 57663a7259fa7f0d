import type { BlobServiceClient } from "@azure/storage-blob";

import { gatewayMarkBlob, gatewayMarkContainer, parseGatewayMark } from "../../storage-analytics/gateway-mark.js";
import { failedWith } from "../azure-error.js";
import { readContent } from "../blob-content.js";
import type { GatewayMarks } from "./gateway-marks.js";

/** Marks in Blob Storage of Vigil's own account, where the gateway writes them (design.md §3). */
export function gatewayMarksIn(service: BlobServiceClient): GatewayMarks {
  const container = service.getContainerClient(gatewayMarkContainer);
  return {
    read: async (account, serviceOfLog, abortSignal) => {
      const name = gatewayMarkBlob(account, serviceOfLog);
      try {
        const { bytes } = await readContent(container.getBlobClient(name), {}, abortSignal && { abortSignal });
        return parseGatewayMark(JSON.parse(bytes.toString("utf8")));
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return undefined;
        throw new Error(`reading gateway mark ${name}`, { cause: error });
      }
    },
  };
}
