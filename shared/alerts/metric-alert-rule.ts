import { type ArmError } from "../arm/arm-error.js";
import { formatResourceId, type ResourceId } from "../arm/resource-id.js";
import { checkMetricAlert, checkReplacement, checkRuleName } from "./metric-alert-checks.js";
import { metricAlertSchema } from "./metric-alert-schema.js";
import {
  checkPutBody,
  isMembers,
  mergeMembers,
  noProperties,
  patchedProperties,
  type Members,
} from "./resource-body.js";
import { documentReader } from "./resource-document.js";
import { typeOfSingleScope } from "./rule-scope.js";
import { type Sensitivity } from "./threshold.js";

/**
 * A metric alert, as it is stored and as it is answered in every api-version. Properties that no version knows are kept
 * beside those named here.
 */
export interface MetricAlertRule {
  /** With the case of its creation; compares without. */
  readonly id: string;
  readonly name: string;
  readonly type: typeof metricAlertType;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: object;
  readonly properties: MetricAlertProperties;
}

export interface MetricAlertProperties {
  readonly description?: string;
  /** 0 critical to 4 verbose. */
  readonly severity: number;
  readonly enabled: boolean;
  readonly scopes: readonly string[];
  /** ISO 8601, in upper case. */
  readonly evaluationFrequency: string;
  /** ISO 8601, in upper case; PromQL rules have none. */
  readonly windowSize?: string;
  readonly targetResourceType?: string;
  readonly targetResourceRegion?: string;
  readonly criteria: MetricAlertCriteria;
  readonly autoMitigate: boolean;
  readonly actions: readonly MetricAlertAction[];
  readonly resolveConfiguration?: { readonly autoResolved: boolean; readonly timeToResolve?: string };
  readonly customProperties?: Readonly<Record<string, string>>;
  readonly actionProperties?: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly lastUpdatedTime: string;
  readonly isMigrated: false;
}

export interface MetricAlertAction {
  readonly actionGroupId: string;
  readonly webHookProperties?: Readonly<Record<string, string>>;
}

export type MetricAlertCriteria =
  | {
      readonly "odata.type":
        | "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
        | "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
      readonly allOf: readonly MetricCriteria[];
    }
  | {
      readonly "odata.type": "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria";
      readonly webTestId: string;
      readonly componentId: string;
      readonly failedLocationCount: number;
    }
  | {
      readonly "odata.type": "Microsoft.Azure.Monitor.PromQLCriteria";
      readonly allOf: readonly { readonly name: string; readonly query: string }[];
    };

interface CommonCriteria {
  readonly name: string;
  readonly metricName: string;
  readonly metricNamespace?: string;
  readonly timeAggregation: "Average" | "Count" | "Minimum" | "Maximum" | "Total";
  readonly dimensions?: readonly MetricDimension[];
  readonly skipMetricValidation?: boolean;
}

export interface StaticCriteria extends CommonCriteria {
  readonly criterionType: "StaticThresholdCriterion";
  readonly operator: "Equals" | "GreaterThan" | "GreaterThanOrEqual" | "LessThan" | "LessThanOrEqual";
  readonly threshold: number;
}

export interface DynamicCriteria extends CommonCriteria {
  readonly criterionType: "DynamicThresholdCriterion";
  readonly operator: "GreaterThan" | "LessThan" | "GreaterOrLessThan";
  readonly alertSensitivity: Sensitivity;
  readonly failingPeriods: { readonly numberOfEvaluationPeriods: number; readonly minFailingPeriodsToAlert: number };
  readonly ignoreDataBefore?: string;
}

export type MetricCriteria = StaticCriteria | DynamicCriteria;

export interface MetricDimension {
  readonly name: string;
  readonly operator: "Include" | "Exclude" | "StartsWith";
  readonly values: readonly string[];
}

/** What a client puts: a rule without what the service fills in. */
export type MetricAlertDocument = Pick<MetricAlertRule, "location" | "tags" | "identity"> & {
  readonly properties: Omit<MetricAlertProperties, "lastUpdatedTime" | "isMigrated">;
};

export const metricAlertType = "Microsoft.Insights/metricAlerts";

export type RuleOutcome = { readonly kind: "rule"; readonly rule: MetricAlertRule } | ArmError;

const read = documentReader<MetricAlertDocument>(metricAlertSchema);

/**
 * Reads the body of a PUT, which replaces a rule as a whole.
 * @param id of the rule, from the path
 * @param existing the rule that it replaces; its id stays
 * @param now milliseconds since the epoch
 * @returns the rule as it is to be stored and answered; 400 (409 for another location) with the property as its target
 */
export function putMetricAlert(
  id: ResourceId,
  body: unknown,
  existing: MetricAlertRule | undefined,
  now: number,
): RuleOutcome {
  const wrongName = checkRuleName(id);
  if (wrongName !== undefined) return wrongName;
  const wrongBody = checkPutBody(body);
  if (wrongBody !== undefined) return wrongBody;
  const outcome = read(body);
  if (outcome.kind === "arm-error") return outcome;
  const { document } = outcome;
  const error = checkMetricAlert(document, now) ?? checkReplacement(document, existing);
  if (error !== undefined) return error;
  const { properties, ...top } = document;
  const name = id.names.at(-1) ?? "";
  return {
    kind: "rule",
    rule: {
      ...top,
      id: existing?.id ?? formatResourceId(id),
      name: existing?.name ?? name,
      type: metricAlertType,
      properties: {
        ...withTarget(properties),
        lastUpdatedTime: new Date(now).toISOString(),
        isMigrated: false,
      },
    },
  };
}

/**
 * Reads the body of a PATCH: `tags`, `identity` and each member of `properties` replace what was there as a whole, `null`
 * sets them back to their default (reference §1.1); what comes out is checked as a PUT is.
 */
export function patchMetricAlert(id: ResourceId, body: unknown, existing: MetricAlertRule, now: number): RuleOutcome {
  if (!isMembers(body)) return noProperties;
  const patch = patchedProperties(body);
  if (patch.kind === "arm-error") return patch;
  const merged = mergeMembers(existing, body, ["properties"]);
  return putMetricAlert(
    id,
    { ...merged, properties: mergeMembers(ownProperties(existing), patch.members) },
    existing,
    now,
  );
}

/** What the service filled in goes with the scopes that it was filled in for. */
function ownProperties({ properties }: MetricAlertRule): Members {
  const { targetResourceType, ...others } = properties;
  return targetResourceType === typeOfSingleScope(properties.scopes) ? others : { ...properties };
}

/** A single resource's type is filled in by the service. */
function withTarget(properties: MetricAlertDocument["properties"]): MetricAlertDocument["properties"] {
  const type = properties.targetResourceType ?? typeOfSingleScope(properties.scopes);
  return { ...properties, ...(type !== undefined && { targetResourceType: type }) };
}
