import type { StorageQueueHandler } from "@azure/functions";

import { countCapacityQueue, parseCapacityMessage } from "../shared/capacity/capacity-work.js";
import { countCapacity } from "../shared/capacity/count-capacity.js";
import { accountNamed, accountNames, type Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Goes on with the count of what a service of an account holds, for one turn. */
export const countCapacityMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { deadLetters } = await runtime.state();
    const parsed = parseCapacityMessage(message, accountNames(runtime));
    const work = await acceptMessage(deadLetters, countCapacityQueue, message, parsed);
    const account = accountNamed(runtime, work.account);
    const stores = { ...(await runtime.capacity()), ...(await runtime.storesOf(account)) };
    const elapsed = () => performance.now();
    const outcome = await countCapacity(stores, account.resourceId, work, runtime.clock(), elapsed);
    const pages = "pages" in outcome ? `, ${outcome.pages} pages` : "";
    context.log(`capacity of ${work.account}/${work.service} on ${work.day}: ${outcome.kind}${pages}`);
  };
