import { shardRules } from "../shared/alerting/evaluation-work.js";
import { resourcesOfRule } from "../shared/alerting/rule-data.js";
import { ruleStatuses, statusName } from "../shared/alerts/rule-status.js";
import { checkRuleMetrics } from "../shared/alerts/metric-alert-metrics.js";
import {
  metricAlertType,
  patchMetricAlert,
  putMetricAlert,
  type MetricAlertRule,
} from "../shared/alerts/metric-alert-rule.js";
import type { RuleOutcome } from "../shared/alerts/metric-alert-rule.js";
import { metricAlertApiVersions } from "../shared/alerts/metric-alert-schema.js";
import { formatResourceId } from "../shared/arm/resource-id.js";
import { ownResourceOfPath } from "../shared/arm/resource-path.js";
import { answerVersioned } from "../shared/http/alert-parameters.js";
import { refuseAny, type Answer, type Answers, type Call, type Ending } from "../shared/http/answer.js";
import { findStorageNamespace, storageMetricDefinitions } from "../shared/metrics/storage-metrics.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { configuredAnswers, notFound, type ConfiguredType } from "./configured-resources.js";

const versioned = { type: metricAlertType, versions: metricAlertApiVersions };

/** `Microsoft.Insights/metricAlerts`. */
export function metricAlertAnswers(runtime: Runtime): Answers {
  const { put, get, patch, remove, list } = configuredAnswers(metricAlertsOf(runtime), runtime.clock);
  return {
    putMetricAlert: put,
    getMetricAlert: get,
    patchMetricAlert: patch,
    deleteMetricAlert: remove,
    listMetricAlertsOfGroup: list,
    listMetricAlertsOfSubscription: list,
    listMetricAlertStatuses: statuses(runtime),
    getMetricAlertStatus: statuses(runtime),
  };
}

const resourceOf = (outcome: RuleOutcome) =>
  outcome.kind === "arm-error" ? outcome : ({ kind: "resource", resource: outcome.rule } as const);

const metricAlertsOf = (runtime: Runtime): ConfiguredType<MetricAlertRule> => ({
  ...versioned,
  createdStatus: 200,
  resources: async () => (await runtime.alerting()).rules,
  put: (id, body, existing, now) => resourceOf(putMetricAlert(id, body, existing, now)),
  patch: (id, body, existing, now) => resourceOf(patchMetricAlert(id, body, existing, now)),
  check: (rule, call) => Promise.resolve(checkReach(rule, call) ?? checkRuleMetrics(rule, definitionsIn)),
  show: (rule) => rule,
  // its first evaluation, or what ends with what it was
  changed: async (id) => {
    const { evaluations } = await runtime.alerting();
    for (const work of shardRules([id])) await evaluations.send(work);
  },
});

/** Whoever writes a rule reads what it watches and the groups that it calls (reference §7.2). */
const checkReach = ({ properties: { scopes, actions } }: MetricAlertRule, call: Call): Ending | undefined =>
  refuseAny(call, [...scopes, ...actions.map(({ actionGroupId }) => actionGroupId)], "read");

const definitionsIn = (namespace: string) => {
  const known = findStorageNamespace(namespace);
  return known && storageMetricDefinitions(known);
};

const statuses = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call) => {
    const alerting = await runtime.alerting();
    const id = ownResourceOfPath(call.path);
    const rule = (await alerting.rules.find(formatResourceId(id)))?.resource;
    if (rule === undefined) return notFound(versioned, id);
    const [kept, resources] = await Promise.all([alerting.states.read(rule.id), resourcesOfRule(rule, alerting)]);
    const all = ruleStatuses(rule, kept?.state, resources, runtime.clock().getTime());
    const { statusName: wanted } = call.path;
    const value = wanted === undefined ? all : all.filter(({ name }) => name === statusName(wanted));
    return { status: 200, jsonBody: { value } };
  });
