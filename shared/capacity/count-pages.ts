import { addBlobPage, addContainerPage, nextCapacityStep } from "../storage-analytics/capacity-count.js";
import { addHolderPage, addItemPage, nextItemStep, type ItemProgress } from "../storage-analytics/item-count.js";
import type { AccountContents } from "../stores/account-contents/account-contents.js";
import type { CapacityCount } from "./capacity-run.js";

/** Counts one page more: one call to the service. */
export async function countPage(count: CapacityCount, contents: AccountContents): Promise<CapacityCount> {
  if (count.service !== "blob") {
    return { ...count, progress: await countItemPage(count.service, count.progress, contents) };
  }
  const { progress } = count;
  const step = nextCapacityStep(progress);
  switch (step.kind) {
    case "list-containers":
      return { ...count, progress: addContainerPage(progress, await contents.containers(step.marker, step.limit)) };
    case "list-blobs":
      return {
        ...count,
        progress: addBlobPage(progress, await contents.blobs(step.container, step.marker, step.limit)),
      };
    case "done":
      return count;
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
