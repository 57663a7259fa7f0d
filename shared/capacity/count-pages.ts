import { addBlobPage, addContainerPage, nextCapacityStep } from "../storage-analytics/capacity-count.js";
import { addHolderPage, addItemPage, nextItemStep, type ItemProgress } from "../storage-analytics/item-count.js";
import type { AccountContents } from "../stores/account-contents/account-contents.js";
import type { CapacityRun } from "../stores/capacity-runs/capacity-runs.js";

/** Whether there is nothing left to be counted. */
export const isCounted = ({ service, progress }: CapacityRun): boolean =>
  (service === "blob" ? nextCapacityStep(progress) : nextItemStep(progress)).kind === "done";

/** Counts one page more: one call to the service. */
export async function countPage<Run extends CapacityRun>(run: Run, contents: AccountContents): Promise<Run> {
  if (run.service !== "blob") return { ...run, progress: await countItemPage(run.service, run.progress, contents) };
  const { progress } = run;
  const step = nextCapacityStep(progress);
  switch (step.kind) {
    case "list-containers":
      return { ...run, progress: addContainerPage(progress, await contents.containers(step.marker, step.limit)) };
    case "list-blobs":
      return {
        ...run,
        progress: addBlobPage(progress, await contents.blobs(step.container, step.marker, step.limit)),
      };
    case "done":
      return run;
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}

async function countItemPage(
  service: "queue" | "table",
  progress: ItemProgress,
  contents: AccountContents,
): Promise<ItemProgress> {
  const step = nextItemStep(progress);
  switch (step.kind) {
    case "list-holders": {
      const { marker, limit } = step;
      const page = service === "queue" ? await contents.queues(marker, limit) : await contents.tables(marker, limit);
      return addHolderPage(progress, page);
    }
    case "count-items": {
      const page =
        service === "queue" ? await contents.messages(step.holder) : await contents.entities(step.holder, step.marker);
      return addItemPage(progress, page);
    }
    case "done":
      return progress;
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}
