import type { StorageQueueHandler } from "@azure/functions";

import { readLogBlob } from "../shared/request-logs/log-reading.js";
import { parseLogBlobMessage, readLogsQueue } from "../shared/request-logs/log-work.js";
import { accountNames, type Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Reads one log blob, rolls it up and counts it. */
export const readLogBlobMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const state = await runtime.state();
    const parsed = parseLogBlobMessage(message, accountNames(runtime));
    const { planned, ...work } = await acceptMessage(state.deadLetters, readLogsQueue, message, parsed);
    const isFirst = planned !== undefined && context.triggerMetadata?.["dequeueCount"] === 1;
    const stores = { ...state, logBlobs: await state.logBlobs(work.account), counter: runtime.logCounter };
    const outcome = await readLogBlob(stores, isFirst ? { ...work, planned } : work, runtime.clock());
    const found =
      outcome.kind === "read"
        ? `: ${outcome.entries} entries, ${outcome.badLines} bad lines, ${outcome.duplicates} told of before`
        : "";
    context.log(`${work.account}/${work.name} ${outcome.kind}${found}`);
  };
