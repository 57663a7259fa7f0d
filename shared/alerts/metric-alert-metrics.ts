import { armError, type ArmError } from "../arm/arm-error.js";
import { findDefinition, type MetricDefinition } from "../metrics/metric-definition.js";
import { formatMinutes, grainMinutes } from "../metrics/time-grain.js";
import { type MetricAlertRule, type MetricCriteria } from "./metric-alert-rule.js";
import { invalidProperty } from "./resource-document.js";
import { conditionsOf } from "./rule-conditions.js";

/**
 * Checks a rule against what is known of its metrics, with Azure's texts where they are known (reference §1.5). Metrics of
 * a namespace that nobody knows, and those with `skipMetricValidation`, are not checked.
 * @param definitionsIn metrics of a namespace of the rule's target; undefined: unknown, such as a custom one
 */
export function checkRuleMetrics(
  rule: MetricAlertRule,
  definitionsIn: (namespace: string) => readonly MetricDefinition[] | undefined,
): ArmError | undefined {
  const conditions = conditionsOf(rule);
  const { criteria } = rule.properties;
  if (conditions.kind === "not-evaluated" || !("allOf" in criteria)) return undefined;
  const all = criteria.allOf.map((each, index) => {
    const namespace = conditions.criteria[index]?.namespace ?? "";
    return { criteria: each as MetricCriteria, namespace, definitions: definitionsIn(namespace) };
  });
  const named = new Set(all.flatMap((each) => dimensionNames(each.criteria)));
  for (const [index, { criteria: each, definitions }] of all.entries()) {
    if (definitions === undefined || each.skipMetricValidation === true) continue;
    const path = `properties.criteria.allOf[${index}]`;
    const definition = findDefinition(definitions, each.metricName);
    if (definition === undefined) {
      const known = definitions.map(({ name }) => name).join(", ");
      const message = `Couldn't find a metric named ${each.metricName}. Make sure the name is correct. Known metrics: ${known}.`;
      return armError("BadRequest", message, `${path}.metricName`);
    }
    const error =
      checkDefinition(definition, each, conditions.windowMinutes, path) ??
      (all.length > 1 ? checkShared(definition, each, named, path) : undefined);
    if (error !== undefined) return error;
  }
  return undefined;
}

const dimensionNames = ({ dimensions = [] }: MetricCriteria): readonly string[] =>
  dimensions.map(({ name }) => name.toLowerCase());

function checkDefinition(
  { name, aggregations, grains, dimensions }: MetricDefinition,
  criteria: MetricCriteria,
  windowMinutes: number,
  path: string,
): ArmError | undefined {
  if (!aggregations.includes(criteria.timeAggregation)) {
    return armError(
      "BadRequest",
      `Time aggregation must be one of [${aggregations.join(", ")}]`,
      `${path}.timeAggregation`,
    );
  }
  const known = dimensions.map((each) => each.toLowerCase());
  const unknown = dimensionNames(criteria).findIndex((each) => !known.includes(each));
  if (unknown >= 0) {
    return invalidProperty(
      `${path}.dimensions[${unknown}].name`,
      `must be one of ${dimensions.join(", ")}, which ${name} has.`,
    );
  }
  const [finest] = grains;
  if (finest === undefined || grainMinutes[finest] <= windowMinutes) return undefined;
  return invalidProperty(
    "properties.windowSize",
    `is ${formatMinutes(windowMinutes)}; ${name} is measured every ${finest}, so the window must be as long.`,
  );
}

/** A dimension that one of several conditions names is named by all whose metric has it (reference §1.4). */
function checkShared(
  { dimensions }: MetricDefinition,
  criteria: MetricCriteria,
  named: ReadonlySet<string>,
  path: string,
): ArmError | undefined {
  const own = dimensionNames(criteria);
  const missing = dimensions.find((each) => named.has(each.toLowerCase()) && !own.includes(each.toLowerCase()));
  return missing === undefined
    ? undefined
    : invalidProperty(`${path}.dimensions`, `must name ${missing}, as another criterion of this rule does.`);
}
