import {
  patchProcessingRule,
  processingRuleApiVersions,
  processingRuleType,
  putProcessingRule,
  type AlertProcessingRule,
  type ProcessingRuleOutcome,
} from "../shared/alerts/alert-processing-rule.js";
import { refuseAny, type Answers, type Call, type Ending } from "../shared/http/answer.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { configuredAnswers, type ConfiguredType } from "./configured-resources.js";

/** `Microsoft.AlertsManagement/actionRules`: alert processing rules. */
export function processingRuleAnswers(runtime: Runtime): Answers {
  const { put, get, patch, remove, list } = configuredAnswers(processingRulesOf(runtime), runtime.clock);
  return {
    putProcessingRule: put,
    getProcessingRule: get,
    patchProcessingRule: patch,
    deleteProcessingRule: remove,
    listProcessingRulesOfGroup: list,
    listProcessingRulesOfSubscription: list,
  };
}

const resourceOf = (outcome: ProcessingRuleOutcome) =>
  outcome.kind === "arm-error" ? outcome : ({ kind: "resource", resource: outcome.rule } as const);

const processingRulesOf = (runtime: Runtime): ConfiguredType<AlertProcessingRule> => ({
  type: processingRuleType,
  versions: processingRuleApiVersions,
  createdStatus: 201,
  resources: async () => (await runtime.alerting()).processingRules,
  put: (id, body, existing) => resourceOf(putProcessingRule(id, body, existing)),
  patch: (id, body, existing) => resourceOf(patchProcessingRule(id, body, existing)),
  check: (rule, call) => Promise.resolve(checkReach(rule, call)),
  show: (rule) => rule,
});

/** Whoever suppresses alerts, or has others told of them, may configure what they are about. */
const checkReach = ({ properties }: AlertProcessingRule, call: Call): Ending | undefined =>
  refuseAny(call, properties.scopes, "configure");
