import { describe, expect, test } from "vitest";

import { armSamples, resourceId } from "../testing/alert-samples.js";
import { redactActionGroup, redactionMark } from "./action-group-secrets.js";
import { maxEmailReceivers, maxShortNameLength } from "./action-group-schema.js";
import {
  enableReceiver,
  patchActionGroup,
  putActionGroup,
  readTestNotification,
  type ActionGroup,
} from "./action-group.js";
import { type Members } from "./resource-body.js";

const id = resourceId("/subscriptions/s1/resourceGroups/g1/providers/Microsoft.Insights/actionGroups/on call");
const secret = "https://example.com/hook/T0/B1/secret?sig=abc";

const email = (name: string, changes: Members = {}): Members => ({
  name,
  emailAddress: `${name}@example.com`,
  ...changes,
});
const webhook = (name: string, changes: Members = {}): Members => ({
  name,
  serviceUri: secret,
  useCommonAlertSchema: true,
  ...changes,
});
const body = (properties: Members = {}, top: Members = {}): Members => ({
  location: "Global",
  properties: { groupShortName: "oncall", enabled: true, ...properties },
  ...top,
});
const many = (length: number, of: (name: string) => Members): readonly Members[] =>
  Array.from({ length }, (_, each) => of(`n${each}`));

function accepted(document: unknown, existing?: ActionGroup): ActionGroup {
  const outcome = putActionGroup(id, document, existing);
  if (outcome.kind !== "group") throw new Error(outcome.message);
  return outcome.group;
}

const samples = armSamples("actionGroups-2023-01-01");
const example = samples.find(({ name }) => name.startsWith("create"))?.parameters["actionGroup"] as Members;
const kinds = Object.keys(example["properties"] as Members).filter((name) => name.endsWith("Receivers"));

describe("published examples", () => {
  test("a group with every kind of receiver is accepted and comes back equal", () => {
    expect(kinds).toHaveLength(11);
    const stored = accepted(example);
    expect(stored).toMatchObject({ ...example, type: "Microsoft.Insights/ActionGroups", name: "on call" });
    expect(stored.properties.emailReceivers[0]).toMatchObject({ status: "Enabled" });
    expect(accepted(stored, stored)).toEqual(stored);
  });

  test.each(
    samples.flatMap(({ name, responses }) =>
      ((responses["200"]?.body?.["value"] ?? []) as readonly Members[]).map((group) => ({ name, group })),
    ),
  )("a group that Azure lists is accepted: $group.name", ({ group }) => {
    const stored = accepted(group);
    expect(stored).toMatchObject({ location: group["location"], tags: group["tags"] });
    expect(Object.keys(stored.properties).sort()).toEqual(Object.keys(group["properties"] as Members).sort());
  });

  test("the example of a patch disables a group and sets its tags", () => {
    const patch = samples.find(({ name }) => name.startsWith("patch"))?.parameters["actionGroupPatch"];
    const stored = accepted(example);
    expect(patchActionGroup(id, patch, stored)).toEqual({
      kind: "group",
      group: {
        ...stored,
        tags: { key1: "value1", key2: "value2" },
        properties: { ...stored.properties, enabled: false },
      },
    });
  });
});

test("arrays and enabled have defaults, unknown properties are kept, names are read in any case", () => {
  const stored = accepted({
    LOCATION: "global",
    properties: { GroupShortName: "x", WebhookReceivers: [{ NAME: "w", serviceuri: secret, later: 1 }], more: 2 },
  });
  expect(stored.properties).toMatchObject({
    ...{ groupShortName: "x", enabled: true, more: 2, emailReceivers: [], eventHubReceivers: [] },
    webhookReceivers: [{ name: "w", serviceUri: secret, later: 1 }],
  });
});

describe("each broken constraint is an error that names the property", () => {
  const at = (target: string, properties: Members, message = "", top: Members = {}) => ({
    target,
    properties,
    message,
    top,
  });
  const required: readonly { readonly array: string; readonly property: string }[] = kinds.flatMap((array) => {
    const [receiver] = (example["properties"] as Record<string, readonly Members[]>)[array] ?? [];
    const optional = [
      "useCommonAlertSchema",
      "tenantId",
      ...(array === "automationRunbookReceivers" ? ["name", "serviceUri"] : []),
    ];
    return Object.keys(receiver ?? {})
      .filter((each) => !optional.includes(each))
      .map((property) => ({ array, property }));
  });

  test.each(required)("$array[0].$property is required", ({ array, property }) => {
    const [receiver] = (example["properties"] as Record<string, readonly Members[]>)[array] ?? [];
    const outcome = putActionGroup(id, body({ [array]: [{ ...receiver, [property]: undefined }] }), undefined);
    expect(outcome).toMatchObject({ status: 400, target: `properties.${array}[0].${property}` });
  });

  test.each(kinds.filter((array) => !["emailReceivers", "webhookReceivers"].includes(array)))(
    "eleven %s are too many",
    (array) => {
      const [receiver] = (example["properties"] as Record<string, readonly Members[]>)[array] ?? [];
      const outcome = putActionGroup(id, body({ [array]: many(11, (name) => ({ ...receiver, name })) }), undefined);
      expect(outcome).toMatchObject({
        status: 400,
        target: `properties.${array}`,
        message: expect.stringContaining("more than 10") as string,
      });
    },
  );

  test.each([
    at("location", {}, "pattern", { location: "../" }),
    at("tags.a", {}, "type string", { tags: { a: 1 } }),
    at("properties.groupShortName", { groupShortName: undefined }, "is required"),
    at("properties.groupShortName", { groupShortName: "" }, "fewer than 1"),
    at("properties.groupShortName", { groupShortName: "x".repeat(maxShortNameLength + 1) }, "more than 12"),
    at("properties.enabled", { enabled: "yes" }, "type boolean"),
    at("properties.emailReceivers", { emailReceivers: many(maxEmailReceivers + 1, email) }, "more than 1000"),
    at(
      "properties.emailReceivers[0].emailAddress",
      { emailReceivers: [email("a", { emailAddress: `${"x".repeat(60)}@b.co` })] },
      "more than 64",
    ),
    at(
      "properties.emailReceivers[0].emailAddress",
      { emailReceivers: [email("a", { emailAddress: "nobody" })] },
      "pattern",
    ),
    at(
      "properties.emailReceivers[0].emailAddress",
      { emailReceivers: [email("a", { emailAddress: "a@b.co\r\nBcc: c@d.co" })] },
      "pattern",
    ),
    at(
      "properties.emailReceivers[0].useCommonAlertSchema",
      { emailReceivers: [email("a", { useCommonAlertSchema: 1 })] },
      "type boolean",
    ),
    at(
      "properties.emailReceivers[1].name",
      { emailReceivers: [email("a"), email("A")] },
      "same as that of properties.emailReceivers[0]",
    ),
    at(
      "properties.webhookReceivers[0].name",
      { emailReceivers: [email("a")], webhookReceivers: [webhook("A")] },
      "unique",
    ),
    at(
      "properties.smsReceivers[0].phoneNumber",
      { smsReceivers: [{ name: "s", countryCode: "1", phoneNumber: "call me" }] },
      "pattern",
    ),
    at("properties.webhookReceivers", { webhookReceivers: many(11, webhook) }, "at most 10"),
    at(
      "properties.webhookReceivers",
      { webhookReceivers: many(11, (name) => webhook(name, { useAadAuth: true, identifierUri: "api://x" })) },
      "at most 10",
    ),
    at(
      "properties.webhookReceivers[0].serviceUri",
      { webhookReceivers: [webhook("w", { serviceUri: "nowhere" })] },
      "http or https",
    ),
    at(
      "properties.webhookReceivers[0].serviceUri",
      { webhookReceivers: [webhook("w", { serviceUri: "file:///etc/passwd" })] },
      "http or https",
    ),
    at(
      "properties.webhookReceivers[0].serviceUri",
      {
        webhookReceivers: [
          webhook("w", { useAadAuth: true, identifierUri: "api://x", serviceUri: "https://u:p@example.com/" }),
        ],
      },
      "user name",
    ),
    at(
      "properties.webhookReceivers[0].identifierUri",
      { webhookReceivers: [webhook("w", { useAadAuth: true })] },
      "required when useAadAuth",
    ),
    at(
      "properties.logicAppReceivers[0].callbackUrl",
      { logicAppReceivers: [{ name: "l", resourceId: "x", callbackUrl: "x" }] },
      "http or https",
    ),
    at(
      "properties.armRoleReceivers[0].roleId",
      { armRoleReceivers: [{ name: "r", roleId: "00000000-0000-0000-0000-000000000000" }] },
      "8e3af657",
    ),
    at(
      "properties.incidentReceivers[0].connection.id",
      { incidentReceivers: [{ name: "i", connection: { name: "c" }, incidentManagementService: "Icm", mappings: {} }] },
      "is required",
    ),
    at(
      "properties.incidentReceivers[0].incidentManagementService",
      {
        incidentReceivers: [
          { name: "i", connection: { name: "c", id: "1" }, incidentManagementService: "Pager", mappings: {} },
        ],
      },
      "Icm",
    ),
  ])("$target: $message", ({ target, properties, message, top }) => {
    const outcome = putActionGroup(id, body(properties, top), undefined);
    expect(outcome).toMatchObject({ kind: "arm-error", status: 400, code: "BadRequest", target });
    expect(outcome.kind === "arm-error" && outcome.message).toContain(message);
  });

  test("ten webhooks and ten secure ones are allowed", () => {
    const secure = many(10, (name) => webhook(`s${name}`, { useAadAuth: true, identifierUri: "api://x" }));
    expect(putActionGroup(id, body({ webhookReceivers: [...many(10, webhook), ...secure] }), undefined)).toMatchObject({
      kind: "group",
    });
  });

  test.each([{ properties: { groupShortName: "other" } }, { properties: { webhookReceivers: [] } }])(
    "%j can't be patched",
    (patch) => {
      expect(patchActionGroup(id, patch, accepted(body()))).toMatchObject({
        status: 400,
        target: expect.stringMatching(/^properties\./) as string,
      });
    },
  );
});

describe("addresses that are secrets", () => {
  const withSecrets = body({
    webhookReceivers: [webhook("w1"), webhook("w2", { serviceUri: `${secret}2` })],
    logicAppReceivers: [{ name: "l", resourceId: "x", callbackUrl: secret }],
    azureFunctionReceivers: [{ name: "f", functionAppResourceId: "x", functionName: "y", httpTriggerUrl: secret }],
    automationRunbookReceivers: [
      { automationAccountId: "a", runbookName: "r", webhookResourceId: "h", isGlobalRunbook: true, serviceUri: secret },
    ],
  });
  const stored = accepted(withSecrets);

  test("readers don't see them", () => {
    const shown = redactActionGroup(stored);
    expect(JSON.stringify(shown)).not.toContain("secret");
    expect(shown.properties.webhookReceivers[0]).toEqual(webhook("w1", { serviceUri: redactionMark }));
  });
  test("a group that was read and is put again keeps them", () => {
    expect(accepted(redactActionGroup(stored), stored)).toEqual(stored);
  });
  test("they follow the receiver's name, whatever its case and place", () => {
    const sent = body({
      webhookReceivers: [
        webhook("W2", { serviceUri: redactionMark }),
        webhook("w1", { serviceUri: "https://new.example.com/" }),
      ],
    });
    expect(accepted(sent, stored).properties.webhookReceivers.map((each) => each["serviceUri"])).toEqual([
      `${secret}2`,
      "https://new.example.com/",
    ]);
  });
  test("a mark without a stored address is an error", () => {
    const sent = body({ webhookReceivers: [webhook("new", { serviceUri: redactionMark })] });
    expect(putActionGroup(id, sent, stored)).toMatchObject({
      status: 400,
      target: "properties.webhookReceivers[0].serviceUri",
    });
  });
  test("errors don't repeat them", () => {
    const sent = body({
      webhookReceivers: [webhook("w", { useAadAuth: true, serviceUri: "https://user:secret@example.com/secret" })],
    });
    const outcome = putActionGroup(id, sent, undefined);
    expect(outcome.kind).toBe("arm-error");
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });
});

describe("recipients who unsubscribed", () => {
  const stored = accepted(
    body({
      emailReceivers: [email("a"), email("b")],
      smsReceivers: [{ name: "s", countryCode: "1", phoneNumber: "1" }],
    }),
  );
  const disabled: ActionGroup = {
    ...stored,
    properties: {
      ...stored.properties,
      emailReceivers: stored.properties.emailReceivers.map((each) => ({ ...each, status: "Disabled" })),
    },
  };

  test("stay so when the group is put again, whatever the body says", () => {
    const sent = body({
      emailReceivers: [email("a", { status: "Enabled" }), email("b", { emailAddress: "new@example.com" })],
    });
    expect(accepted(sent, disabled).properties.emailReceivers.map((each) => each["status"])).toEqual([
      "Disabled",
      "Enabled",
    ]);
  });
  test("can be enabled again, once", () => {
    const outcome = enableReceiver(disabled, "A");
    expect(outcome).toMatchObject({
      kind: "group",
      group: { properties: { emailReceivers: [{ status: "Enabled" }, { status: "Disabled" }] } },
    });
    expect(outcome.kind === "group" && enableReceiver(outcome.group, "a")).toMatchObject({
      status: 409,
      code: "Conflict",
    });
    expect(enableReceiver(disabled, "nobody")).toMatchObject({ status: 404 });
  });
});

describe("test notifications", () => {
  const stored = accepted(body({ webhookReceivers: [webhook("w")] }));
  test("name a kind of alert and the receivers, whose secrets may be redacted", () => {
    const sent = {
      alertType: "metricstaticthreshold",
      webhookReceivers: [webhook("w", { serviceUri: redactionMark })],
    };
    expect(readTestNotification(sent, stored)).toMatchObject({
      kind: "test-notification",
      alertType: "metricstaticthreshold",
      receivers: { webhookReceivers: [webhook("w")], emailReceivers: [] },
    });
  });
  test.each([
    { sent: { webhookReceivers: [] }, target: "alertType" },
    { sent: { alertType: "other" }, target: "alertType" },
    {
      sent: { alertType: "budget", webhookReceivers: [webhook("w", { serviceUri: "x" })] },
      target: "webhookReceivers[0].serviceUri",
    },
  ])("$target is checked", ({ sent, target }) => {
    expect(readTestNotification(sent, stored)).toMatchObject({ kind: "arm-error", status: 400, target });
  });
});
