import type { StorageQueueHandler } from "@azure/functions";

import { deliver } from "../shared/actions/deliver.js";
import { deliverQueue, parseDeliveryMessage } from "../shared/actions/delivery-work.js";
import { tellReceiver } from "../shared/actions/tell-receiver.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Makes one attempt to tell one receiver. */
export const deliverMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { deadLetters } = await runtime.state();
    const work = await acceptMessage(deadLetters, deliverQueue, message, parseDeliveryMessage(message));
    const alerting = await runtime.alerting();
    const outcome = await deliver(
      alerting,
      async (delivery) => {
        const group = await alerting.actionGroups.find(delivery.receiver.actionGroupId);
        return await tellReceiver(alerting.receivers, group?.resource, delivery);
      },
      work,
      runtime.clock,
    );
    const detail = "detail" in outcome ? outcome.detail : "reason" in outcome ? outcome.reason : "";
    const line = `alert ${work.alertId}, delivery ${work.id}: ${outcome.kind} ${detail}`;
    if (outcome.kind === "given-up") context.warn(line);
    else context.log(line);
  };
