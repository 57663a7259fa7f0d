import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { md5IsMissing, md5Limit } from "./exchange-needs.js";
import { parseRequestHead } from "./http-head.js";
import { captureLimit } from "./running-exchange.js";
import {
  type BareProxy,
  type RawPeer,
  type ScriptedUpstream,
  startBareProxy,
  startScriptedUpstream,
  until,
} from "./scripted-upstream.js";

let upstream: ScriptedUpstream;
let proxy: BareProxy;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startBareProxy(upstream.port);
});
afterEach(() => {
  proxy.close();
  upstream.close();
});

const get = "GET /a/c/b HTTP/1.1\r\nHost: h\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

interface ByteCase {
  readonly what: string;
  readonly request: string;
  readonly response: string;
  /** Decoded body sizes of the exchange, request and response. */
  readonly sizes: readonly [number, number];
}

const byteCases: readonly ByteCase[] = [
  { what: "a plain GET", request: get, response: ok, sizes: [0, 2] },
  {
    what: "header names in odd case, in their order, twice and with blanks around the value",
    request: "GET / HTTP/1.1\r\nhOsT:  h\t\r\nX-Ms-Meta-B: 2\r\nx-ms-meta-a:1\r\nX-MS-META-B: 3\r\nAccept:\r\n\r\n",
    response: 'HTTP/1.1 200 OK\r\nset-cookie: a\r\nSet-Cookie: b\r\nETAG: "x"\r\ncontent-LENGTH: 0\r\n\r\n',
    sizes: [0, 0],
  },
  {
    what: "bytes above 0x7f in target, header values and reason phrase",
    request: "GET /\xe4?\xff HTTP/1.1\r\nHost: h\r\nx-ms-meta-\x78: \xc3\xa4\xfe\r\n\r\n",
    response: "HTTP/1.1 200 \xc3\x84\xfc\r\nx: \xe9\r\nContent-Length: 0\r\n\r\n",
    sizes: [0, 0],
  },
  {
    what: "an unusual status with an odd reason phrase",
    request: get,
    response: "HTTP/1.1 299  Two  Blanks \r\nContent-Length: 0\r\n\r\n",
    sizes: [0, 0],
  },
  {
    what: "a status line without a reason phrase",
    request: get,
    response: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    sizes: [0, 0],
  },
  {
    what: "a body with Content-Length that holds line ends and zero bytes",
    request: "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n\r\n\r\n\0GET ",
    response: "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
    sizes: [9, 4],
  },
  {
    what: "chunked bodies with extensions, upper-case sizes, leading zeros and trailers",
    request:
      'PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n00A;n="v;1";q\r\n0123456789\r\n3\r\nabc\r\n0;last\r\nX: 1\r\nY: \xe4\r\n\r\n',
    response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n000\r\nT: 1\r\nT: 2\r\n\r\n",
    sizes: [13, 2],
  },
  {
    what: "an empty chunked body",
    request: "PUT /a HTTP/1.1\r\nHost: h\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    sizes: [0, 0],
  },
  {
    what: "HEAD, whose answer names a length and has no body",
    request: "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n",
    response: "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    sizes: [0, 0],
  },
  { what: "204 without a body", request: get, response: "HTTP/1.1 204 No Content\r\n\r\n", sizes: [0, 0] },
  {
    what: "304 that names a length",
    request: 'GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: "x"\r\n\r\n',
    response: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n',
    sizes: [0, 0],
  },
  {
    what: "206 of a range",
    request: "GET / HTTP/1.1\r\nHost: h\r\nx-ms-range: bytes=1-2\r\n\r\n",
    response: "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/9\r\nContent-Length: 2\r\n\r\nbc",
    sizes: [0, 2],
  },
  {
    what: "interim responses of every kind before the final one",
    request: get,
    response: `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`,
    sizes: [0, 2],
  },
  {
    what: "a DELETE with a body and a GET with a body",
    request: "DELETE /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
    response: ok,
    sizes: [1, 2],
  },
  {
    what: "an absolute target and an unknown method",
    request: "M-SEARCH http://h:1/a?b HTTP/1.1\r\nHost: h\r\n\r\n",
    response: ok,
    sizes: [0, 2],
  },
  {
    what: "an offer to change to HTTP/2 that the server ignores",
    request:
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n",
    response: ok,
    sizes: [0, 2],
  },
  {
    what: "hop-by-hop headers, which hold for both connections",
    request: "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, x-a\r\nTE: trailers\r\nX-A: 1\r\n\r\n",
    response: "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n",
    sizes: [0, 0],
  },
];

const pieces = [
  { how: "at once", size: Infinity },
  { how: "in 7-byte pieces", size: 7 },
  { how: "byte by byte", size: 1 },
] as const;

describe("passes in both directions, byte for byte", () => {
  test.each(byteCases.flatMap((each) => pieces.map((piece) => ({ ...each, ...piece }))))(
    "$what, sent $how",
    async ({ request, response, size, sizes }) => {
      const client = await proxy.connect();
      await sendInPieces(client, request, size);
      const server = await upstream.next();
      await server.receives(request);
      await sendInPieces(server, response, size);
      await client.receives(response);
      await until(
        () => proxy.exchanges.length === 1,
        () => "waiting for the exchange",
      );
      // the connection goes on
      client.send(get);
      await server.receives(request + get);
      server.send(ok);
      await client.receives(response + ok);
      expect(server.received).toBe(request + get);
      expect(client.received).toBe(response + ok);
      const [exchange] = proxy.exchanges;
      expect([exchange?.requestBodySize, exchange?.responseBodySize]).toEqual(sizes);
      expect(exchange?.ending).toBe("completed");
      expect(upstream.connections).toHaveLength(1);
    },
  );
});

async function sendInPieces(peer: RawPeer, text: string, size: number): Promise<void> {
  for (let at = 0; at < text.length; at += size) {
    peer.send(text.slice(at, at + size));
    if (size !== Infinity) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the exchange", () => {
  test("has the head as it was sent, sizes on the wire and the times of both ends", async () => {
    const before = Date.now() - 1;
    const client = await proxy.connect();
    client.send("PUT /a/c/b%20?x=1 HTTP/1.1\r\nHost: h\r\nX-A: \xe4 \r\nContent-Length: 3\r\n\r\nabc");
    (await upstream.next()).send('HTTP/1.1 201 Created\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n');
    await until(
      () => proxy.exchanges.length === 1,
      () => "waiting for the exchange",
    );
    expect(proxy.exchanges).toEqual([
      {
        service: "blob",
        secure: false,
        startedAt: expect.any(Number) as number,
        endedAt: expect.any(Number) as number,
        waitedForClientMs: 0,
        method: "PUT",
        target: "/a/c/b%20?x=1",
        requestHeaders: ["Host", "h", "X-A", "\xe4", "Content-Length", "3"],
        requestHeaderSize: 67,
        requestBodySize: 3,
        status: 201,
        responseHeaders: ["ETag", '"e"', "Content-Length", "0"],
        responseHeaderSize: 54,
        responseBodySize: 0,
        clientAddress: "127.0.0.1",
        clientPort: client.socket.localPort,
        ending: "completed",
        requestBody: undefined,
        responseBody: undefined,
        bodyMd5: undefined,
      },
    ]);
    const [exchange] = proxy.exchanges;
    if (exchange === undefined) throw new Error("no exchange");
    expect(exchange.startedAt).toBeGreaterThan(before);
    expect(exchange.endedAt).toBeGreaterThan(exchange.startedAt);
    expect(exchange.endedAt).toBeLessThan(Date.now() + 1);
  });

  test("counts the time that the client took for its body, not the time that the server took", async () => {
    const client = await proxy.connect();
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
    const server = await upstream.next();
    await pause(120);
    client.send("b");
    await server.until(({ received }) => received.endsWith("ab"), "waiting for the body");
    await pause(80);
    server.send(ok);
    await until(
      () => proxy.exchanges.length === 1,
      () => "waiting for the exchange",
    );
    const [exchange] = proxy.exchanges;
    if (exchange === undefined) throw new Error("no exchange");
    expect(exchange.waitedForClientMs).toBeGreaterThan(100);
    expect(exchange.endedAt - exchange.startedAt - exchange.waitedForClientMs).toBeGreaterThan(70);
  });

  test("keeps the bodies of a batch", async () => {
    const client = await proxy.connect();
    client.send(
      "POST /a?comp=batch HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
    );
    (await upstream.next()).send(ok);
    await until(
      () => proxy.exchanges.length === 1,
      () => "waiting for the exchange",
    );
    const [exchange] = proxy.exchanges;
    expect(Buffer.from(exchange?.requestBody ?? []).toString()).toBe("abc");
    expect(Buffer.from(exchange?.responseBody ?? []).toString()).toBe("ok");
  });

  test.each([
    {
      what: "a block has one, because Azurite gives none",
      query: "comp=block&blockid=AA%3D%3D",
      header: "",
      has: true,
    },
    { what: "a page has one", query: "comp=page", header: "", has: true },
    { what: "a block that brings its own has none", query: "comp=block", header: "content-MD5: x\r\n", has: false },
    { what: "a whole blob has none, because Azurite gives it", query: "timeout=5", header: "", has: false },
    { what: "a list of blocks has none", query: "comp=blocklist", header: "", has: false },
  ])("MD5: $what", async ({ query, header, has }) => {
    const client = await proxy.connect();
    client.send(`PUT /a/c/b?${query} HTTP/1.1\r\nHost: h\r\n${header}Content-Length: 3\r\n\r\nabc`);
    (await upstream.next()).send(ok);
    await until(
      () => proxy.exchanges.length === 1,
      () => "waiting for the exchange",
    );
    expect(proxy.exchanges[0]?.bodyMd5).toBe(has ? "kAFQmDzST7DWlj99KOF/cg==" : undefined);
  });

  test("MD5: a body beyond the limit has none", () => {
    const head = (length: number) => {
      const text = `PUT /a/c/b?comp=block HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n`;
      const parsed = parseRequestHead(Buffer.from(text));
      if (parsed.kind !== "head") throw new Error("that is a head");
      return parsed.head;
    };
    expect([md5Limit, md5Limit + 1].map((length) => md5IsMissing("blob", head(length)))).toEqual([true, false]);
  });

  test("keeps a batch's body up to its limit and no further", async () => {
    const size = captureLimit + 1_000;
    const client = await proxy.connect();
    client.send(`POST /a?comp=batch HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`);
    const server = await upstream.next();
    await server.until(({ received }) => received.length > size, "waiting for the body");
    server.send(ok);
    await until(
      () => proxy.exchanges.length === 1,
      () => "waiting for the exchange",
    );
    const [exchange] = proxy.exchanges;
    expect([exchange?.requestBodySize, exchange?.requestBody?.length]).toEqual([size, captureLimit]);
  });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
