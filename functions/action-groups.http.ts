import { randomUUID } from "node:crypto";

import {
  actionGroupType,
  enableReceiver,
  patchActionGroup,
  putActionGroup,
  readTestNotification,
  type ActionGroup,
  type GroupOutcome,
} from "../shared/alerts/action-group.js";
import { actionGroupApiVersions, receiverArrays } from "../shared/alerts/action-group-schema.js";
import { redactActionGroup } from "../shared/alerts/action-group-secrets.js";
import { memberOf, isMembers } from "../shared/alerts/resource-body.js";
import { maxTestedReceivers, notifyForTest } from "../shared/alerting/test-notification.js";
import { asciiJson } from "../shared/stores/table-properties.js";
import { armError } from "../shared/arm/arm-error.js";
import { formatResourceId } from "../shared/arm/resource-id.js";
import { ownResourceOfPath } from "../shared/arm/resource-path.js";
import { answerVersioned } from "../shared/http/alert-parameters.js";
import type { Answer, Answers } from "../shared/http/answer.js";
import { readJsonBody } from "../shared/http/json-body.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { configuredAnswers, notFound, type ConfiguredType } from "./configured-resources.js";

const versioned = { type: actionGroupType, versions: actionGroupApiVersions };

/** `Microsoft.Insights/actionGroups`. */
export function actionGroupAnswers(runtime: Runtime): Answers {
  const { put, get, patch, remove, list } = configuredAnswers(actionGroupsOf(runtime), runtime.clock);
  return {
    putActionGroup: put,
    getActionGroup: get,
    patchActionGroup: patch,
    deleteActionGroup: remove,
    listActionGroupsOfGroup: list,
    listActionGroupsOfSubscription: list,
    enableReceiver: enable(runtime),
    createTestNotifications: testNotifications(runtime),
    getTestNotification: testResult(runtime),
    createTestNotificationsOfSubscription: testNotifications(runtime),
    getTestNotificationOfSubscription: testResult(runtime),
  };
}

const resourceOf = (outcome: GroupOutcome) =>
  outcome.kind === "arm-error" ? outcome : ({ kind: "resource", resource: outcome.group } as const);

const actionGroupsOf = (runtime: Runtime): ConfiguredType<ActionGroup> => ({
  ...versioned,
  createdStatus: 201,
  resources: async () => (await runtime.alerting()).actionGroups,
  put: (id, body, existing) => resourceOf(putActionGroup(id, body, existing)),
  patch: (id, body, existing) => resourceOf(patchActionGroup(id, body, existing)),
  show: (group, call) => (call.refuseOn(group.id, "configure") === undefined ? group : redactActionGroup(group)),
});

const enable = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call) => {
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    const name = isMembers(body.value) ? memberOf(body.value, "receiverName") : undefined;
    if (typeof name !== "string") {
      return armError("InvalidRequestContent", 'The body should be {"receiverName": "…"}.', "receiverName");
    }
    const id = ownResourceOfPath(call.path);
    const { actionGroups } = await runtime.alerting();
    const kept = await actionGroups.find(formatResourceId(id));
    if (kept === undefined) return notFound(versioned, id);
    const outcome = enableReceiver(kept.resource, name);
    if (outcome.kind === "arm-error") return outcome;
    const saved = await actionGroups.save(outcome.group, kept.etag, kept.owner);
    return saved === undefined
      ? armError("Conflict", "Others are changing the group at the same time. Try again.")
      : { status: 200 };
  });

/** What became of a test is kept under this name, with its id. */
const testNote = (id: string): string => `test-notification-${id.toLowerCase()}`;

const testNotifications = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call) => {
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    // older clients test receivers before there is a group
    const id = ownResourceOfPath({ resourceGroup: "test", actionGroupName: "test", ...call.path });
    const alerting = await runtime.alerting();
    const group = (await alerting.actionGroups.find(formatResourceId(id)))?.resource;
    const test = readTestNotification(body.value, group);
    if (test.kind === "arm-error") return test;
    const count = receiverArrays.reduce((sum, array) => sum + test.receivers[array].length, 0);
    if (count < 1 || count > maxTestedReceivers) {
      return armError("BadRequest", `A test has 1 to ${maxTestedReceivers} receivers; this one has ${count}.`);
    }
    const result = await notifyForTest(alerting, formatResourceId(id), test.alertType, test.receivers, runtime.clock);
    const notificationId = randomUUID();
    await alerting.notes.save(testNote(notificationId), asciiJson(result), undefined);
    const url = new URL(call.request.url);
    url.pathname = url.pathname.replace(/\/createNotifications$/i, `/notificationStatus/${notificationId}`);
    return { status: 202, headers: { location: url.href, "retry-after": "1" } };
  });

const testResult = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call) => {
    const { notificationId = "" } = call.path;
    const isId = /^[0-9a-f-]{36}$/i.test(notificationId);
    const note = isId ? await (await runtime.alerting()).notes.read(testNote(notificationId)) : undefined;
    return note === undefined
      ? armError("ResourceNotFound", `There is no test notification ${notificationId}.`)
      : { status: 200, jsonBody: JSON.parse(note.text) as unknown };
  });
