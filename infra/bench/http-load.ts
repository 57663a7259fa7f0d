import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { type Socket, connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { BodyReader } from "../local/storage-gateway/body-reader.js";
import { parseResponseHead } from "../local/storage-gateway/http-head.js";

/** A load to run: connections that each send the next request when the last one is answered. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  /**
   * `raw`: a client that costs next to nothing, so that many small requests measure the server. `http`: Node's own
   * client, under the official SDKs; large bodies are measured as they reach a program.
   */
  readonly client: "raw" | "http";
  /** Runs that long, milliseconds, … */
  readonly forMs: number;
  /** … or until that many requests are done. */
  readonly requests: number;
  /** One request per connection, whole; `{n}` in it is replaced by a number of its own each time. */
  readonly head: string;
  /** Bytes after the head. `numbered`: text in which `{n}` is replaced as well. */
  readonly body:
    { readonly kind: "numbered"; readonly text: string } | { readonly kind: "zeros"; readonly size: number };
  readonly expectedStatus: number;
  readonly firstNumber: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, one per request. */
  readonly latencies: Float64Array;
}

async function run(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let number = load.firstNumber;
  let begun = 0;
  const zeros = load.body.kind === "zeros" ? Buffer.alloc(load.body.size) : undefined;
  const next = (): Buffer[] => {
    const own = String(number++).padStart(9, "0");
    const head = Buffer.from(load.head.replaceAll("{n}", own));
    if (load.body.kind === "numbered") return [head, Buffer.from(load.body.text.replaceAll("{n}", own))];
    return zeros === undefined ? [head] : [head, zeros];
  };
  const startedAt = performance.now();
  const more = (): boolean => begun < load.requests && performance.now() - startedAt < load.forMs;
  const agent = new Agent({ keepAlive: true });
  const viaHttp = async (): Promise<void> => {
    while (more()) {
      begun += 1;
      const sentAt = performance.now();
      await transfer(agent, load, zeros);
      latencies.push(performance.now() - sentAt);
    }
  };
  const viaSocket = async (): Promise<void> => {
    const socket = connect({ host: "127.0.0.1", port: load.port, noDelay: true });
    await once(socket, "connect");
    while (more()) {
      begun += 1;
      const sentAt = performance.now();
      await exchange(socket, next(), load.expectedStatus);
      latencies.push(performance.now() - sentAt);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.connections }, load.client === "raw" ? viaSocket : viaHttp));
  agent.destroy();
  const seconds = (performance.now() - startedAt) / 1000;
  return { requests: latencies.length, seconds, latencies: Float64Array.from(latencies) };
}

async function transfer(agent: Agent, load: Load, body: Buffer | undefined): Promise<void> {
  const [requestLine = "", ...lines] = load.head.trimEnd().split("\r\n");
  const [method = "", path = ""] = requestLine.split(" ");
  const headers = Object.fromEntries(lines.map((line) => line.split(": ", 2) as [string, string]));
  const sent = request({ host: "127.0.0.1", port: load.port, method, path, headers, agent });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  if (response.statusCode !== load.expectedStatus) throw new Error(`got status ${String(response.statusCode)}`);
  response.resume();
  await once(response, "end");
}

async function exchange(socket: Socket, request: readonly Buffer[], expectedStatus: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    let body: BodyReader | undefined;
    const read = (chunk: Buffer): void => {
      let at = 0;
      let bytes = chunk;
      if (head !== undefined) {
        bytes = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        head = bytes;
        const parsed = parseResponseHead(bytes, "GET");
        if (parsed.kind === "incomplete") return;
        if (parsed.kind === "invalid" || parsed.head.status !== expectedStatus) {
          settle(new Error(`expected ${expectedStatus}, got ${bytes.toString("latin1", 0, 400)}`));
          return;
        }
        head = undefined;
        body = new BodyReader(parsed.head.framing);
        at = parsed.head.size;
      }
      body?.take(bytes, at);
      if (body?.done === true) settle(undefined);
    };
    const broken = (): void => {
      settle(new Error("the connection broke"));
    };
    const settle = (error: Error | undefined): void => {
      socket.off("data", read);
      socket.off("close", broken);
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.on("data", read);
    socket.on("close", broken);
    socket.cork();
    for (const piece of request) socket.write(piece);
    socket.uncork();
  });
}

if (parentPort !== null) parentPort.postMessage(await run(workerData as Load));
