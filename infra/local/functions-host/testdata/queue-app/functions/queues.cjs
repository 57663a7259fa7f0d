const { app, output } = require("@azure/functions");

const seen = output.storageQueue({ queueName: "seen", connection: "" });

/** Says on queue `seen` what the handler was given. */
app.storageQueue("observe", {
  queueName: "%OBSERVED%",
  connection: "Storage",
  extraOutputs: [seen],
  handler: (message, context) => {
    const type = Buffer.isBuffer(message) ? "buffer" : typeof message;
    context.extraOutputs.set(seen, { type, message, metadata: context.triggerMetadata, instance: process.env.INSTANCE });
  },
});

app.storageQueue("binary", {
  queueName: "binary",
  connection: "",
  dataType: "binary",
  trigger: undefined,
  extraOutputs: [seen],
  handler: (message, context) => context.extraOutputs.set(seen, { buffer: Buffer.isBuffer(message), hex: message.toString("hex") }),
});

app.storageQueue("fail", {
  queueName: "fail",
  connection: "",
  handler: (message, context) => {
    context.log(`try ${context.triggerMetadata.dequeueCount}`);
    throw new Error(`refusing ${message}`);
  },
});

app.storageQueue("poisonWatch", {
  queueName: "fail-poison",
  connection: "",
  extraOutputs: [seen],
  handler: (message, context) => context.extraOutputs.set(seen, { poisoned: message }),
});

/** Takes longer than the receive lease of the test. */
app.storageQueue("slow", {
  queueName: "slow",
  connection: "",
  extraOutputs: [seen],
  handler: async (message, context) => {
    context.log(`begins ${message.id}`);
    await new Promise((resolve) => setTimeout(resolve, message.ms));
    context.extraOutputs.set(seen, { done: message.id, instance: process.env.INSTANCE });
  },
});

const outs = ["first", "second"].map((name) => output.storageQueue({ name, queueName: `out-${name}`, connection: "" }));
const values = {
  bytes: Buffer.from([1, 2, 3]),
  array: ["text", { a: 1 }, 5, true, null],
  object: { a: { b: [1] } },
  jsontext: ' [{"a":1},"b"] ',
  plain: "plain [text",
  integer: 7,
  double: 1.5,
  broken: "{not json}",
  empty: undefined,
};
app.storageQueue("write", {
  queueName: "write",
  connection: "",
  extraOutputs: outs,
  handler: (message, context) => context.extraOutputs.set(outs[0], values[message]),
});
app.storageQueue("dictionary", {
  queueName: "dictionary",
  connection: "",
  extraOutputs: outs,
  handler: () => ({ first: { by: "name" }, SECOND: "two", unknown: 1 }),
});
app.storageQueue("returned", {
  queueName: "returned",
  connection: "",
  return: output.storageQueue({ queueName: "out-{kind}-{nested.name}-{DateTime:yyyy}", connection: "" }),
  handler: (message) => message.text,
});
app.storageQueue("disabledQueue", { queueName: "disabled", connection: "", handler: () => undefined });
