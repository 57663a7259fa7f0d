import { aggregations } from "../metrics/metric-cell.js";
import { resourceMembers, texts, type DocumentSchema } from "./resource-document.js";
import { sensitivities } from "./threshold.js";

/** api-versions of metric alerts, oldest first; one model answers all of them. */
export const metricAlertApiVersions = ["2018-03-01", "2024-03-01-preview", "2026-01-01", "2026-06-01"] as const;

/** Characters (Azure's service limits). */
export const maxDescriptionLength = 2_048;
export const maxActionsPerRule = 5;
export const maxCriteriaPerRule = 5;
/** Dimensions of a criterion: a metric has no more. */
export const maxDimensionsPerCriterion = 10;
/** Values of one dimension of a criterion. Ours: Azure names no limit of its own. */
export const maxDimensionValues = 1_000;
/** Scopes of a rule. Ours: as many as a rule may have series. */
export const maxScopesPerRule = 5_000;
/** Periods that a dynamic criterion looks back at most. */
export const maxEvaluationPeriods = 6;
/** Characters of a name or value inside a rule. Ours. */
const maxTextLength = 1_024;

export const evaluationFrequencies = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"] as const;
export const windowSizes = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D", "PT24H"] as const;
export const dynamicWindowSizes = ["PT5M", "PT15M", "PT30M", "PT1H"] as const;
export const dimensionOperators = ["Include", "Exclude", "StartsWith"] as const;
export const staticOperators = ["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"] as const;
export const dynamicOperators = ["GreaterThan", "LessThan", "GreaterOrLessThan"] as const;

const odata = "Microsoft.Azure.Monitor.";
export const criteriaTypes = {
  single: `${odata}SingleResourceMultipleMetricCriteria`,
  multiple: `${odata}MultipleResourceMultipleMetricCriteria`,
  webTest: `${odata}WebtestLocationAvailabilityCriteria`,
  promQl: `${odata}PromQLCriteria`,
} as const;
export const staticCriterion = "StaticThresholdCriterion";
export const dynamicCriterion = "DynamicThresholdCriterion";

const text = { type: "string", minLength: 1, maxLength: maxTextLength };
const instant = { type: "string", instant: true, emptyIsAbsent: true };

const metricCriterion = {
  name: text,
  metricName: text,
  metricNamespace: { type: "string", maxLength: maxTextLength, emptyIsAbsent: true },
  timeAggregation: { type: "string", enum: aggregations },
  dimensions: {
    type: "array",
    maxItems: maxDimensionsPerCriterion,
    items: {
      type: "object",
      required: ["name", "operator", "values"],
      properties: {
        name: text,
        operator: { type: "string", enum: dimensionOperators },
        values: {
          type: "array",
          minItems: 1,
          maxItems: maxDimensionValues,
          items: { type: "string", maxLength: maxTextLength },
        },
      },
    },
  },
  skipMetricValidation: { type: "boolean" },
};

const metricCriteria: DocumentSchema = {
  type: "object",
  required: ["criterionType"],
  discriminator: { propertyName: "criterionType" },
  // rules of old tools have no type
  tagDefault: staticCriterion,
  oneOf: [
    {
      required: ["name", "metricName", "timeAggregation", "operator", "threshold"],
      properties: {
        criterionType: { const: staticCriterion },
        ...metricCriterion,
        operator: { type: "string", enum: staticOperators },
        threshold: { type: "number" },
      },
    },
    {
      // what makes it dynamic is checked apart: a client that leaves it out needs to be told why
      required: ["name", "metricName", "timeAggregation", "operator"],
      properties: {
        criterionType: { const: dynamicCriterion },
        ...metricCriterion,
        operator: { type: "string", enum: dynamicOperators },
        alertSensitivity: { type: "string", enum: sensitivities },
        failingPeriods: {
          type: "object",
          required: ["numberOfEvaluationPeriods", "minFailingPeriodsToAlert"],
          properties: {
            numberOfEvaluationPeriods: { type: "integer", minimum: 1, maximum: maxEvaluationPeriods },
            minFailingPeriodsToAlert: { type: "integer", minimum: 1, maximum: maxEvaluationPeriods },
          },
        },
        ignoreDataBefore: instant,
      },
    },
  ],
};

const promQlCriterion = {
  type: "object",
  required: ["name", "query"],
  properties: {
    criterionType: { type: "string", enum: [staticCriterion, dynamicCriterion] },
    name: text,
    query: { type: "string", minLength: 1 },
    operator: { type: "string", enum: dynamicOperators },
    alertSensitivity: { type: "string", enum: sensitivities },
    ignoreDataBefore: instant,
  },
};

const allOf = (items: DocumentSchema) => ({ type: "array", minItems: 1, maxItems: maxCriteriaPerRule, items });

const criteria: DocumentSchema = {
  type: "object",
  required: ["odata.type"],
  discriminator: { propertyName: "odata.type" },
  oneOf: [
    {
      required: ["allOf"],
      properties: { "odata.type": { const: criteriaTypes.single }, allOf: allOf(metricCriteria) },
    },
    {
      required: ["allOf"],
      properties: { "odata.type": { const: criteriaTypes.multiple }, allOf: allOf(metricCriteria) },
    },
    {
      required: ["webTestId", "componentId", "failedLocationCount"],
      properties: {
        "odata.type": { const: criteriaTypes.webTest },
        webTestId: text,
        componentId: text,
        failedLocationCount: { type: "number", minimum: 0 },
      },
    },
    {
      required: ["allOf"],
      properties: {
        "odata.type": { const: criteriaTypes.promQl },
        allOf: allOf(promQlCriterion),
        failingPeriods: {
          type: "object",
          required: ["for"],
          properties: { for: { type: "string", durations: "any" } },
        },
      },
    },
  ],
};

/** A metric alert as it is put, by the reference (§1.2 and §1.3). What needs several properties at once is checked apart. */
export const metricAlertSchema: DocumentSchema = {
  type: "object",
  required: ["location", "properties"],
  properties: {
    ...resourceMembers,
    location: { type: "string", minLength: 1, emptyIsAbsent: true },
    tags: texts,
    identity: { type: "object" },
    properties: {
      type: "object",
      required: ["severity", "enabled", "scopes", "evaluationFrequency", "criteria"],
      properties: {
        description: { type: "string", maxLength: maxDescriptionLength },
        severity: { type: "integer", minimum: 0, maximum: 4 },
        enabled: { type: "boolean" },
        scopes: { type: "array", minItems: 1, maxItems: maxScopesPerRule, items: { type: "string", minLength: 1 } },
        evaluationFrequency: { type: "string", durations: evaluationFrequencies },
        windowSize: { type: "string", durations: windowSizes },
        targetResourceType: { type: "string", emptyIsAbsent: true },
        targetResourceRegion: { type: "string", emptyIsAbsent: true },
        criteria,
        autoMitigate: { type: "boolean", default: true },
        actions: {
          type: "array",
          maxItems: maxActionsPerRule,
          default: [],
          items: {
            type: "object",
            required: ["actionGroupId"],
            properties: { actionGroupId: text, webHookProperties: texts },
          },
        },
        resolveConfiguration: {
          type: "object",
          required: ["autoResolved"],
          properties: { autoResolved: { type: "boolean" }, timeToResolve: { type: "string", durations: "any" } },
        },
        customProperties: texts,
        actionProperties: texts,
        lastUpdatedTime: { readOnly: true },
        isMigrated: { readOnly: true },
      },
    },
  },
};
