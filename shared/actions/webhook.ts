import type { OutgoingHttp } from "../clients/outgoing-http/outgoing-http.js";
import { parseRetryAfter, type DeliveryOutcome } from "./delivery-outcome.js";

/** Milliseconds for a call ("Action groups", Azure Monitor docs until 2024). */
export const webhookTimeoutMs = 10_000;
/** Bytes of a payload in the common alert schema. */
export const payloadLimit = 256 * 1024;
/** Header of the id that stays the same when a notification is sent again: a receiver can tell a repeat. */
export const idempotencyHeader = "x-vigil-notification-id";

/** 408 and 429 as well as the service being away; every other status is the receiver's word. */
const retryable = new Set([408, 429, 503, 504]);

export interface WebhookCall {
  /** Holds secrets in path, query or credentials. */
  readonly serviceUri: string;
  /** JSON. */
  readonly payload: string;
  readonly notificationId: string;
  /** Bearer token of a secure webhook, an Azure function, … */
  readonly token?: string;
}

/**
 * Posts a notification to a webhook, a logic app, an Azure function or a runbook: all take JSON by POST. Delivered with
 * any 2xx; retried after 408, 429, 503, 504 and when the call failed ("Action groups", Azure Monitor docs).
 */
export async function callWebhook(http: OutgoingHttp, call: WebhookCall): Promise<DeliveryOutcome> {
  const { serviceUri, payload, notificationId, token } = call;
  if (!URL.canParse(serviceUri)) return { kind: "rejected", reason: "the receiver's address is no URL" };
  if (Buffer.byteLength(payload) > payloadLimit) {
    return { kind: "rejected", reason: `the payload is longer than ${payloadLimit} bytes` };
  }
  const outcome = await http.post({
    url: new URL(serviceUri),
    body: payload,
    contentType: "application/json; charset=utf-8",
    headers: { [idempotencyHeader]: notificationId, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    timeoutMs: webhookTimeoutMs,
  });
  if (outcome.kind === "refused") return { kind: "rejected", reason: `not called: ${outcome.reason}` };
  if (outcome.kind === "failed") return { kind: "retry", reason: outcome.reason };
  const { status, excerpt, retryAfter } = outcome;
  const said = `status ${status}${excerpt === "" ? "" : `: ${excerpt}`}`;
  if (status >= 200 && status < 300) return { kind: "delivered", detail: `status ${status}` };
  if (retryable.has(status)) return { kind: "retry", reason: said, retryAfter: parseRetryAfter(retryAfter) };
  return { kind: "rejected", reason: said };
}
