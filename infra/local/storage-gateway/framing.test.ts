import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BodyReader, decodeBody } from "./body-reader.js";
import { type Framing, headLimit, parseRequestHead, parseResponseHead } from "./http-head.js";

interface FramedBody {
  readonly framing: Framing;
  readonly raw: Buffer;
  readonly data: Buffer;
}

describe("a body", () => {
  const piece = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    extension: fc.constantFrom("", ";a", ';a="b;c"', ";\t x=1"),
    zeros: fc.nat(3),
  });
  const trailers = fc.constantFrom("", "A: b\r\n", "A: b\r\nC:\r\n");
  const chunked = fc.tuple(fc.array(piece, { maxLength: 6 }), trailers).map(([pieces, trailer]): FramedBody => {
    const chunks = pieces.map(({ data, extension, zeros }) => [
      Buffer.from(`${"0".repeat(zeros)}${data.length.toString(16)}${extension}\r\n`),
      data,
      Buffer.from("\r\n"),
    ]);
    return {
      framing: { kind: "chunked" },
      raw: Buffer.concat([...chunks.flat(), Buffer.from(`0\r\n${trailer}\r\n`)]),
      data: Buffer.concat(pieces.map(({ data }) => data)),
    };
  });
  const counted = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes): FramedBody => ({
    framing: { kind: "length", length: bytes.length },
    raw: Buffer.from(bytes),
    data: Buffer.from(bytes),
  }));

  test("ends where it ends, however the network cuts it", () => {
    fc.assert(
      fc.property(
        fc.oneof(chunked, counted),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.uint8Array({ maxLength: 20 }),
        ({ framing, raw, data }, sizes, following) => {
          const decoded: Buffer[] = [];
          const reader = new BodyReader(framing, (bytes) => decoded.push(Buffer.from(bytes)));
          const stream = Buffer.concat([raw, following]);
          let at = 0;
          for (let turn = 0; !reader.done; turn += 1) {
            const cut = stream.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
            at += reader.take(cut, 0);
          }
          expect(at).toBe(raw.length);
          expect(Buffer.concat(decoded)).toEqual(data);
          expect(reader.size).toBe(data.length);
          expect(decodeBody(framing, raw)).toEqual(data);
        },
      ),
    );
  });

  test.each([
    "g\r\n",
    "\r\n",
    "1 \r\na\r\n",
    "1\na\r\n",
    "1\r\nab",
    "1\r\na\rx",
    "-1\r\n",
    "0x1\r\n",
    "1;a\nb\r\n",
    "1111111111111\r\n",
    "0\r\nA: b\n\r\n",
    `1;${"x".repeat(17_000)}\r\n`,
    `0\r\nA: ${"x".repeat(17_000)}\r\n`,
  ])("of chunks is malformed when it says %j", (raw) => {
    expect(new BodyReader({ kind: "chunked" }).take(Buffer.from(raw), 0)).toBe(-1);
  });
});

test.each([
  { size: headLimit - 100, kind: "incomplete" },
  { size: headLimit + 1, kind: "invalid" },
])("a head of $size bytes without end is $kind", ({ size, kind }) => {
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nX: ${"x".repeat(size - 19)}`);
  expect(parseRequestHead(bytes).kind).toBe(kind);
  expect(parseResponseHead(Buffer.from(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(size - 20)}`), "GET").kind).toBe(kind);
});

describe("Azurite's HTTP parser and the gateway's", () => {
  const seen: { method: string; url: string; body: string }[] = [];
  const read = (request: IncomingMessage, response: ServerResponse): void => {
    let body = "";
    request.setEncoding("latin1");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", url: request.url ?? "", body });
      response.end();
    });
  };
  const server = createServer(read).on("checkExpectation", read);
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What Node makes of some bytes: the requests it saw before it had enough. */
  async function readByNode(bytes: Buffer): Promise<readonly { method: string; url: string; body: string }[]> {
    seen.length = 0;
    const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
    socket.on("error", () => undefined);
    socket.resume();
    // a request after it shows whether Node thinks that it ended here
    socket.write(Buffer.concat([bytes, Buffer.from("GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")]));
    await once(socket, "close");
    return [...seen];
  }

  const names = [
    "Host",
    "host",
    "X-A",
    "Content-Length",
    "content-length",
    "Transfer-Encoding",
    "Connection",
    "Expect",
  ];
  const values = [
    "h",
    "",
    "0",
    "3",
    "03",
    "3, 3",
    "+3",
    "chunked",
    "Chunked",
    "gzip, chunked",
    "identity",
    "close",
    "\xe4",
  ];
  const line = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(": ", ":", " : ", ":\t"), fc.constantFrom(...values))
    .map((parts) => parts.join(""));
  const request = fc
    .tuple(
      fc.constantFrom("GET", "PUT", "POST", "DELETE", "MERGE", "get", "X"),
      fc.constantFrom("/", "/a?b#c", "*", "http://h/a", "/ä", "/a b"),
      fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"),
      fc.array(line, { maxLength: 4 }),
      fc.constantFrom("\r\n", "\r\n", "\r\n", "\n"),
      fc.constantFrom(
        "",
        "abc",
        "3\r\nabc\r\n0\r\n\r\n",
        "3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "0\r\n\r\n",
      ),
    )
    .map(([method, target, version, lines, end, body]) =>
      Buffer.from(
        `${method} ${target} ${version}\r\nHost: h\r\n${lines.map((text) => text + end).join("")}\r\n${body}`,
        "latin1",
      ),
    );

  test("agree on where every request ends that the gateway accepts", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const parsed = parseRequestHead(bytes);
        if (parsed.kind !== "head") return;
        const reader = new BodyReader(parsed.head.framing);
        const end = reader.take(bytes, parsed.head.size);
        // incomplete or malformed bodies never become a whole request for either
        if (end === -1 || !reader.done) return;
        const whole = bytes.subarray(0, end);
        const byNode = await readByNode(whole);
        // Node may refuse more than the gateway does, but must not see another request in it
        if (byNode.length === 0) return;
        compared += 1;
        expect(byNode[0]).toEqual({
          method: parsed.head.method,
          url: parsed.head.target,
          body: decodeBody(parsed.head.framing, whole.subarray(parsed.head.size)).toString("latin1"),
        });
        expect(byNode.slice(1).map(({ url }) => url)).toEqual(byNode.length > 1 ? ["/end"] : []);
      }),
      { numRuns: 3_000 },
    );
    // else the generator has drifted off and the property holds for nothing
    expect(compared).toBeGreaterThan(200);
  });
});
