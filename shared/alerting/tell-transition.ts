import { recordActions, recordTransition, type AlertRecord } from "../alerts/alert-record.js";
import {
  alertResourceId,
  classicAlertPayload,
  commonAlertPayload,
  mailSubjectOf,
  type AlertMessage,
} from "../alerts/alert-payload.js";
import { decideProcessing, processedAlertOf } from "../alerts/alert-processing.js";
import type { AlertProcessingRule } from "../alerts/alert-processing-rule.js";
import type { Transition } from "../alerts/alert-state.js";
import type { ActionGroup, Receiver } from "../alerts/action-group.js";
import { receiverArrays, type ReceiverArray } from "../alerts/action-group-schema.js";
import type { MetricAlertAction, MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { foldId, parseResourceId } from "../arm/resource-id.js";
import { planDelivery, type DeliveryStores } from "../actions/deliver.js";
import type { ReceiverName } from "../actions/delivery.js";
import { deliverabilityOf, type Channels } from "../actions/receiver-kinds.js";
import type { Alerts } from "../stores/alerts/alerts.js";
import type { ArmResources } from "../stores/arm-resources/arm-resources.js";
import { asciiJson } from "../stores/table-properties.js";

export interface TellingStores extends DeliveryStores {
  readonly alerts: Pick<Alerts, "find" | "save">;
  readonly actionGroups: Pick<ArmResources<ActionGroup>, "find">;
  readonly processingRules: Pick<ArmResources<AlertProcessingRule>, "list">;
  /** What this installation can reach. */
  readonly channels: Channels;
  /** Where people look at an alert, by its resource id; undefined: nobody knows the app's address. */
  readonly link: (alertId: string) => string | undefined;
}

/** Somebody else may write the alert first: a user who acknowledges it, or a repeated message. */
const maxTries = 5;

interface Told {
  readonly told: { readonly actionGroupId: string; readonly receivers: string[] }[];
  readonly notTold: string[];
}

/** A group that is called for an alert, and which of its receivers; undefined: all of them. */
interface Target {
  readonly action: MetricAlertAction;
  readonly names?: readonly ReceiverName[];
}

/**
 * Puts a transition on its way: one delivery for each receiver, and the alert's record with what was done. Doing it again
 * changes nothing: deliveries and entries of the history are recognised.
 *
 * Who is told that an alert resolved is who was told that it fired.
 */
export async function tellTransition(
  stores: TellingStores,
  rule: MetricAlertRule,
  transition: Transition,
  clock: () => Date,
): Promise<void> {
  const subscriptionId = parseResourceId(rule.id)?.subscriptionId ?? "";
  const link = stores.link(alertResourceId(rule, transition));
  const about = { rule, transition, ...(link !== undefined && { link }) };
  const processing = decideProcessing(
    (await stores.processingRules.list({ subscriptionId })).map(({ resource }) => resource),
    processedAlertOf(commonAlertPayload(about)),
    transition.kind === "fired" ? transition.firedAt : transition.resolvedAt,
  );
  const before = (await stores.alerts.find(subscriptionId, transition.alertId))?.record;
  const wasSuppressed = transition.kind === "resolved" && before?.isSuppressed === true;
  const suppressedBy = processing.isSuppressed
    ? processing.rules.filter(({ applies }) => applies).map(({ reason }) => reason)
    : wasSuppressed
      ? ["Nobody was told that it fired."]
      : undefined;
  const result: Told = { told: [], notTold: [] };
  if (suppressedBy === undefined) {
    const targets =
      transition.kind === "fired"
        ? targetsOf(rule, processing.addedActionGroups)
        : await toldTargets(stores, rule, transition.alertId);
    for (const target of targets) await tellGroup(stores, about, target, result, clock);
  }
  await keepRecord(stores, subscriptionId, transition.alertId, (kept) =>
    recordActions(recordTransition(kept, rule, transition), { transition, ...result, suppressedBy }),
  );
}

/** The rule's own groups, and those that processing rules add; each once. */
function targetsOf({ properties }: MetricAlertRule, added: readonly string[]): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const action of [...properties.actions, ...added.map((actionGroupId) => ({ actionGroupId }))]) {
    const key = foldId(action.actionGroupId);
    if (!targets.has(key)) targets.set(key, { action });
  }
  return [...targets.values()];
}

async function toldTargets(
  { deliveries }: TellingStores,
  { properties }: MetricAlertRule,
  alertId: string,
): Promise<readonly Target[]> {
  const targets = new Map<string, { action: MetricAlertAction; names: ReceiverName[] }>();
  for (const { transition, receiver } of await deliveries.ofAlert(alertId)) {
    if (transition !== "Fired") continue;
    const { actionGroupId } = receiver;
    const key = foldId(actionGroupId);
    const action = properties.actions.find((each) => foldId(each.actionGroupId) === key) ?? { actionGroupId };
    const target = targets.get(key) ?? { action, names: [] };
    target.names.push(receiver);
    targets.set(key, target);
  }
  return [...targets.values()];
}

async function tellGroup(
  stores: TellingStores,
  about: Omit<AlertMessage, "action">,
  { action, names }: Target,
  result: Told,
  clock: () => Date,
): Promise<void> {
  const { actionGroupId } = action;
  const group = (await stores.actionGroups.find(actionGroupId))?.resource;
  if (group?.properties.enabled !== true) {
    const reason = group === undefined ? "there is no such action group" : "it is disabled";
    result.notTold.push(`${actionGroupId} was not called: ${reason}.`);
    return;
  }
  const isWanted = ({ array, name }: NamedReceiver): boolean =>
    names?.some((each) => each.kind === array && each.name.toLowerCase() === name.toLowerCase()) ?? true;
  const receivers: string[] = [];
  for (const { array, receiver, name } of receiversOf(group).filter(isWanted)) {
    const verdict = deliverabilityOf(array, receiver, stores.channels);
    if (verdict.kind === "not-deliverable") {
      result.notTold.push(`${name} of ${actionGroupId} was not told: ${verdict.reason}`);
      continue;
    }
    const { alertId, kind } = about.transition;
    const payload = asciiJson(bodyFor(array, receiver, { ...about, action }));
    const transition = kind === "fired" ? "Fired" : "Resolved";
    const notification = { alertId, transition, receiver: { actionGroupId, kind: array, name }, payload } as const;
    await planDelivery(stores, notification, clock());
    receivers.push(name);
  }
  if (receivers.length > 0) result.told.push({ actionGroupId, receivers });
}

interface NamedReceiver {
  readonly array: ReceiverArray;
  readonly receiver: Receiver;
  readonly name: string;
}

/** All receivers of a group; a runbook may have no name of its own. */
export const receiversOf = ({ properties }: ActionGroup): readonly NamedReceiver[] =>
  receiverArrays.flatMap((array) =>
    properties[array].map((receiver, index) => ({ array, receiver, name: receiver.name ?? `${array}[${index}]` })),
  );

/** What is sent, or, for people, what it is made of. */
export function bodyFor(array: ReceiverArray, receiver: Receiver, message: AlertMessage): object {
  switch (array) {
    case "emailReceivers":
    case "smsReceivers": {
      const subject = mailSubjectOf(message);
      return { alert: commonAlertPayload(message), ...(subject !== undefined && { subject }) };
    }
    default:
      return receiver.useCommonAlertSchema === true ? commonAlertPayload(message) : classicAlertPayload(message);
  }
}

/** Changes the record of an alert, also while others do. */
export async function keepRecord(
  stores: Pick<TellingStores, "alerts">,
  subscriptionId: string,
  alertId: string,
  change: (before: AlertRecord | undefined) => AlertRecord,
): Promise<AlertRecord> {
  for (let attempt = 1; attempt <= maxTries; attempt++) {
    const kept = await stores.alerts.find(subscriptionId, alertId);
    const changed = change(kept?.record);
    if (changed === kept?.record) return changed;
    if ((await stores.alerts.save(subscriptionId, changed, kept?.etag)) !== undefined) return changed;
  }
  throw new Error(`recording alert ${alertId}: it changed ${maxTries} times meanwhile`);
}
