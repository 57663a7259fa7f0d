import type { TimerHandler } from "@azure/functions";

import { planEvaluations } from "../shared/alerting/plan-evaluations.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** Finds rules that are due and that nobody was told of: the fallback of the roll-up, which plans as soon as it can. */
export const planAlertEvaluations =
  (runtime: Runtime): TimerHandler =>
  async (_, context) => {
    const { due, closing, late } = await planEvaluations(await runtime.alerting(), undefined, runtime.clock);
    if (due + closing + late > 0) context.log(`${due} rules due, ${closing} to be closed, ${late} with late data`);
  };
