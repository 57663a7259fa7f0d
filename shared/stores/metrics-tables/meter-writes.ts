import type { TableClient } from "@azure/data-tables";

import type { OwnUsageMeter } from "../../storage-analytics/system-usage.js";

/** Makes a client tell the meter of every request that changes something, each try by itself. */
export function meterWrites(client: TableClient, meter: OwnUsageMeter): TableClient {
  client.pipeline.addPolicy(
    {
      name: "vigilMeterWrites",
      sendRequest: async (request, next) => {
        const { body } = request;
        if (request.method !== "GET") meter.add(1, typeof body === "string" ? Buffer.byteLength(body) : 0);
        return await next(request);
      },
    },
    { afterPhase: "Retry" },
  );
  return client;
}
