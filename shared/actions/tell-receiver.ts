import type { ActionGroup, Receiver } from "../alerts/action-group.js";
import { receiverArrays, type ReceiverArray } from "../alerts/action-group-schema.js";
import type { OutgoingHttp } from "../clients/outgoing-http/outgoing-http.js";
import type { Delivery } from "./delivery.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";
import { sendAlertMail, type EmailTools, type PeopleMessage } from "./email.js";
import { sendSms, type SmsProvider } from "./sms.js";
import { callWebhook } from "./webhook.js";

export interface ReceiverTools {
  readonly http: OutgoingHttp;
  /** undefined: no mail server is configured. */
  readonly email: EmailTools | undefined;
  /** undefined: no provider is configured. */
  readonly sms: SmsProvider | undefined;
  /** Token of Vigil's own identity for a scope such as `api://…/.default`; undefined: it has none. */
  readonly tokenFor: ((scope: string) => Promise<string>) | undefined;
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
  { http, email, sms, tokenFor }: ReceiverTools,
  array: ReceiverArray,
  receiver: Receiver,
  { id, payload }: Delivery,
): Promise<DeliveryOutcome> {
  const post = async (property: string, scope?: string): Promise<DeliveryOutcome> => {
    const serviceUri = receiver[property];
    if (typeof serviceUri !== "string") return rejected("the receiver has no address");
    if (scope === undefined) return await callWebhook(http, { serviceUri, payload, notificationId: id });
    const token = await tokenFor?.(scope);
    if (token === undefined) return rejected("Vigil has no identity of its own");
    return await callWebhook(http, { serviceUri, payload, notificationId: id, token });
  };
  switch (array) {
    case "webhookReceivers":
      return await post("serviceUri", receiver["useAadAuth"] === true ? scopeOf(receiver) : undefined);
    case "automationRunbookReceivers":
      return await post("serviceUri");
    case "emailReceivers":
      return email === undefined
        ? rejected("no mail server is configured")
        : await sendAlertMail(email, String(receiver["emailAddress"]), messageOf(payload), id);
    case "smsReceivers":
      return sms === undefined
        ? rejected("no SMS provider is configured")
        : await sendSms(http, sms, numberOf(receiver), messageOf(payload), id);
    case "eventHubReceivers": {
      const token = await tokenFor?.("https://eventhubs.azure.net/.default");
      if (token === undefined) return rejected("Vigil has no identity of its own");
      return await callWebhook(http, { serviceUri: eventHubUrl(receiver), payload, notificationId: id, token });
    }
    case "logicAppReceivers":
      return await post("callbackUrl");
    case "azureFunctionReceivers":
      return await post("httpTriggerUrl");
    default:
      return rejected(`nothing is delivered to ${array}`);
  }
}

/** A secure webhook is called with a token for the application that it names. */
const scopeOf = (receiver: Receiver): string => `${String(receiver["identifierUri"])}/.default`;

/** In the form of E.164: country code and number, digits alone. */
const numberOf = (receiver: Receiver): string =>
  `+${`${String(receiver["countryCode"])}${String(receiver["phoneNumber"])}`.replace(/\D/g, "")}`;

/** One event by HTTPS ("Send event", Event Hubs REST API). Names are parts of a host and of a path. */
const eventHubUrl = (receiver: Receiver): string => {
  const space = encodeURIComponent(String(receiver["eventHubNameSpace"]));
  return `https://${space}.servicebus.windows.net/${encodeURIComponent(String(receiver["eventHubName"]))}/messages`;
};

/** What `tell-transition.ts` has planned; nobody else writes payloads. */
const messageOf = (payload: string): PeopleMessage => JSON.parse(payload) as PeopleMessage;
