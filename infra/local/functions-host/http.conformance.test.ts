import http, { type IncomingMessage } from "node:http";
import { resolve } from "node:path";
import { Readable } from "node:stream";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { eventually, type HostProcess, startHostProcess } from "../../../shared/testing/functions-host.js";

const appFolder = resolve(import.meta.dirname, "testdata/http-app");

type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** The connection ended before the body did. */
  readonly cut: boolean;
};
type Call = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | readonly string[];
};

/** A request with nothing that `fetch` would add or normalize. A list as body is sent chunked. */
async function call(base: string, path: string, { method = "GET", headers = {}, body }: Call = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return await new Promise((done, fail) => {
    const text = body as string | Buffer | undefined;
    const length =
      text === undefined || Array.isArray(body) ? {} : { "Content-Length": String(Buffer.byteLength(text)) };
    const options = { hostname, port, path, method, headers: { ...length, ...headers }, agent: false };
    const request = http.request(options, (response) => {
      const chunks: Buffer[] = [];
      const finish = (cut: boolean): void => {
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), cut });
      };
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        finish(false);
      });
      response.on("error", () => {
        finish(true);
      });
    });
    request.on("error", fail);
    if (Array.isArray(body)) {
      for (const chunk of body as string[]) request.write(chunk);
      request.end();
    } else {
      request.end(body);
    }
  });
}

type Echo = {
  method: string;
  url: string;
  headers: Record<string, string>;
  query: [string, string][];
  params: Record<string, string>;
  body: string;
};
async function echo(base: string, path: string, options: Call = {}): Promise<Echo> {
  return JSON.parse((await call(base, path, options)).body.toString()) as Echo;
}

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

describe.each([
  { streaming: false, mode: "without streaming" },
  { streaming: true, mode: "with streaming" },
])("HTTP functions $mode", ({ streaming }) => {
  let host: HostProcess;
  beforeAll(async () => {
    host = await startHostProcess({
      appFolder,
      storage: azurite.connectionString(),
      environment: {
        STREAMING: String(streaming),
        ALREADY_SET: "environment",
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(1_073_741_824),
      },
    });
  });
  afterAll(() => host.stop());

  /** `streamed` where the two differ. */
  test.each<{
    section: number | string;
    kind: string;
    status: number;
    body?: string;
    type?: string | undefined;
    streamed?: { status: number; body?: string; type?: string };
  }>([
    { section: 4.4, kind: "undefined", status: 204, body: "", streamed: { status: 500, body: "" } },
    { section: 4.4, kind: "null", status: 204, body: "", streamed: { status: 500, body: "" } },
    { section: 4.4, kind: "empty", status: 200, body: "" },
    { section: 4.4, kind: "text", status: 200, body: "text", type: "text/plain;charset=UTF-8" },
    { section: 4.4, kind: "bytes", status: 200, body: "\u0000\u00ff\r\n" },
    { section: 4.4, kind: "json", status: 200, body: '{"a":1}', type: "application/json" },
    { section: 4.4, kind: "zero", status: 200, body: "0", type: "application/json" },
    { section: 4.4, kind: "false", status: 200, body: "false", type: "application/json" },
    { section: 4.4, kind: "nulljson", status: 200, body: "" },
    { section: 4.4, kind: "object", status: 200, body: "[object Object]", type: "text/plain;charset=UTF-8" },
    { section: 4.4, kind: "status", status: 404, body: "" },
    { section: 4.4, kind: "status700", status: 500, body: "" },
    { section: 4.4, kind: "nocontent", status: 204, body: "" },
    { section: 4.4, kind: "generator", status: 200, body: "one two" },
    { section: 4.4, kind: "stream", status: 200, body: "one two" },
    { section: 4.4, kind: "blob", status: 200, body: "blob", type: "text/x" },
    { section: 4.4, kind: "params", status: 200, body: "a=b+c" },
    { section: 4.4, kind: "response", status: 202, body: "one two" },
    { section: 4.4, kind: "native", status: 203, body: "native" },
    { section: 4.4, kind: "string", status: 500, body: "" },
    { section: 6.3, kind: "throws", status: 500, body: "" },
    { section: 2, kind: "rejects", status: 500, body: "" },
    { section: 6.4, kind: "badjson", status: 500, body: "" },
  ])("§$section: a handler that returns $kind", async ({ kind, streamed, ...plain }) => {
    const expected = streaming ? { ...plain, ...streamed } : plain;
    const post = kind === "badjson" ? { method: "POST", body: "{" } : {};
    const answer = await call(host.url, `/returns/${kind}`, post);
    expect({ status: answer.status, body: answer.body.toString("latin1") }).toEqual({
      status: expected.status,
      body: expected.body,
    });
    if (expected.type !== undefined) expect(answer.headers["content-type"]).toBe(expected.type);
  });

  test("§6.5: a body goes out chunked, an empty one with its length, none at all for HEAD", async () => {
    const text = await call(host.url, "/returns/text");
    expect(text.headers["transfer-encoding"]).toBe("chunked");
    expect((await call(host.url, "/returns/empty")).headers["content-length"]).toBe("0");
    const head = await call(host.url, "/returns/text", { method: "HEAD" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });

  test("§4.4: headers of one name are joined, of two set-cookie headers the last survives, cookies make lines", async () => {
    const headers = await call(host.url, "/returns/headers");
    expect(headers.headers["x-a"]).toBe("1, 2");
    const setCookie = (await call(host.url, "/returns/setcookie")).headers["set-cookie"];
    expect(setCookie).toEqual(["b=2"]);
    const cookies = (await call(host.url, "/returns/cookies")).headers["set-cookie"] ?? [];
    expect(cookies).toHaveLength(2);
    expect(cookies[0]?.toLowerCase().split("; ").sort()).toEqual(
      ["a=1", "httponly", "max-age=60", "path=/p", "samesite=strict", "secure"].sort(),
    );
    expect(cookies[1]).toMatch(/^b=x%20y/);
    expect(cookies[1]?.toLowerCase()).toContain("samesite=none");
  });

  test("§6.8: custom headers are on every answer, unless the function sets its own", async () => {
    const own = await call(host.url, "/returns/headers");
    expect([own.headers["x-own"], own.headers["x-content-type-options"]]).toEqual(["function", "nosniff"]);
    expect((await call(host.url, "/nowhere")).headers["x-own"]).toBe("host");
  });

  test.each([
    { section: 6.2, path: "/expanded/echo/a%20b/c%2Fd?q=1", url: "/expanded/echo/a%20b/c%2Fd?q=1" },
    { section: 6.2, path: "/EXPANDED/Echo/x/", url: "/EXPANDED/Echo/x/" },
    { section: 6.2, path: "/expanded/echo/a%2541", url: "/expanded/echo/a%41" },
    { section: "ours", path: "//expanded/echo/two", url: "/expanded/echo/two" },
    { section: 6.4, path: "/expanded/echo?y", url: "/expanded/echo?y" },
  ])("§$section: $path reaches the handler as $url", async ({ path, url }) => {
    expect((await echo(host.url, path)).url).toBe(host.url + url);
  });

  test("§6.4, §6.6: repeated query values and headers", async () => {
    const { query, headers } = await echo(host.url, "/expanded/echo?x=1&x=2&z=a%2Cb", {
      headers: { "X-Many": ["1", "2"], Cookie: "a=1; b=2" },
    });
    expect(query).toEqual(
      streaming
        ? [
            ["x", "1"],
            ["x", "2"],
            ["z", "a,b"],
          ]
        : [
            ["x", "1,2"],
            ["z", "a,b"],
          ],
    );
    expect(headers).toMatchObject({ "x-many": streaming ? "1,2" : "1,2", cookie: "a=1; b=2" });
  });

  test("§6.4: the handler sees host, length and forwarding headers as they were sent", async () => {
    const { headers } = await echo(host.url, "/expanded/echo", {
      method: "POST",
      body: "abc",
      headers: { "X-Forwarded-For": "10.0.0.1", "X-Ms-Invocation-Id": "mine" },
    });
    expect(headers).toMatchObject({ host: new URL(host.url).host, "x-forwarded-for": "10.0.0.1" });
    expect(headers["x-ms-invocation-id"]).toBe("mine");
  });

  test("§6.6: params are route values; with streaming also query and top-level strings of a JSON body", async () => {
    const { params } = await echo(host.url, "/expanded/echo/deep/er?fromquery=q", {
      method: "POST",
      body: JSON.stringify({ frombody: "b", number: 1 }),
      headers: { "Content-Type": "application/json" },
    });
    expect(params).toEqual(streaming ? { rest: "deep/er", fromquery: "q", frombody: "b" } : { rest: "deep/er" });
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("§6.5: the bytes of a %s arrive as they are", async (method) => {
    const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const seen = await echo(host.url, "/expanded/echo", { method, body });
    expect(seen.method).toBe(method);
    expect(Buffer.from(seen.body, "base64").equals(body)).toBe(true);
  });

  test("a client that waits for 100 Continue is told to go on", async () => {
    const { hostname, port } = new URL(host.url);
    const path = "/expanded/echo";
    const headers = { Expect: "100-continue", "Content-Length": "4" };
    const text = await new Promise<string>((done, fail) => {
      const request = http.request({ hostname, port, path, method: "POST", headers, agent: false }, (response) => {
        response.setEncoding("utf8").once("data", done);
      });
      request.on("error", fail);
      request.on("continue", () => request.end("late"));
      request.flushHeaders();
    });
    expect(Buffer.from((JSON.parse(text) as Echo).body, "base64").toString()).toBe("late");
  });

  test("§6.4: a chunked body vanishes without streaming, and the log says so", async () => {
    const seen = await echo(host.url, "/expanded/echo", { method: "POST", body: ["chunked ", "body"] });
    expect(Buffer.from(seen.body, "base64").toString()).toBe(streaming ? "chunked body" : "");
    if (!streaming) await eventually("the log warns", () => host.output().includes("A chunked body was dropped"));
  });

  test.each([
    { section: 6.1, path: "/items/recent", method: "GET", status: 200, body: "by id" },
    { section: 6.1, path: "/items/1", method: "DELETE", status: 404, body: "" },
    { section: 6.1, path: "/items/1", method: "HEAD", status: 404, body: "" },
    { section: 6.1, path: "/items/1", method: "OPTIONS", status: 404, body: "" },
    { section: 6.2, path: "/wait/x", method: "GET", status: 404, body: "" },
    { section: 6.3, path: "/nowhere", method: "GET", status: 404, body: "" },
    { section: 6.3, path: "/disabledHttp", method: "GET", status: 404, body: "" },
    { section: 6.1, path: "/runtime/webhooks/x", method: "GET", status: 404, body: "" },
    { section: 10.4, path: "/admin/nothing", method: "GET", status: 404, body: "" },
  ])("§$section: $method $path answers $status", async ({ path, method, status, body }) => {
    const answer = await call(host.url, path, { method });
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({ status, body });
    if (status === 404) expect(answer.headers["content-length"]).toBe(method === "HEAD" ? undefined : "0");
  });

  test("§12: the log names the shadowed route, and the function whose method did not match", () => {
    expect(host.output()).toMatch(/'items\/recent' of function 'items-b' is shadowed by 'items\/\{id\}' of 'items-a'/);
    expect(host.output()).toMatch(/DELETE \/items\/1: the route of 'items-a' matches, but not the method/);
  });

  test("§6.3: errors show in the log, with the stack, and never in the answer", async () => {
    await call(host.url, "/returns/throws");
    await eventually("the error is logged", () =>
      /Executed 'Functions\.returns' \(Failed, .*\)\nError: secret detail\n\s+at /.test(host.output()),
    );
  });

  test("§6.3: GET / shows a home page", async () => {
    const answer = await call(host.url, "/");
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  });

  test.each([
    { section: 10.2, name: "FROM_VALUES", value: "values" },
    { section: 10.2, name: "ALREADY_SET", value: "environment" },
    { section: 10.2, name: "ConnectionStrings:Named", value: "text" },
    { section: 10.3, name: "AZURE_FUNCTIONS_ENVIRONMENT", value: "Development" },
    { section: 10.3, name: "AzureWebJobsScriptRoot", value: appFolder },
    { section: 10.3, name: "FUNCTIONS_CORETOOLS_ENVIRONMENT", value: "true" },
    { section: 10.3, name: "FUNCTIONS_WORKER_RUNTIME", value: "node" },
  ])("§$section: the app sees $name", async ({ name, value }) => {
    const settings = JSON.parse((await call(host.url, "/settings")).body.toString()) as Record<string, string>;
    expect(settings[name]).toBe(value);
    expect(settings.WEBSITE_HOSTNAME).toBe(`localhost:${new URL(host.url).port}`);
  });

  test("§1.4: hooks change handler, result and error, and see their data", async () => {
    expect((await call(host.url, "/hooked")).headers["x-pre"]).toBe("1");
    const mended = await call(host.url, "/hooked?fail=1");
    expect([mended.status, mended.body.toString()]).toEqual([200, "mended after pre"]);
    await eventually("the log hook rewrote the line", () =>
      host.output().includes("warn Function.hooked.User: the ********"),
    );
    expect(host.output()).toContain("Host.Function.Console: appStart hook object");
  });

  test("§5, §9.1: an output is written with values of the route in its queue's name", async () => {
    expect((await call(host.url, "/output/named", { method: "POST" })).status).toBe(201);
    const { QueueClient } = await import("@azure/storage-queue");
    const queue = new QueueClient(azurite.connectionString(), "named-queue");
    const found = await eventually("the message is there", async () => {
      const [message] = (await queue.peekMessages()).peekedMessageItems;
      return message?.messageText;
    });
    expect(JSON.parse(found)).toEqual({ written: true });
  });

  test("§5: an output that fails fails the request, where the answer has not left yet", async () => {
    const answer = await call(host.url, "/output/x_", { method: "POST" });
    expect(answer.status).toBe(streaming ? 201 : 500);
    await eventually("the log says why", () => host.output().includes("'x_-queue' is not a queue name"));
  });

  test.each([
    { host: "evil.example", status: 403 },
    { host: "evil.example:7071", status: 403 },
    { host: "127.0.0.1.evil.example", status: 403 },
    { host: "localhost:1", status: 404 },
    { host: "vigil.localhost", status: 404 },
    { host: "[::1]:80", status: 404 },
  ])("a request for host $host answers $status while bound to loopback (design.md §4)", async (each) => {
    expect((await call(host.url, "/nowhere", { headers: { Host: each.host } })).status).toBe(each.status);
  });

  test.each([
    { section: 10.2, origin: "https://portal.example", allowed: true },
    { section: 10.2, origin: "https://other.example", allowed: false },
  ])("§$section: CORS for $origin", async ({ origin, allowed }) => {
    const preflight = await call(host.url, "/hooked", {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-origin"]).toBe(allowed ? origin : undefined);
    expect(preflight.headers["access-control-allow-headers"]).toBe(allowed ? "x-a" : undefined);
    const simple = await call(host.url, "/hooked", { headers: { Origin: origin } });
    expect(simple.headers["access-control-allow-credentials"]).toBe(allowed ? "true" : undefined);
  });

  test("§6.3: a client that goes away leaves the handler running and the host well", async () => {
    const before = host.output().split("waited").length;
    const { hostname, port } = new URL(host.url);
    const request = http.get({ hostname, port, path: "/wait/300", agent: false });
    request.on("error", () => undefined);
    await eventually("the handler runs", () => host.output().includes("Executing 'Functions.wait'"));
    request.destroy();
    await eventually("the handler ended", () => host.output().split("waited").length > before);
    expect((await call(host.url, "/hooked")).status).toBe(200);
  });

  if (streaming) {
    test("§6.6: a stream that fails halfway cuts the answer short", async () => {
      const answer = await call(host.url, "/returns/halfway");
      expect([answer.body.toString(), answer.cut]).toEqual(["begun", true]);
    });

    test("§6.6: large bodies pass in little memory, however slow the reader", { timeout: 60_000 }, async () => {
      const rss = async (): Promise<number> =>
        (JSON.parse((await call(host.url, "/memory")).body.toString()) as { rss: number }).rss;
      const before = await rss();
      const { hostname, port } = new URL(host.url);
      let received = 0;
      let most = 0;
      await new Promise<void>((done, fail) => {
        http
          .get({ hostname, port, path: "/bulk/down?mib=256", agent: false }, (response) => {
            response.on("data", (chunk: Buffer) => {
              const quarter = Math.floor(received / 67_108_864);
              received += chunk.length;
              if (Math.floor(received / 67_108_864) === quarter) return;
              response.pause();
              void rss().then((value) => {
                most = Math.max(most, value);
                response.resume();
              });
            });
            response.on("end", done);
          })
          .on("error", fail);
      });
      expect(received).toBe(256 * 1_048_576);
      expect(most - before).toBeLessThan(100 * 1_048_576);

      const block = Buffer.alloc(1_048_576, "y");
      const upload = Readable.from(
        (function* () {
          for (let mib = 0; mib < 256; mib++) yield block;
        })(),
      );
      const answer = await new Promise<string>((done, fail) => {
        const request = http.request({ hostname, port, path: "/bulk/up", method: "POST", agent: false }, (response) => {
          response.setEncoding("utf8");
          let text = "";
          response.on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            done(text);
          });
        });
        request.on("error", fail);
        upload.pipe(request);
      });
      const { length, rss: after } = JSON.parse(answer) as { length: number; rss: number };
      expect(length).toBe(256 * 1_048_576);
      expect(after - before).toBeLessThan(150 * 1_048_576);
    });
  }

  test("§10.4: admin endpoints list and describe functions, and tell the host's state", async () => {
    const list = JSON.parse((await call(host.url, "/admin/functions")).body.toString()) as { name: string }[];
    expect(list.map(({ name }) => name)).toContain("echo");
    const one = JSON.parse((await call(host.url, "/admin/functions/ECHO")).body.toString()) as object;
    expect(one).toMatchObject({
      name: "echo",
      language: "node",
      isDisabled: false,
      invoke_url_template: `${host.url}/expanded/echo/{*rest}`,
      config: { name: "echo", bindings: [{ type: "httpTrigger" }, { type: "http", name: "$return" }] },
    });
    const status = JSON.parse((await call(host.url, "/admin/host/status")).body.toString()) as object;
    expect(status).toMatchObject({ state: "Running", id: expect.any(String) as unknown });
  });

  test.each([
    { path: "/admin/functions/none", method: "GET", status: 404 },
    { path: "/admin/functions/echo/status", method: "GET", status: 200 },
    { path: "/admin/functions/echo", method: "POST", body: '{"input":""}', type: "application/json", status: 400 },
    { path: "/admin/functions/none", method: "POST", body: '{"input":""}', type: "application/json", status: 404 },
    { path: "/admin/functions/echo", method: "POST", body: "x", type: "text/plain", status: 415 },
    { path: "/admin/functions/echo", method: "POST", body: "", type: "application/json", status: 400 },
    { path: "/admin/host/ping", method: "GET", status: 200 },
    { path: "/admin/host/ping", method: "POST", status: 200 },
    { path: "/admin/host/config", method: "GET", status: 200 },
    { path: "/admin/host/drain/status", method: "GET", status: 200 },
  ])("§10.4: $method $path ($type $body) answers $status", async ({ path, method, body, type, status }) => {
    const headers = type === undefined ? {} : { "Content-Type": type };
    const answer = await call(host.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
  });

  test("admin endpoints refuse a page of another site", async () => {
    const answer = await call(host.url, "/admin/host/drain", {
      method: "POST",
      headers: { Origin: "https://evil.example" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("limits and lifecycle", () => {
  const start = (environment: Readonly<Record<string, string>>): Promise<HostProcess> =>
    startHostProcess({ appFolder, storage: azurite.connectionString(), environment });

  test("§6.8: what goes beyond maxOutstandingRequests is told 429, what fits waits its turn", async () => {
    const host = await start({
      AzureFunctionsJobHost__extensions__http__maxOutstandingRequests: "3",
      AzureFunctionsJobHost__extensions__http__maxConcurrentRequests: "1",
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => call(host.url, "/wait/100")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect([refused?.headers["x-function-scaleout"], refused?.body.length]).toEqual(["1", 0]);
    expect((await call(host.url, "/admin/host/ping")).status).toBe(200);
    await host.stop();
  });

  test.each([
    { streaming: "false", chunked: false },
    { streaming: "true", chunked: false },
    { streaming: "true", chunked: true },
  ])(
    "§6.3: a body over the limit is told 413 (streaming $streaming, chunked $chunked)",
    async ({ streaming, chunked }) => {
      const host = await start({ FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "1000", STREAMING: streaming });
      const body = "x".repeat(1_001);
      const answer = await call(host.url, "/expanded/echo", { method: "POST", body: chunked ? [body] : body });
      expect(answer.status).toBe(413);
      expect((await call(host.url, "/expanded/echo", { method: "POST", body: "x".repeat(1_000) })).status).toBe(200);
      await host.stop();
    },
  );

  test("§10.5: a stop lets running requests end, runs appTerminate hooks and exits with 0", async () => {
    const host = await start({ STREAMING: "true" });
    const slow = call(host.url, "/wait/500");
    await eventually("it runs", () => host.output().includes("Executing 'Functions.wait'"));
    const code = host.stop();
    expect((await slow).body.toString()).toBe("waited");
    expect(await code).toBe(0);
    expect(host.output()).toContain("appTerminate hook");
  });

  test("§10.5: a second signal ends it at once", async () => {
    const host = await start({});
    void call(host.url, "/wait/9000").catch(() => undefined);
    await eventually("it runs", () => host.output().includes("Executing 'Functions.wait'"));
    const code = host.stop();
    await eventually("it says so", () => host.output().includes("Stopping"));
    host.process.kill("SIGTERM");
    expect(await code).toBe(1);
  });

  test("§12: a long wait says what it waits for, and ends at the limit", async () => {
    const host = await startHostProcess({
      appFolder,
      storage: azurite.connectionString(),
      options: ["--drain-seconds", "3"],
    });
    void call(host.url, "/wait/9000").catch(() => undefined);
    await eventually("it runs", () => host.output().includes("Executing 'Functions.wait'"));
    expect(await host.stop()).toBe(0);
    expect(host.output()).toContain("Waiting for running functions to end (wait).");
    expect(host.output()).toContain("Still running after 00:00:03: wait.");
  });

  test("§2: an unhandled rejection answers running requests 500 and exits with 1", async () => {
    const host = await start({});
    const ended = new Promise((done) => host.process.once("exit", done));
    expect((await call(host.url, "/crash")).status).toBe(500);
    expect(await ended).toBe(1);
    expect(host.output()).toContain("nobody waits for this");
  });

  test("§10.1: functionTimeout fails the request, then ends the process", async () => {
    const host = await start({ AzureFunctionsJobHost__functionTimeout: "00:00:01" });
    const ended = new Promise((done) => host.process.once("exit", done));
    expect((await call(host.url, "/wait/9000")).status).toBe(500);
    expect(await ended).toBe(1);
    expect(host.output()).toContain("Timeout value of 00:00:01 was exceeded by function: Functions.wait");
  });

  test("§10.1: `functions` is an allow list, the home page can be switched off", async () => {
    const host = await start({ AzureFunctionsJobHost__functions__0: "hooked", AzureWebJobsDisableHomepage: "true" });
    expect((await call(host.url, "/hooked")).status).toBe(200);
    expect((await call(host.url, "/settings")).status).toBe(404);
    expect((await call(host.url, "/")).status).toBe(204);
    await host.stop();
  });
});
