import { randomUUID } from "node:crypto";

import { newDelivery } from "../actions/delivery.js";
import type { DeliveryOutcome } from "../actions/delivery-outcome.js";
import { deliverabilityOf, type Channels } from "../actions/receiver-kinds.js";
import { tellReceiver, type ReceiverTools } from "../actions/tell-receiver.js";
import { actionGroupType, type ActionGroup, type ReceiverArrays } from "../alerts/action-group.js";
import type { ReceiverArray } from "../alerts/action-group-schema.js";
import { testAlert } from "../alerts/test-alert.js";
import { forEachOf } from "../request-logs/concurrency.js";
import { bodyFor, receiversOf } from "./tell-transition.js";

/** Receivers of one test: all are told while the caller waits. */
export const maxTestedReceivers = 20;
const concurrentReceivers = 10;

export interface TestingTools {
  readonly channels: Channels;
  readonly receivers: ReceiverTools;
}

/** As `…/notificationStatus/{id}` answers it; names of the details as Azure writes them (reference §3.4). */
export interface TestResult {
  readonly context: { readonly notificationSource: string; readonly contextType: string };
  readonly state: "Completed";
  readonly createdTime: string;
  readonly completedTime: string;
  readonly actionDetails: readonly {
    readonly MechanismType: string;
    readonly Name: string;
    readonly Status: "Completed" | "Failed";
    readonly SubState: "Default";
    readonly SendTime: string;
    readonly Detail: string;
  }[];
}

/** Tells each receiver once of an alert that isn't one, and says how that ended. Nothing is repeated, nothing recorded. */
export async function notifyForTest(
  { channels, receivers: tools }: TestingTools,
  groupId: string,
  alertType: string,
  receivers: ReceiverArrays,
  clock: () => Date,
): Promise<TestResult> {
  const createdTime = clock();
  const alertId = randomUUID();
  const message = testAlert(alertType, groupId, alertId, createdTime.getTime());
  const group: ActionGroup = {
    ...{ id: groupId, name: "test", type: actionGroupType, location: "Global" },
    properties: { ...receivers, groupShortName: "test", enabled: true },
  };
  const details: TestResult["actionDetails"][number][] = [];
  await forEachOf(receiversOf(group), concurrentReceivers, async ({ array, receiver, name }) => {
    const verdict = deliverabilityOf(array, receiver, channels);
    const SendTime = clock().toISOString();
    const payload = JSON.stringify(bodyFor(array, receiver, message));
    const notification = {
      alertId,
      transition: "Fired",
      receiver: { actionGroupId: groupId, kind: array, name },
      payload,
    } as const;
    const outcome: DeliveryOutcome =
      verdict.kind === "deliverable"
        ? await tellReceiver(tools, group, newDelivery(notification, clock()))
        : { kind: "rejected", reason: verdict.reason };
    details.push({
      ...{ MechanismType: mechanisms[array], Name: name },
      ...{ Status: outcome.kind === "delivered" ? "Completed" : "Failed", SubState: "Default", SendTime },
      Detail: outcome.kind === "delivered" ? outcome.detail : outcome.reason,
    });
  });
  return {
    context: {
      notificationSource: "Microsoft.Insights/TestNotification",
      contextType: `Microsoft.Insights/${alertType}`,
    },
    ...{ state: "Completed", createdTime: createdTime.toISOString(), completedTime: clock().toISOString() },
    actionDetails: details.sort((a, b) => (a.Name < b.Name ? -1 : 1)),
  };
}

const mechanisms: Readonly<Record<ReceiverArray, string>> = {
  emailReceivers: "Email",
  smsReceivers: "Sms",
  webhookReceivers: "Webhook",
  itsmReceivers: "Itsm",
  azureAppPushReceivers: "AzureAppPush",
  automationRunbookReceivers: "AutomationRunbook",
  voiceReceivers: "Voice",
  logicAppReceivers: "LogicApp",
  azureFunctionReceivers: "AzureFunction",
  armRoleReceivers: "ArmRole",
  eventHubReceivers: "EventHub",
};
