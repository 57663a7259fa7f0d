import type { StorageQueueHandler } from "@azure/functions";

import { readLogBlobs, type ReadOutcome } from "../shared/request-logs/log-reading.js";
import { parseLogBlobsMessage, readLogsQueue, withoutPlans } from "../shared/request-logs/log-work.js";
import { accountNames, type Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Reads some log blobs, rolls them up and counts them. */
export const readLogBlobsMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const state = await runtime.state();
    const parsed = parseLogBlobsMessage(message, accountNames(runtime));
    const work = await acceptMessage(state.deadLetters, readLogsQueue, message, parsed);
    const isFirst = context.triggerMetadata?.["dequeueCount"] === 1;
    const stores = { ...state, logBlobs: await state.logBlobs(work.account), counter: runtime.logCounter };
    const outcomes = await readLogBlobs(stores, isFirst ? work : withoutPlans(work), runtime.clock());
    for (const [name, outcome] of outcomes) context.log(`${work.account}/${name} ${describe(outcome)}`);
  };

const describe = (outcome: ReadOutcome): string =>
  outcome.kind === "read"
    ? `read: ${outcome.entries} entries, ${outcome.badLines} bad lines, ${outcome.duplicates} told of before`
    : outcome.kind;
