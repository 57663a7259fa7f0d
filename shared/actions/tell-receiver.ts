import type { ActionGroup, Receiver } from "../alerts/action-group.js";
import { receiverArrays, type ReceiverArray } from "../alerts/action-group-schema.js";
import type { OutgoingHttp } from "../clients/outgoing-http/outgoing-http.js";
import type { Delivery } from "./delivery.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";
import { callWebhook } from "./webhook.js";

export interface ReceiverTools {
  readonly http: OutgoingHttp;
}

/**
 * Makes one attempt to tell a receiver. Its address is looked up in the group as it is now: what was corrected since the
 * alert fired counts, and no delivery keeps a secret.
 * @param group undefined: it is gone
 */
export async function tellReceiver(
  tools: ReceiverTools,
  group: ActionGroup | undefined,
  delivery: Delivery,
): Promise<DeliveryOutcome> {
  const { kind, name } = delivery.receiver;
  const array = receiverArrays.find((each) => each === kind);
  if (group === undefined) return rejected("there is no such action group any more");
  if (!group.properties.enabled) return rejected("the action group is disabled");
  const receiver = array && findReceiver(group, array, name);
  if (array === undefined || receiver === undefined) return rejected("the group has no such receiver any more");
  return await call(tools, array, receiver, delivery);
}

const rejected = (reason: string): DeliveryOutcome => ({ kind: "rejected", reason });

const findReceiver = ({ properties }: ActionGroup, array: ReceiverArray, name: string): Receiver | undefined =>
  properties[array].find(
    (receiver, index) => (receiver.name ?? `${array}[${index}]`).toLowerCase() === name.toLowerCase(),
  );

async function call(
  { http }: ReceiverTools,
  array: ReceiverArray,
  receiver: Receiver,
  { id, payload }: Delivery,
): Promise<DeliveryOutcome> {
  const post = async (property: string): Promise<DeliveryOutcome> => {
    const serviceUri = receiver[property];
    if (typeof serviceUri !== "string") return rejected("the receiver has no address");
    return await callWebhook(http, { serviceUri, payload, notificationId: id });
  };
  switch (array) {
    case "webhookReceivers":
    case "automationRunbookReceivers":
      return await post("serviceUri");
    case "logicAppReceivers":
      return await post("callbackUrl");
    case "azureFunctionReceivers":
      return await post("httpTriggerUrl");
    default:
      return rejected(`nothing is delivered to ${array}`);
  }
}
