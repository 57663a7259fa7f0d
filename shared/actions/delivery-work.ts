import type { JSONSchemaType } from "ajv";

import { messageReader } from "../stores/work-queue/work-message.js";
import type { DeliveryWork } from "./deliver.js";

/** Queue of receivers to be told. */
export const deliverQueue = "vigil-deliver";

const schema: JSONSchemaType<{ readonly work: DeliveryWork }> = {
  type: "object",
  required: ["work"],
  properties: {
    work: {
      type: "object",
      required: ["kind", "alertId", "id", "turn"],
      properties: {
        kind: { type: "string", const: "deliver" },
        alertId: { type: "string", pattern: "^[0-9a-f-]{1,64}$" },
        id: { type: "string", pattern: "^[0-9a-f]{32}$" },
        turn: { type: "integer", minimum: 1 },
      },
    },
  },
};

/** Reads a message of `deliverQueue`, which any program with a key to the storage account can have written. */
export const parseDeliveryMessage = messageReader(schema);
