import type { QueueServiceClient } from "@azure/storage-queue";

import { failedWith } from "../azure-error.js";
import { poisonQueueName, type WorkQueue } from "./work-queue.js";

/** A queue in Queue Storage. Messages are `{"work":…}` in base64, as host.json says (`messageEncoding`). */
export function workQueueIn(service: QueueServiceClient, name: string): WorkQueue {
  const queue = service.getQueueClient(name);
  const poison = service.getQueueClient(poisonQueueName(name));
  const count = async (client: typeof queue, abortSignal: AbortSignal | undefined): Promise<number> => {
    try {
      return (await client.getProperties(abortSignal && { abortSignal })).approximateMessagesCount ?? 0;
    } catch (error) {
      if (failedWith(error, "QueueNotFound")) return 0;
      throw new Error(`counting messages in queue ${client.name}`, { cause: error });
    }
  };
  return {
    name,
    send: async (work, delaySeconds) => {
      // an envelope: the host copies top-level properties over its own metadata of the message
      const text = Buffer.from(JSON.stringify({ work })).toString("base64");
      const options = delaySeconds === undefined ? {} : { visibilityTimeout: delaySeconds };
      try {
        await queue.sendMessage(text, options);
      } catch (error) {
        if (!failedWith(error, "QueueNotFound")) throw new Error(`sending to queue ${name}`, { cause: error });
        await queue.createIfNotExists();
        await queue.sendMessage(text, options);
      }
    },
    counts: async (signal) => {
      const [waiting, failed] = await Promise.all([count(queue, signal), count(poison, signal)]);
      return { waiting, poison: failed };
    },
  };
}
