import type { StorageQueueHandler } from "@azure/functions";

import { readLogBlob } from "../shared/request-logs/log-reading.js";
import { parseLogBlobMessage, readLogsQueue } from "../shared/request-logs/log-work.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/**
 * Reads one log blob. A message that can't be worked on is kept with the reason and thrown: the host delivers it again
 * and, at the end, moves it to the poison queue, whole.
 */
export const readLogBlobMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const state = await runtime.state();
    const parsed = parseLogBlobMessage(message, new Set(runtime.settings.accounts.map(({ name }) => name)));
    if (parsed.kind === "rejected") {
      await state.deadLetters.message({ queue: readLogsQueue, reason: parsed.reason, message });
      throw new Error(`a message of ${readLogsQueue} can't be worked on: ${parsed.reason}`);
    }
    const { work } = parsed;
    const stores = { ...state, logBlobs: await state.logBlobs(work.account), counter: runtime.logCounter };
    const outcome = await readLogBlob(stores, work, runtime.clock());
    const found = outcome.kind === "read" ? `: ${outcome.entries} entries, ${outcome.badLines} bad lines` : "";
    context.log(`${work.account}/${work.name} ${outcome.kind}${found}`);
  };
