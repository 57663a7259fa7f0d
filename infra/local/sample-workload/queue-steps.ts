import type { Clients } from "./clients.js";
import type { ServiceSteps, Step } from "./workload.js";

/** What programs do to the Queue service. */
export function queueSteps({ queues }: Clients, name: string): ServiceSteps {
  const step = (rest: Omit<Step, "service" | "weight"> & { readonly weight?: number }): Step => ({
    weight: 2,
    ...rest,
    service: "queue",
  });
  const queue = queues.getQueueClient(name);
  const missing = queues.getQueueClient(`${name}-missing`);
  const receive = async () => {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32, visibilityTimeout: 1 });
    const [message] = receivedMessageItems;
    if (message === undefined) throw new Error("the message just sent was not received");
    return message;
  };
  const send = () => queue.sendMessage(JSON.stringify({ order: 7 }));

  return {
    prepare: [step({ operations: ["CreateQueue"], run: () => queue.create() })],
    mix: [
      step({ weight: 10, operations: ["PutMessage"], run: send }),
      step({
        weight: 5,
        operations: ["PeekMessages"],
        run: () => queue.peekMessages({ numberOfMessages: 32 }),
      }),
      step({
        weight: 3,
        operations: ["ClearMessages", "PutMessage", "GetMessages", "UpdateMessage", "DeleteMessage"],
        run: async () => {
          await queue.clearMessages();
          await send();
          const { messageId, popReceipt } = await receive();
          const updated = await queue.updateMessage(messageId, popReceipt, "again", 1);
          await queue.deleteMessage(messageId, updated.popReceipt ?? "");
        },
      }),
      step({ operations: ["GetQueueMetadata"], run: () => queue.getProperties() }),
      step({ operations: ["SetQueueMetadata"], run: () => queue.setMetadata({ kind: "demo" }) }),
      step({ operations: ["ListQueues"], run: () => queues.listQueues().byPage().next() }),
      step({ operations: ["PutMessage"], fails: 404, run: () => missing.sendMessage("lost") }),
    ],
    cleanUp: [step({ operations: ["DeleteQueue"], run: () => queue.delete() })],
  };
}
