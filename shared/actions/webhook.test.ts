import { describe, expect, test } from "vitest";
import type { OutgoingHttp, OutgoingOutcome, OutgoingRequest } from "../clients/outgoing-http/outgoing-http.js";
import { callWebhook, payloadLimit, type WebhookCall } from "./webhook.js";

const secret = "T00B00secret";
const call: WebhookCall = {
  serviceUri: `https://user:${secret}@hook.example/${secret}?sig=${secret}`,
  payload: '{"schemaId":"azureMonitorCommonAlertSchema"}',
  notificationId: "n-1",
};

/** Answers as a receiver would, and keeps what it got. */
function receiver(outcome: OutgoingOutcome): OutgoingHttp & { readonly got: OutgoingRequest[] } {
  const got: OutgoingRequest[] = [];
  return { got, post: (request) => Promise.resolve((got.push(request), outcome)) };
}
const answered = (status: number, excerpt = "", retryAfter?: string): OutgoingOutcome => ({
  ...{ kind: "answered", status, excerpt, retryAfter },
});

describe("an answer decides", () => {
  test.each([
    ...[200, 201, 202, 204, 299].map((status) => ({ status, kind: "delivered" })),
    ...[408, 429, 503, 504].map((status) => ({ status, kind: "retry" })),
    ...[301, 302, 304, 400, 401, 403, 404, 410, 413, 500, 501, 502, 505].map((status) => ({
      status,
      kind: "rejected",
    })),
  ])("$status: $kind", async ({ status, kind }) => {
    expect(await callWebhook(receiver(answered(status)), call)).toMatchObject({ kind });
  });

  test.each([
    { outcome: { kind: "failed", reason: "no answer in time" } as const, kind: "retry" },
    { outcome: { kind: "refused", reason: "169.254.169.254 is a metadata address" } as const, kind: "rejected" },
  ])("$outcome.reason: $kind", async ({ outcome, kind }) => {
    const ended = await callWebhook(receiver(outcome), call);
    expect(ended).toMatchObject({ kind });
    expect(JSON.stringify(ended)).toContain(outcome.reason);
  });

  test("what the receiver says of a refusal is kept for the operator, and when to come again", async () => {
    expect(await callWebhook(receiver(answered(429, "slow down", "30")), call)).toEqual({
      ...{ kind: "retry", reason: "status 429: slow down", retryAfter: { kind: "seconds", seconds: 30 } },
    });
  });
});

test("the payload goes out as it is, with the id of the notification", async () => {
  const hook = receiver(answered(200));
  await callWebhook(hook, { ...call, token: "abc" });
  expect(hook.got).toMatchObject([
    {
      body: call.payload,
      contentType: "application/json; charset=utf-8",
      headers: { "x-vigil-notification-id": "n-1", authorization: "Bearer abc" },
    },
  ]);
  expect(hook.got[0]?.url.href).toBe(call.serviceUri);
});

test.each([
  { name: "an address that is none", changes: { serviceUri: `not a url ${secret}` } },
  { name: "a payload that is too long", changes: { payload: "x".repeat(payloadLimit + 1) } },
])("$name is rejected without a call", async ({ changes }) => {
  const hook = receiver(answered(200));
  const ended = await callWebhook(hook, { ...call, ...changes });
  expect(ended.kind).toBe("rejected");
  expect(hook.got).toEqual([]);
  expect(JSON.stringify(ended)).not.toContain(secret);
});
