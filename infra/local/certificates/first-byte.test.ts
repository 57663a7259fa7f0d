import { createServer as createHttpServer, request as httpRequest, type Server as HttpServer } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { createAuthority, createServerCertificate } from "./certificate.js";
import { openByFirstByte, openingLimitMs } from "./first-byte.js";

let ca: string;
let secureContext: SecureContext;
let http: HttpServer;
let server: Server;
let port: number;
/** As of the next connection; a busy machine may take a second for a handshake. */
let limitMs = openingLimitMs;
const accepted = new Set<Socket>();

beforeAll(async () => {
  const authority = await createAuthority(new Date());
  const { certificate, privateKey } = await createServerCertificate(authority, new Date());
  ca = authority.certificate;
  secureContext = createSecureContext({ cert: certificate, key: privateKey });
  // answers with what it was asked over, and the hash of what was sent
  http = createHttpServer((request, response) => {
    const hash = createHash("sha256");
    request.on("data", (chunk: Buffer) => hash.update(chunk));
    request.on("end", () => {
      const secure = "encrypted" in request.socket;
      response.end(`${secure ? "https" : "http"} ${String(request.url)} ${hash.digest("hex")}`);
    });
  });
  server = createServer((socket) => {
    accepted.add(socket);
    socket.once("close", () => accepted.delete(socket));
    openByFirstByte(socket, {
      secureContext,
      limitMs,
      onConnection: (connection) => http.emit("connection", connection),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  http.closeAllConnections();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function ask(scheme: "http" | "https", path: string, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path, method: "PUT", headers: { connection: "close" } };
    const request = scheme === "http" ? httpRequest(options) : httpsRequest({ ...options, ca });
    request.once("error", reject).once("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.once("end", () => {
        resolve(text);
      });
    });
    request.end(body);
  });
}

describe("one port takes both", () => {
  test.each([
    { scheme: "http", bytes: 0 },
    { scheme: "https", bytes: 0 },
    { scheme: "http", bytes: 5_000_000 },
    { scheme: "https", bytes: 5_000_000 },
  ] as const)("$scheme with $bytes bytes", async ({ scheme, bytes }) => {
    const body = randomBytes(bytes);
    const hash = createHash("sha256").update(body).digest("hex");
    expect(await ask(scheme, "/x", body)).toBe(`${scheme} /x ${hash}`);
  });

  test("many at the same time", async () => {
    const asked = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? ("http" as const) : ("https" as const)));
    const answers = await Promise.all(asked.map((scheme, n) => ask(scheme, `/${n}`, Buffer.from(String(n)))));
    expect(answers.map((answer) => answer.split(" ").slice(0, 2).join(" "))).toEqual(
      asked.map((scheme, n) => `${scheme} /${n}`),
    );
  });

  test("a request of which the first byte comes alone", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.write("G");
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.write("ET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(socket, "end");
    expect(text).toContain("http /slow");
  });

  test.each([{ scheme: "plain" }, { scheme: "TLS" }])(
    "a client that closes its side of $scheme still gets its answer, later",
    async ({ scheme }) => {
      const patient = createServer({ allowHalfOpen: true }, (socket) => {
        openByFirstByte(socket, {
          secureContext,
          onConnection: (connection) => {
            let heard = "";
            connection.on("data", (chunk: Buffer) => (heard += chunk.toString()));
            connection.once("end", () => setTimeout(() => connection.end(`heard ${heard}`), 30));
          },
        });
      });
      await new Promise<void>((resolve) => patient.listen(0, "127.0.0.1", resolve));
      const at = { port: (patient.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true };
      const socket = scheme === "TLS" ? connectTls({ ...at, ca }) : connect(at);
      socket.end("hello");
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      await once(socket, "end");
      expect(text).toBe("heard hello");
      await new Promise((resolve) => patient.close(resolve));
    },
  );

  test("TLS that is resumed by a second connection", async () => {
    const options = { port, host: "127.0.0.1", ca, maxVersion: "TLSv1.2" } as const;
    const first = connectTls(options);
    const [session] = (await once(first, "session")) as [Buffer];
    first.destroy();
    const second = connectTls({ ...options, session });
    await once(second, "secureConnect");
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });
});

describe("what never becomes a request is closed, and hurts nobody", () => {
  const open: Socket[] = [];
  beforeAll(() => {
    limitMs = 1_000;
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });
  const closedAfter = async (act: (socket: Socket) => void): Promise<void> => {
    const socket = connect(port, "127.0.0.1");
    open.push(socket);
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "connect");
    act(socket);
    await once(socket, "close");
  };

  test.each([
    { name: "silence", act: () => undefined },
    { name: "a connection that is closed at once", act: (socket: Socket) => socket.end() },
    { name: "a reset", act: (socket: Socket) => socket.resetAndDestroy() },
    {
      name: "rubbish that begins like TLS",
      act: (socket: Socket) => socket.write(Buffer.from([0x16, 1, 2, 3, 4, 5, 6, 7])),
    },
    {
      name: "a handshake that is never finished",
      act: (socket: Socket) => socket.write(Buffer.from([0x16, 3, 1, 2, 0])),
    },
    {
      name: "a handshake that ends in a reset",
      act: (socket: Socket) => {
        socket.write(Buffer.from([0x16, 3, 1, 2, 0]), () => socket.resetAndDestroy());
      },
    },
  ])("$name", async ({ act }) => {
    await closedAfter(act);
    expect(await ask("https", "/after", Buffer.alloc(0))).toContain("https /after");
    await expect.poll(() => accepted.size, { timeout: 5_000 }).toBe(0);
  });

  test("a client that doesn't trust the authority", async () => {
    const socket = connectTls({ port, host: "127.0.0.1" });
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/UNABLE|SELF_SIGNED/);
    expect(await ask("http", "/after", Buffer.alloc(0))).toContain("http /after");
  });
});
