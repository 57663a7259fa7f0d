import type { HttpHandler } from "@azure/functions";

import { armAnswering } from "../shared/http/arm-answer.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { actionGroupAnswers } from "./action-groups.http.js";
import { alertAnswers } from "./alerts.http.js";
import { processingRuleAnswers } from "./processing-rules.http.js";
import { metricAlertAnswers } from "./metric-alerts.http.js";
import { ruleInsightAnswers } from "./rule-insights.http.js";
import { metricsAnswers } from "./metrics.http.js";

/** Everything in the shape of Azure Resource Manager. */
export const resourceManager = (runtime: Runtime): HttpHandler =>
  armAnswering(runtime.door, {
    ...metricsAnswers(runtime),
    ...metricAlertAnswers(runtime),
    ...ruleInsightAnswers(runtime),
    ...actionGroupAnswers(runtime),
    ...processingRuleAnswers(runtime),
    ...alertAnswers(runtime),
  });
