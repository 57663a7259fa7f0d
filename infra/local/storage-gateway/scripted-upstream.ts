import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { type Gate } from "./bearer-gate.js";
import { type Exchange } from "./exchange.js";
import { type Intercept } from "./interception.js";
import { ProxyConnection } from "./proxy-connection.js";
import { preciseNow } from "./precise-clock.js";

/** How long a test waits for something that should be there at once, milliseconds. */
export const patienceMs = 5_000;

/** A server of the test's own in Azurite's place: it sees every byte and says every byte. Only tests use this file. */
export interface ScriptedUpstream {
  readonly port: number;
  readonly connections: readonly RawPeer[];
  /** The connection that comes in next. */
  next(): Promise<RawPeer>;
  close(): void;
}

/** One end of a TCP connection that keeps what it receives. */
export class RawPeer {
  received = "";
  /** `fin`, or the error's code. */
  end: string | undefined;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
    });
    socket.on("end", () => {
      this.end ??= "fin";
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.end = error.code ?? "error";
    });
    socket.on("close", () => {
      this.end ??= "closed";
    });
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  async until(condition: (peer: this) => boolean, what: string): Promise<void> {
    await until(
      () => condition(this),
      () => `${what}; received so far: ${JSON.stringify(this.received)}, ${this.end ?? "open"}`,
    );
  }

  async receives(text: string): Promise<void> {
    await this.until((peer) => peer.received.length >= text.length, `waiting for ${JSON.stringify(text)}`);
  }

  async ends(): Promise<string> {
    await this.until((peer) => peer.end !== undefined, "waiting for the connection's end");
    return this.end ?? "";
  }
}

/** Waits for a condition; fails after `patienceMs` with what it was waiting for. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`after ${patienceMs} ms still ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const connections: RawPeer[] = [];
  let taken = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => connections.push(new RawPeer(socket)));
  const port = await listen(server);
  return {
    port,
    connections,
    next: async () => {
      const index = taken++;
      await until(
        () => connections.length > index,
        () => "waiting for a connection",
      );
      const connection = connections[index];
      if (connection === undefined) throw new Error("no connection");
      return connection;
    },
    close: () => {
      server.close();
      for (const { socket } of connections) socket.destroy();
    },
  };
}

export interface BareProxy {
  readonly port: number;
  readonly exchanges: Exchange[];
  readonly proxied: ReadonlySet<ProxyConnection>;
  /** The proxy's ends of its clients' connections. */
  readonly accepted: readonly Socket[];
  connect(): Promise<RawPeer>;
  close(): void;
}

/** Proxy connections in front of a port, without anything else of the gateway. */
export async function startBareProxy(
  upstreamPort: number,
  intercept: Intercept = () => undefined,
  gate?: Gate,
): Promise<BareProxy> {
  const exchanges: Exchange[] = [];
  const proxied = new Set<ProxyConnection>();
  const clients: RawPeer[] = [];
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    const peer = {
      service: "blob",
      secure: false,
      clientAddress: socket.remoteAddress ?? "",
      clientPort: socket.remotePort ?? 0,
    } as const;
    const onExchange = (exchange: Exchange): void => void exchanges.push(exchange);
    const upstream = { host: "127.0.0.1", port: upstreamPort, authority: undefined };
    const target = { upstream, intercept, gate, onExchange };
    proxied.add(new ProxyConnection(socket, peer, target, () => socket.resetAndDestroy()));
  });
  const port = await listen(server);
  return {
    port,
    exchanges,
    proxied,
    accepted,
    connect: async () => {
      const peer = new RawPeer(await connectRaw(port));
      clients.push(peer);
      return peer;
    },
    close: () => {
      server.close();
      for (const connection of proxied) connection.destroy();
      for (const { socket } of clients) socket.destroy();
    },
  };
}

/** Runs the timers of a proxy's connections as if that much time had passed. */
export function passTime(proxy: BareProxy, milliseconds: number): void {
  for (const connection of proxy.proxied) connection.sweep(preciseNow() + milliseconds);
}

export async function connectRaw(port: number): Promise<Socket> {
  const { connect } = await import("node:net");
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
