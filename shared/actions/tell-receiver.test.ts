import { describe, expect, test } from "vitest";

import type { ActionGroup, Receiver } from "../alerts/action-group.js";
import { putActionGroup } from "../alerts/action-group.js";
import { receiverArrays, type ReceiverArray } from "../alerts/action-group-schema.js";
import type { OutgoingMail } from "../clients/mail/mail-sender.js";
import type { OutgoingRequest } from "../clients/outgoing-http/outgoing-http.js";
import { readAlertTestdata, resourceId } from "../testing/alert-samples.js";
import { newDelivery, type Delivery } from "./delivery.js";
import { deliverabilityOf } from "./receiver-kinds.js";
import { maxSmsLength } from "./sms.js";
import { tellReceiver, type ReceiverTools } from "./tell-receiver.js";

const groupId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/ops";
const alert = readAlertTestdata("payloads/common-test-metric-static.fired.json");

/** One receiver of each kind that can be told. */
const receivers: Partial<Record<ReceiverArray, Receiver>> = {
  webhookReceivers: {
    ...{ name: "secure", serviceUri: "https://example.com/hook?code=s3cret", useAadAuth: true },
    ...{ identifierUri: "api://target", objectId: "o", tenantId: "t" },
  },
  logicAppReceivers: { name: "logic", resourceId: "/l", callbackUrl: "https://logic.example/run?sig=s3cret" },
  azureFunctionReceivers: {
    ...{ name: "function", functionAppResourceId: "/f", functionName: "f" },
    httpTriggerUrl: "https://func.example/api?code=s3cret",
  },
  automationRunbookReceivers: {
    ...{
      name: "runbook",
      automationAccountId: "/a",
      runbookName: "r",
      webhookResourceId: "/w",
      isGlobalRunbook: false,
    },
    serviceUri: "https://runbook.example/webhooks?token=s3cret",
  },
  eventHubReceivers: { name: "hub", subscriptionId: "s", eventHubNameSpace: "space", eventHubName: "a/b" },
  smsReceivers: { name: "sms", countryCode: "+49", phoneNumber: "(0) 171-555" },
  emailReceivers: { name: "mail", emailAddress: "me@example.com" },
};

const groupOf = (properties: object = {}): ActionGroup => {
  const arrays = Object.fromEntries(Object.entries(receivers).map(([array, receiver]) => [array, [receiver]]));
  const body = { location: "Global", properties: { groupShortName: "ops", enabled: true, ...arrays, ...properties } };
  const outcome = putActionGroup(resourceId(groupId), body, undefined);
  if (outcome.kind !== "group") throw new Error(outcome.message);
  return outcome.group;
};
const deliveryTo = (kind: string, name: string, payload: unknown = { alert }): Delivery =>
  newDelivery(
    {
      alertId: "a",
      transition: "Fired",
      receiver: { actionGroupId: groupId, kind, name },
      payload: JSON.stringify(payload),
    },
    new Date(0),
  );

/** Tools that note what they were asked for. */
function noting(about: Partial<ReceiverTools> = {}) {
  const calls: OutgoingRequest[] = [];
  const mails: OutgoingMail[] = [];
  const scopes: string[] = [];
  const tools: ReceiverTools = {
    http: {
      post: (request) => {
        calls.push(request);
        return Promise.resolve({ kind: "answered", status: 202, retryAfter: undefined, excerpt: "" });
      },
    },
    email: {
      mail: {
        send: (mail) => {
          mails.push(mail);
          return Promise.resolve({ kind: "accepted", detail: "accepted (250)" });
        },
      },
      chartOf: () => Promise.resolve({ from: 0, stepMinutes: 1, values: [1, 2], thresholds: [1] }),
      ruleLink: () => undefined,
    },
    sms: { url: "https://sms.example/send", token: "t0ken" },
    tokenFor: (scope) => {
      scopes.push(scope);
      return Promise.resolve("own");
    },
    ...about,
  };
  return { tools, calls, mails, scopes };
}

describe("each kind of receiver is told in its own way", () => {
  test.each([
    {
      kind: "webhookReceivers",
      url: "https://example.com/hook?code=s3cret",
      bearer: "own",
      scope: "api://target/.default",
    },
    { kind: "logicAppReceivers", url: "https://logic.example/run?sig=s3cret" },
    { kind: "azureFunctionReceivers", url: "https://func.example/api?code=s3cret" },
    { kind: "automationRunbookReceivers", url: "https://runbook.example/webhooks?token=s3cret" },
    {
      kind: "eventHubReceivers",
      url: "https://space.servicebus.windows.net/a%2Fb/messages",
      bearer: "own",
      scope: "https://eventhubs.azure.net/.default",
    },
  ] as const)("$kind", async ({ kind, url, ...by }) => {
    const { tools, calls, scopes } = noting();
    const delivery = deliveryTo(kind, String(receivers[kind]?.name).toUpperCase());
    expect(await tellReceiver(tools, groupOf(), delivery)).toEqual({ kind: "delivered", detail: "status 202" });
    const bearer = "bearer" in by ? { authorization: `Bearer ${by.bearer}` } : {};
    expect(calls).toMatchObject([
      { url: new URL(url), body: delivery.payload, headers: { "x-vigil-notification-id": delivery.id, ...bearer } },
    ]);
    expect(scopes).toEqual("scope" in by ? [by.scope] : []);
  });

  test("smsReceivers, by the provider, shortly", async () => {
    const { tools, calls } = noting();
    await tellReceiver(tools, groupOf(), deliveryTo("smsReceivers", "sms"));
    const sent = JSON.parse(calls[0]?.body ?? "") as { readonly to: string; readonly text: string };
    expect(sent).toMatchObject({
      to: "+490171555",
      text: expect.stringMatching(/^Vigil: Fired Sev4 test-metricAlertRule on /) as string,
    });
    expect(sent.text.length).toBeLessThanOrEqual(maxSmsLength);
    expect(calls[0]?.headers).toMatchObject({ authorization: "Bearer t0ken" });
  });

  test("emailReceivers, with a chart and the rule's own subject", async () => {
    const { tools, mails } = noting();
    const delivery = deliveryTo("emailReceivers", "mail", { alert, subject: "Look" });
    expect(await tellReceiver(tools, groupOf(), delivery)).toEqual({ kind: "delivered", detail: "accepted (250)" });
    expect(mails).toMatchObject([
      { to: "me@example.com", subject: "Look", notificationId: delivery.id, images: [{ id: "chart" }] },
    ]);
  });
});

describe("whoever can't be told is not, with a reason", () => {
  test.each([
    {
      title: "the group is gone",
      group: undefined,
      kind: "emailReceivers",
      name: "mail",
      reason: /no such action group/,
    },
    {
      title: "it is disabled",
      group: groupOf({ enabled: false }),
      kind: "emailReceivers",
      name: "mail",
      reason: /disabled/,
    },
    {
      title: "the receiver is gone",
      group: groupOf(),
      kind: "emailReceivers",
      name: "other",
      reason: /no such receiver/,
    },
    {
      title: "a kind that is none",
      group: groupOf(),
      kind: "pigeonReceivers",
      name: "mail",
      reason: /no such receiver/,
    },
  ])("$title", async ({ group, kind, name, reason }) => {
    const { tools, calls, mails } = noting();
    const outcome = await tellReceiver(tools, group, deliveryTo(kind, name));
    expect(outcome).toMatchObject({ kind: "rejected", reason: expect.stringMatching(reason) as string });
    expect([...calls, ...mails]).toEqual([]);
  });

  test.each([
    { kind: "webhookReceivers", without: { tokenFor: undefined }, reason: /no identity/ },
    { kind: "eventHubReceivers", without: { tokenFor: undefined }, reason: /no identity/ },
    { kind: "emailReceivers", without: { email: undefined }, reason: /no mail server/ },
    { kind: "smsReceivers", without: { sms: undefined }, reason: /no SMS provider/ },
  ] as const)("$kind, where nothing is configured", async ({ kind, without, reason }) => {
    const { tools } = noting(without);
    const outcome = await tellReceiver(tools, groupOf(), deliveryTo(kind, String(receivers[kind]?.name)));
    expect(outcome).toMatchObject({ kind: "rejected", reason: expect.stringMatching(reason) as string });
  });

  test("and which kinds that are is known before, sentence by sentence", () => {
    const nothing = { email: false, sms: false, tokens: false };
    const verdicts = receiverArrays.map((array) => deliverabilityOf(array, receivers[array] ?? {}, nothing));
    expect(receiverArrays.filter((_, index) => verdicts[index]?.kind === "deliverable")).toEqual([
      ...["automationRunbookReceivers", "logicAppReceivers", "azureFunctionReceivers"],
    ]);
    for (const verdict of verdicts) if (verdict.kind === "not-deliverable") expect(verdict.reason).toMatch(/\.$/);
    const all = { email: true, sms: true, tokens: true };
    expect(deliverabilityOf("emailReceivers", { status: "Disabled" }, all)).toMatchObject({
      reason: "it has unsubscribed.",
    });
  });
});
