import { createServer as createPlain, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openCertificates, type LocalCertificates } from "../../../infra/local/certificates/certificate-folder.js";
import { outgoingHttp, redirectLimit, type OutgoingHttpOptions, type OutgoingOutcome } from "./outgoing-http.js";

interface Call {
  readonly host: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const calls: Call[] = [];
const connections: string[] = [];
let answer: RequestListener;
let folder: string;
let certificates: LocalCertificates;
const servers: Record<"http" | "https", Server> = { http: createPlain(), https: createPlain() };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigil-outgoing-"));
  certificates = await openCertificates(folder, new Date());
  const listener: RequestListener = (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      calls.push({ host: request.headers.host, path: request.url, headers: request.headers, body });
      answer(request, response);
    });
  };
  servers.http = createPlain(listener);
  servers.https = createSecure(
    { cert: certificates.server.certificate, key: certificates.server.privateKey },
    listener,
  );
  for (const server of Object.values(servers)) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }
});
afterAll(async () => {
  for (const server of Object.values(servers)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  calls.length = connections.length = 0;
  answer = (_, response) => response.end("ok");
});

const names: Readonly<Record<string, readonly string[]>> = {
  "hook.example": ["93.184.215.14"],
  "other.example": ["93.184.215.15"],
  localhost: ["127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "both.example": ["93.184.215.14", "10.0.0.1"],
  "nowhere.example": [],
};

/** Addresses lead to the servers above: no packet leaves loopback. */
async function post(
  url: string,
  { timeoutMs = 5_000, ...options }: Partial<OutgoingHttpOptions> & { readonly timeoutMs?: number } = {},
): Promise<OutgoingOutcome> {
  const client = outgoingHttp({
    policy: { allowLoopback: false, allowPrivate: false },
    resolve: (host) =>
      host in names
        ? Promise.resolve(names[host] ?? [])
        : Promise.reject(Object.assign(new Error(`getaddrinfo ${host}`), { code: "ENOTFOUND" })),
    connectTo: (address, port) => {
      connections.push(`${address}:${port}`);
      const server = port === 443 ? servers.https : servers.http;
      return { address: "127.0.0.1", port: (server.address() as AddressInfo).port };
    },
    ...options,
  });
  const body = '{"a":"ü"}';
  return await client.post({
    ...{ url: new URL(url), body, contentType: "application/json", timeoutMs },
    headers: { "x-id": "7" },
  });
}

const redirectTo = (location: string, status = 307): RequestListener => {
  return (request, response) => {
    if (request.headers.host === "hook.example") response.writeHead(status, { location }).end();
    else response.end("ok");
  };
};

test("a call arrives whole, and its answer is told", async () => {
  answer = (_, response) => response.writeHead(503, { "retry-after": "7" }).end("not\r\nnow ");
  expect(await post("http://hook.example:8080/a/b?c=d")).toEqual({
    ...{ kind: "answered", status: 503, retryAfter: "7", excerpt: "not now" },
  });
  expect(connections).toEqual(["93.184.215.14:8080"]);
  expect(calls).toMatchObject([{ host: "hook.example:8080", path: "/a/b?c=d", body: '{"a":"ü"}' }]);
  expect(calls[0]?.headers).toMatchObject({ "content-type": "application/json", "content-length": "10", "x-id": "7" });
});

test("credentials of the URL are sent as Basic, and never in the path", async () => {
  await post("http://me:p%40ss%zz@hook.example/");
  expect(calls[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:p@ss%zz").toString("base64")}`);
});

describe("addresses are judged before anybody is called", () => {
  test.each([
    { url: "http://localhost/", reason: "127.0.0.1 is a loopback address" },
    { url: "http://127.1/", reason: "127.0.0.1 is a loopback address" },
    { url: "http://2130706433/", reason: "127.0.0.1 is a loopback address" },
    { url: "http://[::ffff:10.0.0.1]/", reason: "10.0.0.1 is a private address" },
    { url: "http://metadata.example/latest", reason: "169.254.169.254 is a metadata address" },
    { url: "http://both.example/", reason: "10.0.0.1 is a private address" },
    { url: "ftp://hook.example/", reason: "only http and https" },
    { url: "file:///etc/passwd", reason: "only http and https" },
  ])("$url: $reason", async ({ url, reason }) => {
    expect(await post(url)).toEqual({ kind: "refused", reason });
    expect(connections).toEqual([]);
  });

  test("loopback is allowed in development mode, a metadata address is not", async () => {
    const policy = { allowLoopback: true, allowPrivate: false };
    expect(await post("http://localhost/", { policy })).toMatchObject({ kind: "answered", status: 200 });
    expect(await post("http://metadata.example/", { policy })).toMatchObject({ kind: "refused" });
  });
});

describe("redirects", () => {
  test.each([
    { location: "http://metadata.example/latest", reason: "169.254.169.254 is a metadata address" },
    { location: "//169.254.169.254/latest", reason: "169.254.169.254 is a metadata address" },
    { location: "http://[::1]/", reason: "::1 is a loopback address" },
    { location: "file:///etc/passwd", reason: "only http and https" },
    { location: "http://", reason: "a redirect to what is no URL" },
    { location: "/again", reason: `more than ${redirectLimit} redirects` },
  ])("to $location: $reason", async ({ location, reason }) => {
    answer = redirectTo(location);
    expect(await post("http://hook.example/")).toEqual({ kind: "refused", reason });
    expect(calls.every(({ host }) => host === "hook.example")).toBe(true);
  });

  test.each([307, 308])("%i takes method and body along, but neither credentials nor headers", async (status) => {
    answer = redirectTo("http://other.example/there", status);
    expect(await post("http://me:secret@hook.example/")).toMatchObject({ kind: "answered", status: 200 });
    expect(calls[1]).toMatchObject({ host: "other.example", path: "/there", body: '{"a":"ü"}' });
    expect(calls[1]?.headers).not.toHaveProperty("authorization");
    expect(calls[1]?.headers).not.toHaveProperty("x-id");
  });

  test.each([301, 302, 303])("%i, which would drop the body, is the answer", async (status) => {
    answer = redirectTo("http://other.example/", status);
    expect(await post("http://hook.example/")).toMatchObject({ kind: "answered", status });
    expect(calls).toHaveLength(1);
  });

  test("away from https are refused", async () => {
    answer = (_, response) => response.writeHead(307, { location: "http://other.example/" }).end();
    const resolve = () => Promise.resolve(["93.184.215.14"]);
    expect(await post("https://localhost/", { authority: certificates.authority, resolve })).toEqual({
      kind: "refused",
      reason: "a redirect from https to another scheme",
    });
  });
});

describe("certificates are checked", () => {
  const resolve = () => Promise.resolve(["93.184.215.14"]);
  test.each([
    { name: "of a trusted authority", url: "https://localhost/", trusted: true, outcome: { kind: "answered" } },
    {
      name: "of another authority",
      ...{ url: "https://localhost/", trusted: false },
      outcome: { kind: "failed", reason: "the certificate's authority is not trusted" },
    },
    {
      name: "for another name",
      ...{ url: "https://hook.example/", trusted: true },
      outcome: { kind: "failed", reason: "the certificate is for another name" },
    },
  ])("$name", async ({ url, trusted, outcome }) => {
    const authority = trusted ? { authority: certificates.authority } : {};
    expect(await post(url, { resolve, ...authority })).toMatchObject(outcome);
  });
});

describe("a receiver that misbehaves", () => {
  test.each<{ name: string; answer: RequestListener; outcome: object; timeoutMs?: number }>([
    {
      name: "streams forever",
      answer: (_, response) => {
        response.writeHead(200);
        const more = (): void => {
          if (!response.destroyed) response.write(Buffer.alloc(16 * 1024, "x"), more);
        };
        more();
      },
      outcome: { kind: "answered", status: 200, excerpt: "x".repeat(256) },
    },
    {
      name: "closes in the middle of its answer",
      answer: (_, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("half", () => response.destroy());
      },
      outcome: { kind: "failed", reason: "the connection was closed before the answer" },
    },
    {
      name: "closes without an answer",
      answer: ({ socket }) => socket.destroy(),
      outcome: { kind: "failed", reason: "the connection was closed before the answer" },
    },
    {
      name: "answers with what is not HTTP",
      answer: ({ socket }) => socket.end("garbage\r\n\r\n"),
      outcome: { kind: "failed", reason: "the call failed (HPE_INVALID_CONSTANT)" },
    },
    {
      name: "never answers",
      answer: () => undefined,
      outcome: { kind: "failed", reason: "no answer in time" },
      timeoutMs: 100,
    },
    {
      name: "never ends its answer",
      answer: (_, response) => void response.writeHead(200).write("a"),
      outcome: { kind: "failed", reason: "no answer in time" },
      timeoutMs: 100,
    },
  ])("$name", async ({ answer: misbehave, outcome, timeoutMs = 5_000 }) => {
    answer = misbehave;
    expect(await post("http://hook.example/", { timeoutMs })).toMatchObject(outcome);
  });
});

describe("a name that leads nowhere", () => {
  test.each([
    { url: "http://unknown.example/secret-path", reason: "the host name is not known" },
    { url: "http://nowhere.example/secret-path", reason: "the host name has no address" },
  ])("$url: $reason", async ({ url, reason }) => {
    expect(await post(url)).toEqual({ kind: "failed", reason });
  });

  test("and a resolver that never answers", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    expect(await post("http://hook.example/", { resolve, timeoutMs: 100 })).toEqual({
      kind: "failed",
      reason: "no answer in time",
    });
  });
});
