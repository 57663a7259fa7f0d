import type { OutgoingHttp } from "../clients/outgoing-http/outgoing-http.js";
import { callWebhook } from "./webhook.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";
import type { PeopleMessage } from "./email.js";

/** Characters of an SMS: one message of the GSM alphabet, which is all that is billed once. */
export const maxSmsLength = 160;

/** A provider that takes `{"to","text","id"}` by POST. */
export interface SmsProvider {
  /** May hold a key; a secret. */
  readonly url: string;
  /** Bearer token; a secret. */
  readonly token?: string;
}

/** What an SMS says: what, how bad, where. */
export function smsText({ alert }: PeopleMessage): string {
  const { monitorCondition, severity, alertRule, configurationItems } = alert.data.essentials;
  const text = `Vigil: ${monitorCondition} ${severity} ${alertRule} on ${configurationItems[0] ?? ""}`;
  return text.replace(/[\s\p{Cc}]+/gu, " ").slice(0, maxSmsLength);
}

/** Has a provider send an SMS; its answers count as those of a webhook do. */
export async function sendSms(
  http: OutgoingHttp,
  { url, token }: SmsProvider,
  to: string,
  message: PeopleMessage,
  notificationId: string,
): Promise<DeliveryOutcome> {
  const payload = JSON.stringify({ to, text: smsText(message), id: notificationId });
  return await callWebhook(http, { serviceUri: url, payload, notificationId, ...(token !== undefined && { token }) });
}
