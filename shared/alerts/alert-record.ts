import { commonAlertPayload } from "./alert-payload.js";
import { type Transition } from "./alert-state.js";
import { type MetricAlertRule } from "./metric-alert-rule.js";

/** What people make of an alert; resolution never changes it (reference §2.4). */
export const alertStates = ["New", "Acknowledged", "Closed"] as const;
export type AlertPeopleState = (typeof alertStates)[number];

/** Entries of a history that are kept, the latest; whoever repeats a notification for years fills no row. */
export const maxModifications = 200;

/** Milliseconds that alerts are kept after they were last changed: 30 days (reference §2.4). */
export const alertRetentionMs = 30 * 86_400_000;

export interface AlertModification {
  readonly modificationEvent:
    | "AlertCreated"
    | "StateChange"
    | "MonitorConditionChange"
    | "ActionsTriggered"
    | "ActionsSuppressed"
    | "ActionsFailed";
  readonly oldValue: string;
  readonly newValue: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** `System`, or who it was. */
  readonly modifiedBy: string;
  readonly comments: string;
  readonly description: string;
}

/** An alert as people see it, from the day it fired to 30 days after its end. Times in milliseconds since the epoch. */
export interface AlertRecord {
  /** GUID. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  /** `Sev3` */
  readonly severity: string;
  readonly description: string;
  readonly alertState: AlertPeopleState;
  readonly monitorCondition: "Fired" | "Resolved";
  /** With the case of the rule. */
  readonly targetResource: string;
  readonly targetResourceType: string;
  readonly targetResourceGroup: string;
  readonly targetResourceName: string;
  readonly startedAt: number;
  readonly lastModifiedAt: number;
  readonly lastModifiedBy: string;
  readonly resolvedAt?: number;
  /** No action group was called, and none will be. */
  readonly isSuppressed: boolean;
  /** `alertContext` of the latest notification. */
  readonly context: object;
  /** Oldest first. */
  readonly modifications: readonly AlertModification[];
}

const system = "System";

/**
 * The record of an alert after a transition: made when it fires, changed when it resolves. A transition that is told
 * twice changes nothing.
 * @param before undefined: there is none, also because it was removed while the alert was fired
 */
export function recordTransition(
  before: AlertRecord | undefined,
  rule: MetricAlertRule,
  transition: Transition,
): AlertRecord {
  const { essentials, alertContext } = commonAlertPayload({ rule, transition }).data;
  const isResolved = transition.kind === "resolved";
  const created = before ?? createdBy(rule, transition, essentials);
  if (!isResolved || created.monitorCondition === "Resolved") return created;
  return withModification(
    { ...created, monitorCondition: "Resolved", resolvedAt: transition.resolvedAt, context: alertContext },
    {
      ...{ modificationEvent: "MonitorConditionChange", oldValue: "Fired", newValue: "Resolved" },
      ...{ modifiedAt: transition.resolvedAt, modifiedBy: system, comments: "" },
      description: "note" in alertContext ? alertContext.note : "The condition was not met three times in a row.",
    },
  );
}

function createdBy(
  rule: MetricAlertRule,
  transition: Transition,
  essentials: ReturnType<typeof commonAlertPayload>["data"]["essentials"],
): AlertRecord {
  const { alertId: id, firedAt } = transition;
  const { alertContext } = commonAlertPayload({ rule, transition }).data;
  return {
    ...{ id, ruleId: rule.id, ruleName: rule.name, severity: essentials.severity },
    description: essentials.description,
    ...{ alertState: "New", monitorCondition: "Fired", isSuppressed: false },
    targetResource: essentials.alertTargetIDs[0] ?? "",
    targetResourceType: essentials.targetResourceType,
    targetResourceGroup: essentials.targetResourceGroup,
    targetResourceName: essentials.configurationItems[0] ?? "",
    ...{ startedAt: firedAt, lastModifiedAt: firedAt, lastModifiedBy: system, context: alertContext },
    modifications: [
      {
        ...{ modificationEvent: "AlertCreated", oldValue: "", newValue: "New", modifiedAt: firedAt },
        ...{ modifiedBy: system, comments: "", description: `Fired by the rule ${rule.name}.` },
      },
    ],
  };
}

/** Adds an entry to the history; one that says what another of the same moment does is not added again. */
export function withModification(record: AlertRecord, added: AlertModification): AlertRecord {
  const isSame = (each: AlertModification): boolean =>
    each.modificationEvent === added.modificationEvent &&
    each.modifiedAt === added.modifiedAt &&
    each.newValue === added.newValue &&
    each.description === added.description;
  if (record.modifications.some(isSame)) return record;
  return {
    ...record,
    lastModifiedAt: Math.max(record.lastModifiedAt, added.modifiedAt),
    lastModifiedBy: added.modifiedBy,
    modifications: [...record.modifications, added].slice(-maxModifications),
  };
}

/**
 * What people make of an alert.
 * @param by who it is, as histories name them
 * @param now milliseconds since the epoch
 */
export function changePeopleState(
  record: AlertRecord,
  newState: AlertPeopleState,
  by: string,
  comments: string,
  now: number,
): AlertRecord {
  return withModification(
    { ...record, alertState: newState },
    {
      ...{ modificationEvent: "StateChange", oldValue: record.alertState, newValue: newState, modifiedAt: now },
      ...{ modifiedBy: by, comments, description: `The state was changed from ${record.alertState} to ${newState}.` },
    },
  );
}

export interface ActionsTaken {
  readonly transition: Transition;
  /** Names of the receivers that are told, by the id of their group. */
  readonly told: readonly { readonly actionGroupId: string; readonly receivers: readonly string[] }[];
  /** Why others are not, as sentences. */
  readonly notTold: readonly string[];
  /** Why nobody is: the processing rules that suppress it; undefined: it is not suppressed. */
  readonly suppressedBy: readonly string[] | undefined;
}

/** Notes in the history who is told of a transition, and who is not and why. */
export function recordActions(record: AlertRecord, actions: ActionsTaken): AlertRecord {
  const { transition, told, notTold, suppressedBy } = actions;
  const newValue = transition.kind === "fired" ? "Fired" : "Resolved";
  const at = transition.kind === "fired" ? transition.firedAt : transition.resolvedAt;
  const common = { oldValue: "", newValue, modifiedAt: at, modifiedBy: system, comments: "" };
  if (suppressedBy !== undefined) {
    return withModification(
      { ...record, isSuppressed: record.isSuppressed || transition.kind === "fired" },
      { ...common, modificationEvent: "ActionsSuppressed", description: suppressedBy.join(" ") },
    );
  }
  let recorded = record;
  for (const { actionGroupId, receivers } of told) {
    const description = `${newValue}: ${actionGroupId} tells ${receivers.join(", ")}.`;
    recorded = withModification(recorded, { ...common, modificationEvent: "ActionsTriggered", description });
  }
  for (const description of notTold) {
    recorded = withModification(recorded, { ...common, modificationEvent: "ActionsFailed", description });
  }
  return recorded;
}
