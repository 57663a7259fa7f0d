import type { MetricStore } from "../stores/metrics/metric-store.js";
import type { WorkQueue } from "../stores/work-queue/work-queue.js";
import type { EvaluationWork } from "./evaluation-work.js";

/**
 * A store whose watermarks are announced: as soon as minutes of a resource are complete, the rules that watch it are
 * planned. Whoever ends in between leaves them to the timer.
 */
export const announcing = (store: MetricStore, evaluations: WorkQueue): MetricStore => ({
  ...store,
  advanceWatermark: async (resourceId, minute) => {
    await store.advanceWatermark(resourceId, minute);
    const work: EvaluationWork = { kind: "plan", resourceId };
    await evaluations.send(work);
  },
});
