import { createHash } from "node:crypto";

import { formatResourceId, fullType, parseResourceId } from "../arm/resource-id.js";
import { seriesKey } from "./alert-series.js";
import { type Transition } from "./alert-state.js";
import { conditionOfAlert, conditionTypeOf, seriesOf } from "./alert-condition.js";
import { type MetricAlertAction, type MetricAlertRule } from "./metric-alert-rule.js";
import { expandTemplate } from "./payload-template.js";

/** What receivers are told, and how they are told it. */
export interface AlertMessage {
  readonly rule: MetricAlertRule;
  readonly transition: Transition;
  /** The rule's action that the receiver's group is named by; undefined: a processing rule added the group. */
  readonly action?: MetricAlertAction;
  /** Where people can look at the alert; without it there is no `investigationLink`. */
  readonly link?: string;
}

/** Body for receivers with `useCommonAlertSchema` (reference §4.1), members in the order of Azure's own. */
export function commonAlertPayload({ rule, transition, action, link }: AlertMessage) {
  const { subscriptionId, resourceGroup } = partsOf(rule.id);
  const target = partsOf(seriesOf(transition).resourceId);
  const { description = "", customProperties } = rule.properties;
  const essentials = {
    alertId: alertResourceId(rule, transition),
    alertRule: rule.name,
    targetResourceType: fullType(target).toLowerCase(),
    alertRuleID: rule.id,
    severity: `Sev${rule.properties.severity}`,
    signalType: "Metric",
    monitorCondition: transition.kind === "fired" ? "Fired" : "Resolved",
    targetResourceGroup: target.resourceGroup.toLowerCase(),
    monitoringService: "Platform",
    alertTargetIDs: [formatResourceId(target).toLowerCase()],
    configurationItems: [target.names.at(-1) ?? ""],
    originAlertId: `${subscriptionId}_${resourceGroup}_microsoft.insights_metricAlerts_${rule.name}_${seriesNumber(transition)}`,
    firedDateTime: longTime(transition.firedAt),
    ...(transition.kind === "resolved" && { resolvedDateTime: longTime(transition.resolvedAt) }),
    description,
    essentialsVersion: "1.0",
    alertContextVersion: "1.0",
    ...(link !== undefined && { investigationLink: link }),
  };
  const alertContext = {
    properties: action?.webHookProperties ?? null,
    conditionType: conditionTypeOf(rule),
    condition: conditionOfAlert(rule, transition, "common"),
    ...noteOf(transition),
  };
  const custom = customProperties ?? action?.webHookProperties ?? {};
  const template = { data: { essentials, alertContext } };
  const expanded = Object.entries(custom).map(([name, value]) => [name, expandTemplate(value, template)] as const);
  return {
    schemaId: "azureMonitorCommonAlertSchema",
    data: { essentials, alertContext, customProperties: expanded.length === 0 ? null : Object.fromEntries(expanded) },
  };
}

/** Body for receivers without `useCommonAlertSchema` (reference §4.2). */
export function classicAlertPayload({ rule, transition, action }: AlertMessage) {
  const target = partsOf(seriesOf(transition).resourceId);
  const targetId = formatResourceId(target);
  return {
    schemaId: "AzureMonitorMetricAlert",
    data: {
      version: "2.0",
      properties: action?.webHookProperties ?? null,
      status: transition.kind === "fired" ? "Activated" : "Deactivated",
      context: {
        timestamp: longTime(transition.kind === "fired" ? transition.firedAt : transition.resolvedAt),
        id: rule.id,
        name: rule.name,
        description: rule.properties.description ?? "",
        conditionType: conditionTypeOf(rule),
        severity: String(rule.properties.severity),
        condition: conditionOfAlert(rule, transition, "classic"),
        subscriptionId: target.subscriptionId,
        resourceGroupName: target.resourceGroup,
        resourceName: target.names.at(-1) ?? "",
        resourceType: fullType(target),
        resourceId: targetId,
        portalLink: `https://portal.azure.com/#resource${targetId}`,
        ...noteOf(transition),
      },
    },
  };
}

/** ARM id of an alert: in the subscription of its rule. */
export function alertResourceId(rule: MetricAlertRule, { alertId }: Pick<Transition, "alertId">): string {
  return `/subscriptions/${partsOf(rule.id).subscriptionId}/providers/Microsoft.AlertsManagement/alerts/${alertId}`;
}

/** Subject of mails, if the rule has one of its own. */
export function mailSubjectOf(message: AlertMessage): string | undefined {
  const { actionProperties = {} } = message.rule.properties;
  const [, subject] = Object.entries(actionProperties).find(([name]) => name.toLowerCase() === "email.subject") ?? [];
  return subject === undefined ? undefined : expandTemplate(subject, commonAlertPayload(message));
}

function partsOf(id: string) {
  const parts = parseResourceId(id);
  if (parts === undefined) throw new Error(`making the payload of an alert: ${id} is no resource id`);
  return parts;
}

/** Milliseconds since the epoch with the seven decimals that Azure writes. */
const longTime = (time: number): string => new Date(time).toISOString().replace("Z", "0000Z");

/** Azure ends the origin's id with a number, which may be negative, and is the same while the series is. */
const seriesNumber = (transition: Transition): number =>
  createHash("sha256")
    .update(seriesKey(seriesOf(transition)))
    .digest()
    .readInt32BE();

const closings = {
  "rule-deleted": "The rule was deleted while the alert was fired.",
  "rule-disabled": "The rule was disabled while the alert was fired.",
  "rule-changed": "What the rule watches was changed while the alert was fired.",
} as const;

/** Members that Azure doesn't have, in the cases that Azure doesn't know. */
function noteOf(transition: Transition): { readonly note?: string } {
  if (transition.kind === "fired") {
    return transition.isLate
      ? { note: "Fired late: the data of this window came after it had been found healthy." }
      : {};
  }
  return transition.because === "healthy" ? {} : { note: closings[transition.because] };
}
