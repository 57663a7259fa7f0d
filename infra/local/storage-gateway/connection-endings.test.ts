import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pipelineLimit } from "./proxy-connection.js";
import {
  type BareProxy,
  type RawPeer,
  type ScriptedUpstream,
  passTime,
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
const put = "PUT /a/c/b HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const closing = ok.replace("\r\n", "\r\nConnection: close\r\n");
const longAnswer = `HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n${"x".repeat(3_000_000)}`;

/** The exchanges' endings and statuses, once there are that many. */
async function exchanges(count: number): Promise<readonly (readonly [string, number | undefined])[]> {
  await until(
    () => proxy.exchanges.length >= count,
    () => `waiting for ${count} exchanges`,
  );
  return proxy.exchanges.map(({ ending, status }) => [ending, status] as const);
}

async function start(request: string): Promise<readonly [client: RawPeer, server: RawPeer]> {
  const client = await proxy.connect();
  client.send(request);
  const server = await upstream.next();
  await server.receives(request);
  return [client, server];
}

describe("100 Continue", () => {
  const expecting = put.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");

  test("is left to the server, and the wait for it is not the client's", async () => {
    const [client, server] = await start(expecting);
    await pause(60);
    expect(client.received).toBe("");
    server.send("HTTP/1.1 100 Continue\r\n\r\n");
    await client.receives("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("0123456789");
    await server.receives(`${expecting}0123456789`);
    server.send(ok);
    await client.until(({ received }) => received.endsWith("ok"), "waiting for the answer");
    expect(await exchanges(1)).toEqual([["completed", 200]]);
    expect(proxy.exchanges[0]?.waitedForClientMs).toBeLessThan(50);
    expect(proxy.exchanges[0]?.responseHeaderSize).toBe(ok.length - 2);
  });

  test("that the server does not say, because it refuses, leaves the connection as the server wants it", async () => {
    const [client, server] = await start(expecting);
    const refusal = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    server.send(refusal);
    await client.receives(refusal);
    expect(await client.ends()).toBe("fin");
    expect(await exchanges(1)).toEqual([["completed", 403]]);
  });
});

describe("requests sent ahead", () => {
  test("are forwarded one after the other and answered in order", async () => {
    const requests = [get, `${put}0123456789`, get.replace("/b", "/c")];
    const client = await proxy.connect();
    client.send(requests.join(""));
    const server = await upstream.next();
    for (const [index, request] of requests.entries()) {
      await server.receives(requests.slice(0, index + 1).join(""));
      expect(server.received.endsWith(request)).toBe(true);
      server.send(ok.replace("ok", `r${index}`));
    }
    await client.receives(ok.repeat(3));
    expect(client.received).toBe([0, 1, 2].map((index) => ok.replace("ok", `r${index}`)).join(""));
    expect(await exchanges(3)).toHaveLength(3);
  });

  test("with empty lines between them are taken as Node takes them", async () => {
    const [client, server] = await start(get);
    server.send(ok);
    await client.receives(ok);
    client.send(`\r\n\r\n${get}`);
    await server.receives(get + get);
    expect(server.received).toBe(get + get);
  });

  test("beyond a limit are no longer read", async () => {
    const [client] = await start(get);
    const ahead = get.repeat(200_000);
    client.send(ahead);
    await until(
      () => client.socket.writableLength > 0,
      () => "waiting for the proxy to stop reading",
    );
    await pause(50);
    // the rest is in the buffers of two sockets, not in the proxy
    expect(client.socket.writableLength).toBeGreaterThan(pipelineLimit);
  });
});

describe("an early answer", () => {
  test("reaches the client while it still uploads, and the connection goes on", async () => {
    const [client, server] = await start(`${put}012`);
    server.send(ok);
    await client.receives(ok);
    expect(proxy.exchanges).toHaveLength(0);
    client.send("3456789");
    await server.receives(`${put}0123456789`);
    expect(await exchanges(1)).toEqual([["completed", 200]]);
    client.send(get);
    await server.receives(`${put}0123456789${get}`);
  });

  test("after which the server closes is not lost", async () => {
    const [client, server] = await start(`${put}012`);
    const refusal = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
    server.send(refusal);
    server.socket.end();
    await client.receives(refusal);
    client.send("345");
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe(refusal);
    expect(await exchanges(1)).toEqual([["completed", 413]]);
  });
});

describe("a connection that is to end", () => {
  test.each([
    { what: "the server's Connection: close", request: get, answer: ok.replace("\r\n", "\r\nConnection: close\r\n") },
    {
      what: "an HTTP/1.0 client",
      request: "GET / HTTP/1.0\r\n\r\n",
      answer: ok.replace("\r\n", "\r\nConnection: close\r\n"),
    },
    { what: "an HTTP/1.0 answer", request: get, answer: ok.replace("HTTP/1.1", "HTTP/1.0") },
  ])("ends after the answer: $what", async ({ request, answer }) => {
    const [client, server] = await start(request);
    server.send(answer);
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe(answer);
    await server.ends();
    expect(await exchanges(1)).toEqual([["completed", 200]]);
  });

  test("ends with the body where nothing else tells its end", async () => {
    const [client, server] = await start(get);
    server.send("HTTP/1.1 200 OK\r\n\r\nabc");
    await client.until(({ received }) => received.endsWith("abc"), "waiting for the body");
    expect(proxy.exchanges).toHaveLength(0);
    server.send("def");
    server.socket.end();
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe("HTTP/1.1 200 OK\r\n\r\nabcdef");
    expect(await exchanges(1)).toEqual([["completed", 200]]);
    expect(proxy.exchanges[0]?.responseBodySize).toBe(6);
  });

  test("ends when the server closes it between two requests", async () => {
    const [client, server] = await start(get);
    server.send(ok);
    await client.receives(ok);
    server.socket.end();
    expect(await client.ends()).toBe("fin");
    expect(await exchanges(1)).toEqual([["completed", 200]]);
  });

  test("outlives the server's keep-alive limit: the next request gets a new connection there", async () => {
    const [client, server] = await start(get);
    server.send(ok);
    await client.receives(ok);
    passTime(proxy, 4_500);
    await server.ends();
    client.send(get);
    const second = await upstream.next();
    await second.receives(get);
    second.send(ok);
    await client.receives(ok + ok);
    expect(client.end).toBeUndefined();
  });

  test("is closed by the proxy when it was idle for longer than the server allows", async () => {
    const [client, server] = await start(get);
    server.send(ok);
    await client.receives(ok);
    passTime(proxy, 7_000);
    expect(await client.ends()).toBe("fin");
  });

  test("is told 408, as Node does, when a head does not come whole within a minute", async () => {
    const client = await proxy.connect();
    client.send("GET / HT");
    // until it came, the connection is one that has sent nothing, which ends without a word
    await until(
      () => proxy.accepted[0]?.bytesRead === "GET / HT".length,
      () => "waiting for what was sent of the head",
    );
    passTime(proxy, 61_000);
    await client.ends();
    expect(client.received).toBe("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
  });
});

describe("a client that gives up", () => {
  test.each([
    { what: "while it uploads", sent: `${put}012`, answered: "" },
    { what: "while it waits", sent: get, answered: "" },
    { what: "while it downloads", sent: get, answered: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc" },
  ])("$what is felt by the server at once", async ({ sent, answered }) => {
    const [client, server] = await start(sent);
    server.send(answered);
    await client.receives(answered);
    client.socket.resetAndDestroy();
    await server.ends();
    const status = answered === "" ? undefined : 200;
    expect(await exchanges(1)).toEqual([["client-aborted", status]]);
  });

  test("by closing its side is told to the server, which may still answer", async () => {
    const [client, server] = await start(get);
    client.socket.end();
    expect(await server.ends()).toBe("fin");
    server.send(ok);
    server.socket.end();
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe(ok);
    expect(await exchanges(1)).toEqual([["completed", 200]]);
  });

  test("by closing its side gets nothing where the server then closes, as Azurite does", async () => {
    const [client, server] = await start(get);
    client.socket.end();
    await server.ends();
    server.socket.end();
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe("");
    expect(await exchanges(1)).toEqual([["client-aborted", undefined]]);
  });

  test.each([
    { what: "while it waits", sent: get, answer: ok },
    { what: "while it waits, with a long answer", sent: get, answer: longAnswer },
    { what: "while it uploads, with an answer that closes", sent: `${put}012`, answer: closing },
  ])("altogether $what has not taken the late answer", async ({ sent, answer }) => {
    const [client, server] = await start(sent);
    client.socket.destroy();
    expect(await server.ends()).toBe("fin");
    server.send(answer);
    expect(await exchanges(1)).toEqual([["client-aborted", 200]]);
  });

  test("altogether, unseen since it is not read any more, has not taken the early answer", async () => {
    const [client, server] = await start("PUT /a/c/b HTTP/1.1\r\nHost: h\r\nContent-Length: 99000000\r\n\r\n");
    server.socket.pause();
    client.send("x".repeat(50_000_000));
    const [proxied] = proxy.accepted;
    await until(
      () => proxied?.isPaused() === true,
      () => "waiting for the proxy to stop reading",
    );
    client.socket.destroy();
    server.send(closing);
    expect(await exchanges(1)).toEqual([["client-aborted", 200]]);
  });

  test("leaves nothing behind", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => start(`${put}0`)));
    for (const [client] of clients) client.socket.destroy();
    for (const [, server] of clients) {
      expect(await server.ends()).toBe("fin");
      server.socket.end();
    }
    expect((await exchanges(20)).every(([ending]) => ending === "client-aborted")).toBe(true);
  });
});

describe("a server that fails", () => {
  test("by resetting before it answers resets the client", async () => {
    const [client, server] = await start(get);
    server.socket.resetAndDestroy();
    expect(await client.ends()).toBe("ECONNRESET");
    expect(client.received).toBe("");
    expect(await exchanges(1)).toEqual([["upstream-failed", undefined]]);
  });

  test("by closing before it answers closes the client's connection", async () => {
    const [client, server] = await start(get);
    server.socket.end();
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe("");
    expect(await exchanges(1)).toEqual([["upstream-failed", undefined]]);
  });

  test.each([
    { how: "closing", fail: (server: RawPeer) => server.socket.end(), end: "fin" },
    { how: "resetting", fail: (server: RawPeer) => server.socket.resetAndDestroy(), end: "ECONNRESET" },
  ])("by $how in the middle of a body gives the client what there was, and the same end", async ({ fail, end }) => {
    const [client, server] = await start(get);
    const part = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc";
    server.send(part);
    await client.receives(part);
    fail(server);
    expect(await client.ends()).toBe(end);
    expect(client.received).toBe(part);
    expect(await exchanges(1)).toEqual([["upstream-failed", 200]]);
  });

  test("by not being there resets the client, and the next request after it is back succeeds", async () => {
    const gone = await startScriptedUpstream();
    gone.close();
    const alone = await startBareProxy(gone.port);
    const client = await alone.connect();
    client.send(get);
    expect(await client.ends()).toBe("ECONNRESET");
    expect(alone.exchanges).toMatchObject([{ ending: "upstream-failed", status: undefined }]);
    alone.close();
  });

  test.each([
    { what: "no HTTP", answer: "SSH-2.0-x\r\n\r\n" },
    { what: "two lengths", answer: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab" },
    { what: "another protocol", answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" },
    { what: "a chunk without a size", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" },
  ])("by speaking $what breaks the client's connection", async ({ answer }) => {
    const [client, server] = await start(get);
    server.send(answer);
    expect(await client.ends()).toBe("ECONNRESET");
    expect((await exchanges(1))[0]?.[0]).toBe("upstream-failed");
  });

  test("by saying more than it was asked closes the connection after the answer", async () => {
    const [client, server] = await start(get);
    server.send(`${ok}HTTP/1.1 200 OK\r\n\r\n`);
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe(ok);
  });
});

describe("what is not HTTP", () => {
  const bare400 = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  test.each([
    { what: "no request line", sent: "hello\r\n\r\n" },
    { what: "a bare line feed in the head", sent: "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n" },
    { what: "a blank before a colon", sent: "GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\n" },
    { what: "a folded header line", sent: "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n" },
    { what: "two lengths", sent: "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n" },
    { what: "a length and chunks", sent: "PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" },
    { what: "a length that is no number", sent: "PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\n" },
    { what: "a coding that hides the length", sent: "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" },
    { what: "HTTP/2", sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  ])("is refused as Node refuses it, and never reaches the server: $what", async ({ sent }) => {
    const client = await proxy.connect();
    client.send(sent);
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe(bare400);
    expect(upstream.connections).toHaveLength(0);
  });

  test("a head without end is refused", async () => {
    const client = await proxy.connect();
    client.send(`GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`);
    await client.ends();
    expect(client.received).toBe("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
  });

  test("a malformed chunk ends the request on both sides and is an exchange", async () => {
    const head = "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const [client, server] = await start(`${head}1\r\na\r\n`);
    client.send("zz\r\n");
    await client.ends();
    expect(client.received).toBe(bare400);
    await server.ends();
    expect(server.received).toBe(`${head}1\r\na\r\n`);
    expect(await exchanges(1)).toEqual([["completed", 400]]);
  });

  test("CONNECT is closed without an answer", async () => {
    const client = await proxy.connect();
    client.send("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await client.ends()).toBe("fin");
    expect(client.received).toBe("");
  });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
