import functions from "@azure/functions";

// not every export of the library can be imported by name from ESM
const { app, HttpResponse, output } = functions;

app.setup({ enableHttpStream: process.env.STREAMING === "true" });

async function* chunks() {
  yield "one ";
  yield Buffer.from("two");
}

app.http("echo", {
  route: "%SEGMENT%/echo/{*rest}",
  methods: ["get", "POST", "PUT", "PATCH", "DELETE", "HEAD"],
  handler: async (request) => ({
    jsonBody: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      query: [...request.query],
      params: request.params,
      body: Buffer.from(await request.arrayBuffer()).toString("base64"),
    },
  }),
});

const returned = {
  undefined: () => undefined,
  null: () => null,
  empty: () => ({}),
  text: () => ({ body: "text" }),
  bytes: () => ({ body: Buffer.from([0, 255, 13, 10]) }),
  json: () => ({ jsonBody: { a: 1 } }),
  zero: () => ({ jsonBody: 0 }),
  false: () => ({ jsonBody: false }),
  nulljson: () => ({ jsonBody: null }),
  object: () => ({ body: { a: 1 } }),
  status: () => ({ status: "404" }),
  status700: () => ({ status: 700 }),
  nocontent: () => ({ status: 204, body: "dropped" }),
  generator: () => ({ body: chunks() }),
  stream: () => ({ body: new Blob(["one ", "two"]).stream() }),
  blob: () => ({ body: new Blob(["blob"], { type: "text/x" }) }),
  params: () => ({ body: new URLSearchParams({ a: "b c" }) }),
  response: () => new HttpResponse({ status: 202, body: chunks(), headers: { "x-h": "1" } }),
  native: () => new Response("native", { status: 203 }),
  string: () => "text",
  headers: () => ({ headers: [["X-A", "1"], ["X-A", "2"], ["X-Own", "function"]], body: "b" }),
  setcookie: () => ({ headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  cookies: () => ({
    cookies: [
      { name: "a", value: "1", path: "/p", secure: true, httpOnly: true, sameSite: "Strict", maxAge: 60 },
      { name: "b", value: "x y", sameSite: "None" },
    ],
  }),
  throws: () => {
    throw new Error("secret detail");
  },
  rejects: async () => {
    await Promise.resolve();
    throw "not an error";
  },
  badjson: (request) => request.json(),
  halfway: () => ({
    body: (async function* () {
      yield "begun";
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error("halfway");
    })(),
  }),
};
app.http("returns", { route: "returns/{kind}", methods: ["GET", "POST", "HEAD"], handler: (request) => returned[new URL(request.url).pathname.split("/")[2]](request) });

app.http("wait", {
  route: "wait/{ms:int}",
  handler: async (request, context) => {
    await new Promise((resolve) => setTimeout(resolve, Number(new URL(request.url).pathname.split("/")[2])));
    context.log("waited");
    return { body: "waited" };
  },
});

app.http("settings", {
  handler: () => ({
    jsonBody: Object.fromEntries(
      ["FROM_VALUES", "ALREADY_SET", "ConnectionStrings:Named", "AZURE_FUNCTIONS_ENVIRONMENT", "WEBSITE_HOSTNAME", "AzureWebJobsScriptRoot", "FUNCTIONS_CORETOOLS_ENVIRONMENT", "FUNCTIONS_WORKER_RUNTIME"].map((name) => [name, process.env[name]]),
    ),
  }),
});

app.http("disabledHttp", { handler: () => ({ body: "on" }) });
app.http("items-a", { route: "items/{id}", handler: () => ({ body: "by id" }) });
app.http("items-b", { route: "items/recent", handler: () => ({ body: "recent" }) });

/** As many bytes as asked for, in chunks; and the length of what was sent. */
app.http("bulk", {
  route: "bulk/{*rest}",
  methods: ["GET", "POST"],
  handler: async (request) => {
    if (request.method === "POST") {
      let length = 0;
      for await (const chunk of request.body) length += chunk.length;
      return { jsonBody: { length, rss: process.memoryUsage.rss() } };
    }
    const block = Buffer.alloc(65_536, "x");
    const blocks = Number(request.query.get("mib")) * 16;
    return {
      body: (async function* () {
        for (let index = 0; index < blocks; index++) yield block;
      })(),
    };
  },
});
app.http("memory", { handler: () => ({ jsonBody: { rss: process.memoryUsage.rss() } }) });

const written = output.storageQueue({ queueName: "{rest}-queue", connection: "" });
app.http("output", {
  route: "output/{rest}",
  methods: ["POST"],
  extraOutputs: [written],
  handler: (_request, context) => {
    context.extraOutputs.set(written, { written: true });
    return { status: 201 };
  },
});

app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName !== "hooked") return;
  context.hookData.seen = "pre";
  const original = context.functionHandler;
  context.functionHandler = async (...args) => ({ ...(await original(...args)), headers: { "x-pre": "1" } });
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName !== "hooked") return;
  if (context.error) {
    context.error = null;
    context.result = { body: `mended after ${context.hookData.seen}` };
  }
});
app.hook.appStart((context) => console.log(`appStart hook ${typeof context.hookData}`));
app.hook.appTerminate(() => console.log("appTerminate hook"));
app.hook.log((context) => {
  if (context.category === "user") context.message = context.message.replace("password", "********");
});
app.http("hooked", {
  handler: async (request, context) => {
    context.warn("the password");
    if (request.query.get("fail")) throw new Error("to be mended");
    return { body: "fine" };
  },
});
app.http("crash", {
  handler: async () => {
    setTimeout(() => Promise.reject(new Error("nobody waits for this")), 10);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    return { body: "never" };
  },
});
