import type { Receiver } from "../alerts/action-group.js";
import type { ReceiverArray } from "../alerts/action-group-schema.js";

/** What this installation can reach besides webhooks. */
export interface Channels {
  /** Mail is sent. */
  readonly email: boolean;
  readonly sms: boolean;
  /** Tokens of Vigil's own identity can be had: secure webhooks and event hubs. */
  readonly tokens: boolean;
}

export type Deliverability =
  | { readonly kind: "deliverable" }
  /** A sentence for histories and test notifications. */
  | { readonly kind: "not-deliverable"; readonly reason: string };

const deliverable: Deliverability = { kind: "deliverable" };
const not = (reason: string): Deliverability => ({ kind: "not-deliverable", reason });
const notSupported = (what: string): Deliverability => not(`Vigil does not deliver to ${what}.`);

/** Whether a receiver can be told at all. */
export function deliverabilityOf(array: ReceiverArray, receiver: Receiver, channels: Channels): Deliverability {
  switch (array) {
    case "webhookReceivers":
      return receiver["useAadAuth"] === true && !channels.tokens
        ? not("a secure webhook takes an identity of Vigil's own, and it has none.")
        : deliverable;
    case "logicAppReceivers":
    case "azureFunctionReceivers":
      return deliverable;
    case "automationRunbookReceivers":
      return receiver["serviceUri"] === undefined ? not("the runbook's webhook has no serviceUri.") : deliverable;
    case "eventHubReceivers":
      return channels.tokens ? deliverable : not("an event hub takes an identity of Vigil's own, and it has none.");
    case "emailReceivers":
      if (receiver["status"] === "Disabled") return not("it has unsubscribed.");
      return channels.email ? deliverable : not("no mail server is configured (VIGIL_SMTP_URL).");
    case "smsReceivers":
      if (receiver["status"] === "Disabled") return not("it has unsubscribed.");
      return channels.sms ? deliverable : not("no SMS provider is configured (VIGIL_SMS_URL).");
    case "armRoleReceivers":
      return notSupported("the holders of a role yet");
    case "voiceReceivers":
      return notSupported("voice calls");
    case "itsmReceivers":
      return notSupported("ticket systems");
    case "azureAppPushReceivers":
      return notSupported("the Azure mobile app");
    default:
      throw new Error(`no receiver ${JSON.stringify(array satisfies never)}`);
  }
}
