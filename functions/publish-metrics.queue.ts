import type { StorageQueueHandler } from "@azure/functions";

import { publishMetrics } from "../shared/metric-roll-up/publication.js";
import { parsePublicationMessage, publishMetricsQueue } from "../shared/metric-roll-up/publication-work.js";
import { accountNamed, accountNames, type Runtime } from "../shared/runtime/runtime.js";
import { acceptMessage } from "./queue-message.js";

/** Makes rows of the `$Metrics…` tables and metrics of what was rolled up. */
export const publishMetricsMessage =
  (runtime: Runtime): StorageQueueHandler =>
  async (message, context) => {
    const { deadLetters } = await runtime.state();
    const parsed = parsePublicationMessage(message, accountNames(runtime));
    const work = await acceptMessage(deadLetters, publishMetricsQueue, message, parsed);
    const account = accountNamed(runtime, work.account);
    const outcome = await publishMetrics(await runtime.publishing(account), work, runtime.clock());
    const { hours, minutes, rows, edited } = outcome;
    context.log(`${work.account} ${work.service}: ${hours} hours, ${minutes} minutes, ${rows} rows`);
    for (const row of edited)
      context.warn(`${work.account} ${work.service}: somebody had edited ${row}; it is right again`);
  };
