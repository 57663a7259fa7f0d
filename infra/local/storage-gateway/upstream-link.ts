import { type Socket, type SocketConstructorOpts, type TcpSocketConnectOpts, connect } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { countRead } from "./read-garbage.js";

/** How a connection to Azurite ended: with a FIN, or with a fault (refused, reset). */
export type LinkEnd = "closed" | "failed";

export interface LinkEvents {
  /** @returns whether `bytes` may be overwritten: nobody holds them any more */
  readonly onData: (bytes: Buffer) => boolean;
  readonly onDrain: () => void;
  readonly onEnd: (end: LinkEnd) => void;
}

/** Larger than Node's 64 KiB: fewer and larger reads are what makes downloads as fast as Azurite's own. */
const readSize = 256 * 1024;
/** Most answers are small; a connection that fills this one gets the large one. */
const firstReadSize = 16 * 1024;

/** Where Azurite listens. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** Certificate of the authority under which it speaks TLS, PEM; undefined: it speaks plain http. */
  readonly authority: string | undefined;
}

/** At most one connection to Azurite, opened when there is something to send, and opened anew after it was dropped. */
export class UpstreamLink {
  readonly #upstream: Upstream;
  readonly #events: LinkEvents;
  #socket: Socket | undefined;

  constructor(upstream: Upstream, events: LinkEvents) {
    this.#upstream = upstream;
    this.#events = events;
  }

  /** Bytes that the kernel has not taken yet. */
  get backlog(): number {
    return this.#socket?.writableLength ?? 0;
  }

  write(bytes: Buffer): void {
    this.#socket ??= this.#open();
    this.#socket.write(bytes);
  }

  /** Tells the server that the client sends no more. */
  end(): void {
    this.#socket?.end();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Closes the connection; no event follows. */
  drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #open(): Socket {
    let buffer = Buffer.allocUnsafeSlow(firstReadSize);
    const { host, port, authority } = this.#upstream;
    const options: TcpSocketConnectOpts & SocketConstructorOpts = {
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => buffer,
        callback: (size) => {
          const released = this.#socket !== socket || this.#events.onData(buffer.subarray(0, size));
          if (size === buffer.length && size < readSize) buffer = Buffer.allocUnsafeSlow(readSize);
          else if (!released) {
            countRead(buffer.length);
            buffer = Buffer.allocUnsafeSlow(buffer.length);
          }
          return true;
        },
      },
    };
    const socket: Socket = authority === undefined ? connect(options) : connectSecurely({ ...options, ca: authority });
    const end = (how: LinkEnd): void => {
      if (this.#socket !== socket) return;
      this.drop();
      this.#events.onEnd(how);
    };
    socket.on("drain", () => {
      if (this.#socket === socket) this.#events.onDrain();
    });
    socket.on("end", () => {
      end("closed");
    });
    socket.on("error", () => {
      end("failed");
    });
    return socket;
  }
}
