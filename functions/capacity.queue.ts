import type { StorageQueueHandler } from "@azure/functions";

import { countCapacityQueue, parseCapacityMessage } from "../shared/capacity/capacity-work.js";
import { countCapacity } from "../shared/capacity/count-capacity.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** Goes on with the count of what a service of an account holds, for one turn. */
export const countCapacityMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { accounts } = runtime.settings;
    const parsed = parseCapacityMessage(message, new Set(accounts.map(({ name }) => name)));
    if (parsed.kind === "rejected") {
      const { deadLetters } = await runtime.state();
      await deadLetters.message({ queue: countCapacityQueue, reason: parsed.reason, message });
      throw new Error(`a message of ${countCapacityQueue} can't be worked on: ${parsed.reason}`);
    }
    const { work } = parsed;
    const account = runtime.account(work.account);
    if (account === undefined) throw new Error(`account ${work.account} is not in VIGIL_ACCOUNTS`);
    const stores = { ...(await runtime.capacity()), ...(await runtime.storesOf(account)) };
    const elapsed = () => performance.now();
    const outcome = await countCapacity(stores, account.resourceId, work, runtime.clock(), elapsed);
    const pages = "pages" in outcome ? `, ${outcome.pages} pages` : "";
    context.log(`capacity of ${work.account}/${work.service} on ${work.day}: ${outcome.kind}${pages}`);
  };
