import { type ArmError } from "../arm/arm-error.js";
import { formatResourceId, fullType, parseResourceId, type ResourceId } from "../arm/resource-id.js";
import { weekdays, type ProcessingSchedule } from "./processing-schedule.js";
import { checkPutBody, isMembers, memberOf, noProperties, patchedProperties } from "./resource-body.js";
import { documentReader, invalidProperty, resourceMembers, texts, type DocumentSchema } from "./resource-document.js";
import { parseScope } from "./rule-scope.js";
import { findTimeZone } from "./time-zone.js";

/** Azure's type of an alert processing rule has kept its old name. */
export const processingRuleType = "Microsoft.AlertsManagement/actionRules";
export const processingRuleApiVersions = ["2021-08-08"] as const;
/** Values of one condition (reference §5.2). */
export const maxConditionValues = 5;
/** Ours. */
const maxRecurrences = 20;
const maxScopes = 1_000;
const maxAddedGroups = 100;
const maxTextLength = 2_048;

export const processingFields = [
  "Severity",
  "MonitorService",
  "MonitorCondition",
  "SignalType",
  "TargetResourceType",
  "TargetResource",
  "TargetResourceGroup",
  "AlertRuleId",
  "AlertRuleName",
  "Description",
  "AlertContext",
] as const;
export const processingOperators = ["Equals", "NotEquals", "Contains", "DoesNotContain"] as const;

export interface ProcessingCondition {
  readonly field: (typeof processingFields)[number];
  readonly operator: (typeof processingOperators)[number];
  readonly values: readonly string[];
}

export type ProcessingAction =
  | { readonly actionType: "RemoveAllActionGroups" }
  | { readonly actionType: "AddActionGroups"; readonly actionGroupIds: readonly string[] };

/** An alert processing rule, as it is stored and answered. */
export interface AlertProcessingRule {
  readonly id: string;
  readonly name: string;
  readonly type: typeof processingRuleType;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: {
    readonly scopes: readonly string[];
    /** All of them hold. */
    readonly conditions?: readonly ProcessingCondition[];
    readonly schedule?: ProcessingSchedule;
    readonly actions: readonly ProcessingAction[];
    readonly description?: string;
    readonly enabled: boolean;
  };
}

export type ProcessingRuleOutcome = { readonly kind: "rule"; readonly rule: AlertProcessingRule } | ArmError;

const text = { type: "string", minLength: 1, maxLength: maxTextLength };
const localTime = { type: "string", emptyIsAbsent: true, pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$" };
const timeOfDay = { type: "string", emptyIsAbsent: true, pattern: "^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$" };
const hours = { startTime: timeOfDay, endTime: timeOfDay };
const list = (items: DocumentSchema, maxItems: number, minItems = 1) => ({ type: "array", minItems, maxItems, items });

const schema: DocumentSchema = {
  type: "object",
  required: ["location", "properties"],
  properties: {
    ...resourceMembers,
    location: { type: "string", enum: ["Global"] },
    tags: texts,
    properties: {
      type: "object",
      required: ["scopes", "actions"],
      properties: {
        scopes: list(text, maxScopes),
        conditions: list(
          {
            type: "object",
            required: ["field", "operator", "values"],
            properties: {
              field: { type: "string", enum: processingFields },
              operator: { type: "string", enum: processingOperators },
              values: list(text, maxConditionValues),
            },
          },
          processingFields.length,
          0,
        ),
        schedule: {
          type: "object",
          properties: {
            effectiveFrom: localTime,
            effectiveUntil: localTime,
            timeZone: { type: "string", emptyIsAbsent: true, maxLength: 64 },
            recurrences: list(
              {
                type: "object",
                required: ["recurrenceType"],
                discriminator: { propertyName: "recurrenceType" },
                oneOf: [
                  { properties: { recurrenceType: { const: "Daily" }, ...hours } },
                  {
                    required: ["daysOfWeek"],
                    properties: {
                      recurrenceType: { const: "Weekly" },
                      ...hours,
                      daysOfWeek: list({ type: "string", enum: weekdays }, weekdays.length),
                    },
                  },
                  {
                    required: ["daysOfMonth"],
                    properties: {
                      recurrenceType: { const: "Monthly" },
                      ...hours,
                      daysOfMonth: list({ type: "integer", minimum: 1, maximum: 31 }, 31),
                    },
                  },
                ],
              },
              maxRecurrences,
              0,
            ),
          },
        },
        actions: list(
          {
            type: "object",
            required: ["actionType"],
            discriminator: { propertyName: "actionType" },
            oneOf: [
              { properties: { actionType: { const: "RemoveAllActionGroups" } } },
              {
                required: ["actionGroupIds"],
                properties: { actionType: { const: "AddActionGroups" }, actionGroupIds: list(text, maxAddedGroups) },
              },
            ],
          },
          1,
        ),
        description: { type: "string", maxLength: maxTextLength },
        enabled: { type: "boolean", default: true },
      },
    },
  },
};

type Document = Pick<AlertProcessingRule, "location" | "tags" | "properties">;
const read = documentReader<Document>(schema);

/** Reads the body of a PUT. Errors name the property, as those of metric alerts do. */
export function putProcessingRule(
  id: ResourceId,
  body: unknown,
  existing: AlertProcessingRule | undefined,
): ProcessingRuleOutcome {
  const wrongBody = checkPutBody(body);
  if (wrongBody !== undefined) return wrongBody;
  const outcome = read(body);
  if (outcome.kind === "arm-error") return outcome;
  const { properties } = outcome.document;
  const error =
    checkScopes(properties.scopes, id.subscriptionId) ??
    checkSchedule(properties.schedule) ??
    checkActions(properties.actions);
  if (error !== undefined) return error;
  return {
    kind: "rule",
    rule: {
      ...outcome.document,
      id: existing?.id ?? formatResourceId(id),
      name: existing?.name ?? id.names.at(-1) ?? "",
      type: processingRuleType,
    },
  };
}

/** Reads the body of a PATCH: `tags` and `enabled`, nothing else (reference §5.2). */
export function patchProcessingRule(
  id: ResourceId,
  body: unknown,
  existing: AlertProcessingRule,
): ProcessingRuleOutcome {
  if (!isMembers(body)) return noProperties;
  const patch = patchedProperties(body);
  if (patch.kind === "arm-error") return patch;
  const refused = Object.keys(patch.members).find((each) => each.toLowerCase() !== "enabled");
  if (refused !== undefined)
    return invalidProperty(`properties.${refused}`, "can't be patched; put the whole rule instead.");
  const tags = memberOf(body, "tags");
  const enabled = memberOf(patch.members, "enabled");
  const properties = { ...existing.properties, ...(enabled !== undefined && { enabled }) };
  return putProcessingRule(id, { ...existing, ...(tags !== undefined && { tags }), properties }, existing);
}

function checkScopes(scopes: readonly string[], subscriptionId: string): ArmError | undefined {
  for (const [index, each] of scopes.entries()) {
    const path = `properties.scopes[${index}]`;
    const scope = parseScope(each);
    if (scope === undefined)
      return invalidProperty(path, "must be the id of a resource, a resource group or a subscription.");
    if (scope.subscriptionId.toLowerCase() !== subscriptionId.toLowerCase()) {
      return invalidProperty(path, "must be in the subscription of the rule.");
    }
  }
  return undefined;
}

function checkSchedule(schedule: ProcessingSchedule | undefined): ArmError | undefined {
  const { effectiveFrom, effectiveUntil, timeZone, recurrences = [] } = schedule ?? {};
  if (findTimeZone(timeZone) === undefined) {
    return invalidProperty(
      "properties.schedule.timeZone",
      "must be the Windows name of a time zone, such as Pacific Standard Time.",
    );
  }
  for (const [name, time] of [
    ["effectiveFrom", effectiveFrom],
    ["effectiveUntil", effectiveUntil],
  ] as const) {
    // a Date rolls 31 February over into March
    if (time !== undefined && !isDate(time))
      return invalidProperty(`properties.schedule.${name}`, "is no date that exists.");
  }
  if (effectiveFrom !== undefined && effectiveUntil !== undefined && effectiveUntil <= effectiveFrom) {
    return invalidProperty("properties.schedule.effectiveUntil", "must be after effectiveFrom.");
  }
  for (const [index, { startTime, endTime }] of recurrences.entries()) {
    const missing = startTime === undefined ? "startTime" : "endTime";
    if ((startTime === undefined) !== (endTime === undefined)) {
      return invalidProperty(
        `properties.schedule.recurrences[${index}].${missing}`,
        "is required when the other end of the span is given.",
      );
    }
  }
  return undefined;
}

function isDate(text: string): boolean {
  const time = Date.parse(`${text}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function checkActions(actions: readonly ProcessingAction[]): ArmError | undefined {
  for (const [index, action] of actions.entries()) {
    if (action.actionType !== "AddActionGroups") continue;
    for (const [at, each] of action.actionGroupIds.entries()) {
      const id = parseResourceId(each);
      if (id === undefined || fullType(id).toLowerCase() !== "microsoft.insights/actiongroups") {
        return invalidProperty(
          `properties.actions[${index}].actionGroupIds[${at}]`,
          "must be the id of an action group.",
        );
      }
    }
  }
  return undefined;
}
