import { app, output } from "@azure/functions";

app.setup({ enableHttpStream: true });
const copies = output.storageQueue({ queueName: "copies", connection: "" });
app.http("hello", { route: "hello/{*rest}", handler: async (request) => ({ jsonBody: { url: request.url, body: await request.text() } }) });
app.http("thrower", { handler: () => { throw new Error("no"); } });
app.http("nothing", { handler: () => undefined });
app.timer("tick", { schedule: "*/2 * * * * *", handler: (timer, context) => { context.log("tick", JSON.stringify(timer)); } });
app.storageQueue("work", { queueName: "work", connection: "AzureWebJobsStorage", extraOutputs: [copies], handler: (message, context) => {
  context.log("got", message, context.triggerMetadata.dequeueCount);
  context.extraOutputs.set(copies, message);
} });
