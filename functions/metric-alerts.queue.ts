import type { InvocationContext, StorageQueueHandler } from "@azure/functions";

import { evaluateStoredRule, sharingReads, type EvaluationOutcome } from "../shared/alerting/evaluate-rule.js";
import { evaluateAlertsQueue, parseEvaluationMessage } from "../shared/alerting/evaluation-work.js";
import { planEvaluations } from "../shared/alerting/plan-evaluations.js";
import { Faults, forEachOf } from "../shared/request-logs/concurrency.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Rules of one message that are evaluated at a time: most of the time goes into waiting for storage. */
const concurrentRules = 16;

/** Plans what is due, or evaluates the rules of a message; one that fails keeps none of the others from it. */
export const evaluateAlertsMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { deadLetters } = await runtime.state();
    const work = await acceptMessage(deadLetters, evaluateAlertsQueue, message, parseEvaluationMessage(message));
    const alerting = await runtime.alerting();
    if (work.kind === "plan") {
      const { due, late } = await planEvaluations(alerting, work.resourceId, runtime.clock);
      if (due + late > 0) context.log(`${work.resourceId ?? "all rules"}: ${due} due, ${late} with late data`);
      return;
    }
    const shared = sharingReads(alerting);
    const faults = new Faults();
    await forEachOf(work.rules, concurrentRules, (ruleId) =>
      faults.attempt(`evaluating ${ruleId}`, async () => {
        report(context, await evaluateStoredRule(shared, ruleId, work.late, runtime.clock));
      }),
    );
    faults.throwIfAny();
  };

function report(context: InvocationContext, outcome: EvaluationOutcome): void {
  if (outcome.kind === "closed") {
    context.log(`${outcome.ruleId} ${outcome.because}: ${outcome.resolved} resolved`);
  } else if (outcome.kind === "evaluated") {
    const { ruleId, fired, resolved, skipped } = outcome;
    if (fired + resolved > 0) context.log(`${ruleId}: ${fired} fired, ${resolved} resolved`);
    if (skipped > 0) context.warn(`${ruleId}: ${skipped} evaluations before this one never happened`);
  }
}
