import { foldId } from "../arm/resource-id.js";
import { type commonAlertPayload } from "./alert-payload.js";
import { type AlertProcessingRule, type ProcessingCondition } from "./alert-processing-rule.js";
import { decideSchedule } from "./processing-schedule.js";
import { isWithin } from "./rule-scope.js";

/** What a processing rule can look at: members of the common alert schema. */
export interface ProcessedAlert {
  /** `Sev3` */
  readonly severity: string;
  /** `Platform` */
  readonly monitorService: string;
  readonly monitorCondition: "Fired" | "Resolved";
  /** `Metric` */
  readonly signalType: string;
  readonly targetResource: string;
  readonly targetResourceType: string;
  readonly targetResourceGroup: string;
  readonly alertRuleId: string;
  readonly alertRuleName: string;
  readonly description: string;
  /** JSON. */
  readonly alertContext: string;
}

export interface ProcessingDecision {
  /** No action group is called, and none will be when the suppression ends (reference §5.2). */
  readonly isSuppressed: boolean;
  /** Groups to be called besides the rule's own, each once; none of a suppressed alert. */
  readonly addedActionGroups: readonly string[];
  /** What each rule did, and why, as a sentence. */
  readonly rules: readonly { readonly ruleId: string; readonly applies: boolean; readonly reason: string }[];
}

/** An alert as processing rules see it, out of its payload in the common alert schema. */
export function processedAlertOf({ data }: ReturnType<typeof commonAlertPayload>): ProcessedAlert {
  const { essentials, alertContext } = data;
  return {
    severity: essentials.severity,
    monitorService: essentials.monitoringService,
    monitorCondition: essentials.monitorCondition === "Fired" ? "Fired" : "Resolved",
    signalType: essentials.signalType,
    targetResource: essentials.alertTargetIDs[0] ?? "",
    targetResourceType: essentials.targetResourceType,
    targetResourceGroup: essentials.targetResourceGroup,
    alertRuleId: essentials.alertRuleID,
    alertRuleName: essentials.alertRule,
    description: essentials.description,
    alertContext: JSON.stringify(alertContext),
  };
}

/**
 * Decides what alert processing rules make of an alert that fires or resolves. Suppression beats added groups.
 * @param at milliseconds since the epoch
 */
export function decideProcessing(
  rules: readonly AlertProcessingRule[],
  alert: ProcessedAlert,
  at: number,
): ProcessingDecision {
  const decided = rules.map((rule) => ({ rule, ...decideRule(rule, alert, at) }));
  const actions = decided.filter(({ applies }) => applies).flatMap(({ rule }) => rule.properties.actions);
  const isSuppressed = actions.some(({ actionType }) => actionType === "RemoveAllActionGroups");
  const added = new Map<string, string>();
  for (const action of isSuppressed ? [] : actions) {
    if (action.actionType !== "AddActionGroups") continue;
    for (const id of action.actionGroupIds) if (!added.has(foldId(id))) added.set(foldId(id), id);
  }
  return {
    isSuppressed,
    addedActionGroups: [...added.values()],
    rules: decided.map(({ rule, applies, reason }) => ({ ruleId: rule.id, applies, reason })),
  };
}

function decideRule({ name, properties }: AlertProcessingRule, alert: ProcessedAlert, at: number) {
  const not = (reason: string) => ({ applies: false, reason: `Rule ${name} does not apply: ${reason}.` });
  if (!properties.enabled) return not("it is disabled");
  if (!properties.scopes.some((scope) => isWithin(scope, alert.targetResource)))
    return not(`${alert.targetResource} is in none of its scopes`);
  const broken = (properties.conditions ?? []).find((condition) => !holds(condition, alert));
  if (broken !== undefined)
    return not(`${broken.field} is not as its condition says (${broken.operator} ${broken.values.join(" or ")})`);
  const { active, reason } = decideSchedule(properties.schedule, at);
  return active ? { applies: true, reason: `Rule ${name} applies: ${reason}.` } : not(reason);
}

/** One value is enough for what must be; none may be there for what must not. */
function holds({ field, operator, values }: ProcessingCondition, alert: ProcessedAlert): boolean {
  const found = valueOf(field, alert).toLowerCase();
  const wanted = values.map((each) => (field === "TargetResourceGroup" ? nameOfGroup(each) : each).toLowerCase());
  switch (operator) {
    case "Equals":
      return wanted.includes(found);
    case "NotEquals":
      return !wanted.includes(found);
    case "Contains":
      return wanted.some((each) => found.includes(each));
    case "DoesNotContain":
      return !wanted.some((each) => found.includes(each));
    default:
      throw new Error(`no operator ${JSON.stringify(operator satisfies never)}`);
  }
}

/** Conditions have the name of a resource group, or its id. */
const nameOfGroup = (value: string): string => value.split("/").at(-1) ?? "";

function valueOf(field: ProcessingCondition["field"], alert: ProcessedAlert): string {
  switch (field) {
    case "Severity":
      return alert.severity;
    case "MonitorService":
      return alert.monitorService;
    case "MonitorCondition":
      return alert.monitorCondition;
    case "SignalType":
      return alert.signalType;
    case "TargetResourceType":
      return alert.targetResourceType;
    case "TargetResource":
      return alert.targetResource;
    case "TargetResourceGroup":
      return alert.targetResourceGroup;
    case "AlertRuleId":
      return alert.alertRuleId;
    case "AlertRuleName":
      return alert.alertRuleName;
    case "Description":
      return alert.description;
    case "AlertContext":
      return alert.alertContext;
    default:
      throw new Error(`no field ${JSON.stringify(field satisfies never)}`);
  }
}
