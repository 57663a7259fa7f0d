import type { StorageQueueHandler } from "@azure/functions";

import { removeExpired } from "../shared/retention/remove-expired.js";
import { parseRetentionMessage, removeExpiredQueue } from "../shared/retention/retention-work.js";
import { accountNamed, accountNames, type Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Goes on with the day's retention of an account, for one turn. */
export const removeExpiredMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { deadLetters } = await runtime.state();
    const parsed = parseRetentionMessage(message, accountNames(runtime));
    const work = await acceptMessage(deadLetters, removeExpiredQueue, message, parsed);
    const account = accountNamed(runtime, work.account);
    const stores = await runtime.retentionOf(account);
    const days = runtime.settings.metricsRetentionDays;
    const outcome = await removeExpired(stores, work, days, runtime.clock(), () => performance.now());
    if (!("progress" in outcome)) {
      context.log(`retention of ${work.account} on ${work.day}: ${outcome.kind}`);
      return;
    }
    const { removed, kept, refusal } = outcome.progress;
    const parts = Object.entries(removed).filter(([, count]) => count > 0);
    const deleted = parts.length === 0 ? "nothing" : parts.map(([name, count]) => `${count} ${name}`).join(", ");
    context.log(`retention of ${work.account} on ${work.day}: ${outcome.kind}, deleted so far: ${deleted}`);
    const stays = Object.values(kept).reduce((sum, count) => sum + count, 0);
    if (outcome.kind === "done" && stays > 0) {
      const reason = refusal ?? "they are not read yet";
      context.warn(`${stays} log blobs of ${work.account} should be deleted and stay for now: ${reason}`);
    }
  };
