import { armError, type ArmError } from "../arm/arm-error.js";
import { foldId, fullType, parseResourceId, type ResourceId } from "../arm/resource-id.js";
import { parseDuration, parseInstant } from "../metrics/time-grain.js";
import { criteriaTypes, dynamicCriterion, dynamicWindowSizes } from "./metric-alert-schema.js";
import { type MetricAlertDocument, type MetricAlertRule, type MetricCriteria } from "./metric-alert-rule.js";
import { invalidProperty } from "./resource-document.js";
import { parseScope, type RuleScope } from "./rule-scope.js";

/** Characters of the names of resource group and rule together. */
export const maxRuleAndGroupNameLength = 252;
/** Windows longer than this need a frequency of five minutes or more (milliseconds; enforced by Azure, undocumented). */
const longWindowMs = 4 * 3_600_000;
const longWindowFrequencyMs = 5 * 60_000;

type Properties = MetricAlertDocument["properties"];

/** Name of a rule, by the reference's §1.2. */
export function checkRuleName({ resourceGroup, names }: ResourceId): ArmError | undefined {
  const name = names.at(-1) ?? "";
  const wrong = (message: string) => invalidProperty("name", message);
  const forbidden = /[*#&+:<>?@%{}\\/]/.exec(name)?.[0];
  if (name.trim() === "") return wrong("of a metric alert must not be empty.");
  if (forbidden !== undefined) return wrong(`of a metric alert must not contain '${forbidden}'.`);
  if (/[ .]$/.test(name)) return wrong("of a metric alert must not end with a space or a period.");
  const length = resourceGroup.length + name.length;
  if (length <= maxRuleAndGroupNameLength) return undefined;
  return wrong(`and resource group have ${length} characters together; the limit is ${maxRuleAndGroupNameLength}.`);
}

/**
 * What needs several properties at once, by the reference's §1.2 to §1.5. Texts that are known of Azure are Azure's.
 * @param now milliseconds since the epoch
 */
export function checkMetricAlert({ location, properties }: MetricAlertDocument, now: number): ArmError | undefined {
  return (
    checkLocation(location, properties) ??
    checkScopes(properties) ??
    checkWindow(properties) ??
    checkCriteria(properties, now) ??
    checkTarget(properties) ??
    checkActions(properties)
  );
}

/** Regions that keep custom metrics, whose rules may be kept there, too. */
const ruleRegions = ["northeurope", "westeurope", "swedencentral", "germanywestcentral"];

function checkLocation(location: string, { criteria }: Properties): ArmError | undefined {
  const region = location.toLowerCase().replaceAll(" ", "");
  if (region === "global" || criteria["odata.type"] === criteriaTypes.promQl || ruleRegions.includes(region)) {
    return undefined;
  }
  return invalidProperty(
    "location",
    "must be global, or, for custom metrics, northeurope, westeurope, swedencentral or germanywestcentral.",
  );
}

function checkScopes({ scopes, criteria }: Properties): ArmError | undefined {
  const parsed: RuleScope[] = [];
  const seen = new Map<string, number>();
  for (const [index, text] of scopes.entries()) {
    const scope = parseScope(text);
    const path = `properties.scopes[${index}]`;
    if (scope === undefined)
      return invalidProperty(path, "must be the id of a resource, a resource group or a subscription.");
    const twin = seen.get(foldId(text));
    if (twin !== undefined) return invalidProperty(path, `is the same as properties.scopes[${twin}].`);
    seen.set(foldId(text), index);
    const [first] = parsed;
    if (first !== undefined && first.subscriptionId.toLowerCase() !== scope.subscriptionId.toLowerCase()) {
      return invalidProperty(path, "must be in the same subscription as the other scopes.");
    }
    if (first !== undefined && first.kind !== scope.kind) {
      return invalidProperty(
        path,
        "must be of the same kind as the other scopes: resources, resource groups or a subscription.",
      );
    }
    parsed.push(scope);
  }
  const type = criteria["odata.type"];
  const isSingle = parsed.length === 1 && parsed[0]?.kind === "resource";
  if (type === criteriaTypes.single && !isSingle) {
    return armError(
      "BadRequest",
      "Scopes property is invalid. Only single resource is allowed for criteria type SingleResourceMultipleMetricCriteria. If you want to create an alert on multiple resources, use MultipleResourceMultipleMetricCriteria odata.type.",
      "properties.scopes",
    );
  }
  if (type === criteriaTypes.webTest && (parsed.length !== 2 || parsed[0]?.kind !== "resource")) {
    return invalidProperty(
      "properties.scopes",
      "must be two resources for web test criteria: the web test and its component.",
    );
  }
  return undefined;
}

function checkWindow({ criteria, windowSize, evaluationFrequency }: Properties): ArmError | undefined {
  if (criteria["odata.type"] === criteriaTypes.promQl) {
    return windowSize === undefined
      ? undefined
      : invalidProperty("properties.windowSize", "is not allowed for PromQL criteria.");
  }
  if (windowSize === undefined) return invalidProperty("properties.windowSize", "is required.");
  const window = parseDuration(windowSize) ?? 0;
  const frequency = parseDuration(evaluationFrequency) ?? 0;
  if (frequency > window) {
    return invalidProperty(
      "properties.evaluationFrequency",
      `must not be longer than windowSize, which is ${windowSize}.`,
    );
  }
  if (window > longWindowMs && frequency < longWindowFrequencyMs) {
    return armError(
      "BadRequest",
      "Evaluation frequency must be greater than or equal to five minutes since the period is greater than four hours.",
      "properties.evaluationFrequency",
    );
  }
  const isDynamic =
    "allOf" in criteria && criteria.allOf.some((each) => isMetric(each) && each.criterionType === dynamicCriterion);
  if (isDynamic && !dynamicWindowSizes.some((each) => parseDuration(each) === window)) {
    return invalidProperty(
      "properties.windowSize",
      `must be one of ${dynamicWindowSizes.join(", ")} for a dynamic threshold.`,
    );
  }
  return undefined;
}

const isMetric = (criterion: object): criterion is MetricCriteria => "metricName" in criterion;
const pathOfCriterion = (index: number): string => `properties.criteria.allOf[${index}]`;

function checkCriteria({ criteria, scopes, resolveConfiguration }: Properties, now: number): ArmError | undefined {
  const type = criteria["odata.type"];
  if (type !== criteriaTypes.promQl && resolveConfiguration !== undefined) {
    return invalidProperty(
      "properties.resolveConfiguration",
      "is for PromQL criteria only; other rules use autoMitigate.",
    );
  }
  if (!("allOf" in criteria)) return undefined;
  const names = criteria.allOf.map(({ name }) => name);
  const repeated = names.findIndex((name, index) => names.indexOf(name) < index);
  if (repeated >= 0)
    return invalidProperty(
      `${pathOfCriterion(repeated)}.name`,
      `'${names[repeated] ?? ""}' is the name of another criterion of this rule.`,
    );
  if (criteria["odata.type"] === criteriaTypes.promQl) return undefined;
  const all = criteria.allOf.filter(isMetric);
  for (const [index, each] of all.entries()) {
    const error =
      checkDynamic(each, pathOfCriterion(index), type === criteriaTypes.single, now) ??
      checkDimensions(each, pathOfCriterion(index));
    if (error !== undefined) return error;
  }
  return all.length > 1 ? checkSeveral(all, scopes) : undefined;
}

function checkDynamic(criterion: MetricCriteria, path: string, isSingle: boolean, now: number): ArmError | undefined {
  if (criterion.criterionType !== dynamicCriterion) return undefined;
  // arm-monitor 8 leaves these out when the criteria's type is the single-resource one
  const { alertSensitivity, failingPeriods } = criterion as Partial<typeof criterion>;
  const missing =
    alertSensitivity === undefined ? "alertSensitivity" : failingPeriods === undefined ? "failingPeriods" : undefined;
  if (isSingle) {
    return invalidProperty(
      `${path}.criterionType`,
      "can't be DynamicThresholdCriterion in SingleResourceMultipleMetricCriteria. Use MultipleResourceMultipleMetricCriteria odata.type, for one resource as well.",
    );
  }
  if (missing !== undefined || failingPeriods === undefined)
    return invalidProperty(`${path}.${missing ?? "failingPeriods"}`, "is required for a dynamic threshold.");
  const { numberOfEvaluationPeriods, minFailingPeriodsToAlert } = failingPeriods;
  if (minFailingPeriodsToAlert > numberOfEvaluationPeriods) {
    return invalidProperty(
      `${path}.failingPeriods.minFailingPeriodsToAlert`,
      `must not be more than numberOfEvaluationPeriods, which is ${numberOfEvaluationPeriods}.`,
    );
  }
  const ignored = criterion.ignoreDataBefore;
  return ignored !== undefined && (parseInstant(ignored) ?? 0) > now
    ? invalidProperty(`${path}.ignoreDataBefore`, "must not be in the future.")
    : undefined;
}

function checkDimensions({ dimensions = [] }: MetricCriteria, path: string): ArmError | undefined {
  const names = dimensions.map(({ name }) => name.toLowerCase());
  for (const [index, { name, operator, values }] of dimensions.entries()) {
    const here = `${path}.dimensions[${index}]`;
    if (names.indexOf(name.toLowerCase()) < index) return invalidProperty(`${here}.name`, `'${name}' is given twice.`);
    if (operator === "Exclude" && values.includes("*")) {
      return invalidProperty(`${here}.values`, "must not contain '*' with Exclude, which would leave nothing.");
    }
  }
  return undefined;
}

/** Several conditions are for one resource, static, and about one series each (reference §1.4). */
function checkSeveral(all: readonly MetricCriteria[], scopes: readonly string[]): ArmError | undefined {
  if (scopes.length > 1 || parseScope(scopes[0] ?? "")?.kind !== "resource") {
    return invalidProperty(
      "properties.criteria.allOf",
      "must have one criterion when there is more than one resource.",
    );
  }
  const dynamic = all.findIndex(({ criterionType }) => criterionType === dynamicCriterion);
  if (dynamic >= 0)
    return invalidProperty(pathOfCriterion(dynamic), "is dynamic, which can't be combined with other criteria.");
  const chosen = new Map<string, string>();
  for (const [index, { dimensions = [] }] of all.entries()) {
    for (const [at, { name, operator, values }] of dimensions.entries()) {
      const path = `${pathOfCriterion(index)}.dimensions[${at}]`;
      const [value = ""] = values;
      if (operator !== "Include")
        return invalidProperty(`${path}.operator`, "must be Include when there are several criteria.");
      if (values.length > 1 || value === "*") {
        return invalidProperty(`${path}.values`, "must be one value, and not '*', when there are several criteria.");
      }
      const other = chosen.get(name.toLowerCase());
      if (other !== undefined && other !== value) {
        return invalidProperty(
          `${path}.values`,
          `must be '${other}', which another criterion has for the same dimension.`,
        );
      }
      chosen.set(name.toLowerCase(), value);
    }
  }
  return undefined;
}

function checkTarget({ scopes, criteria, targetResourceType, targetResourceRegion }: Properties): ArmError | undefined {
  const isMetric = criteria["odata.type"] === criteriaTypes.single || criteria["odata.type"] === criteriaTypes.multiple;
  if (!isMetric) return undefined;
  const parsed = scopes.map(parseScope);
  const isOne = parsed.length === 1 && parsed[0]?.kind === "resource";
  if (!isOne && !/^[^/\s]+\.[^/\s]+(?:\/[^/\s]+)+$/.test(targetResourceType ?? "")) {
    return armError(
      "BadRequest",
      "targetResourceType property is missing or invalid.",
      "properties.targetResourceType",
    );
  }
  if (!isOne && targetResourceRegion === undefined) {
    return armError(
      "BadRequest",
      "targetResourceRegion property is missing or invalid.",
      "properties.targetResourceRegion",
    );
  }
  const other = parsed.findIndex(
    (scope) =>
      scope?.kind === "resource" &&
      targetResourceType !== undefined &&
      fullType(scope.resource).toLowerCase() !== targetResourceType.toLowerCase(),
  );
  return other < 0
    ? undefined
    : invalidProperty(
        `properties.scopes[${other}]`,
        `must be of targetResourceType, which is ${targetResourceType ?? ""}.`,
      );
}

function checkActions({ actions }: Properties): ArmError | undefined {
  for (const [index, { actionGroupId }] of actions.entries()) {
    const path = `properties.actions[${index}].actionGroupId`;
    const id = parseResourceId(actionGroupId);
    if (id === undefined || fullType(id).toLowerCase() !== "microsoft.insights/actiongroups") {
      return invalidProperty(path, "must be the id of an action group.");
    }
    const twin = actions.findIndex((each) => foldId(each.actionGroupId) === foldId(actionGroupId));
    if (twin < index) return invalidProperty(path, `is the same as properties.actions[${twin}].actionGroupId.`);
  }
  return undefined;
}

/** What a PUT can't change: the kind of criteria and the location (reference §1.3, §7.1). */
export function checkReplacement(
  document: MetricAlertDocument,
  existing: MetricAlertRule | undefined,
): ArmError | undefined {
  if (existing === undefined) return undefined;
  const [from, to] = [existing.properties.criteria, document.properties.criteria].map(describeCriteria);
  if (from !== to) {
    return armError(
      "BadRequest",
      `Alert update failed. Updating from ${from ?? ""} to ${to ?? ""} is not supported. Delete the rule and create it again.`,
      "properties.criteria['odata.type']",
    );
  }
  const region = (location: string): string => location.toLowerCase().replaceAll(" ", "");
  if (region(existing.location) === region(document.location)) return undefined;
  return armError(
    "InvalidResourceLocation",
    `The resource '${existing.name}' already exists in location '${existing.location}'. A resource with the same name cannot be created in location '${document.location}'.`,
    "location",
  );
}

function describeCriteria(criteria: Properties["criteria"]): string {
  const type = criteria["odata.type"].slice("Microsoft.Azure.Monitor.".length);
  if (criteria["odata.type"] !== criteriaTypes.single && criteria["odata.type"] !== criteriaTypes.multiple)
    return `odata.type ${type}`;
  const isDynamic = criteria.allOf.some((each) => isMetric(each) && each.criterionType === dynamicCriterion);
  return `${isDynamic ? "DynamicThreshold" : "StaticThreshold"}Criteria and odata.type ${type}`;
}
