import type { Socket } from "node:net";
import { TLSSocket, type SecureContext } from "node:tls";

/** How a TLS record of a handshake begins; no HTTP method does. RFC 8446, §5.1. */
const handshake = 0x16;
/** How long a connection may take to say what it is, and to finish its handshake, in milliseconds. */
export const openingLimitMs = 10_000;

export interface OpeningOptions {
  readonly secureContext: SecureContext;
  readonly limitMs?: number;
  /**
   * Gets the connection with all its bytes, as if nothing had looked at them: the socket itself, or the TLS socket
   * after its handshake. It is paused; listeners or a pipe start it.
   */
  readonly onConnection: (connection: Socket, secure: boolean) => void;
}

/**
 * Tells TLS from plain http by the first byte of a connection, so that one port takes both.
 *
 * What is neither silent nor fails its handshake reaches `onConnection` once; the rest is closed. For an
 * `http.Server`, `onConnection` is `(connection) => server.emit("connection", connection)`.
 */
export function openByFirstByte(socket: Socket, { secureContext, limitMs, onConnection }: OpeningOptions): void {
  const close = (): void => {
    socket.destroy();
  };
  // nobody else listens yet: a reset before the first byte must not end the process
  socket.on("error", close);
  const limit = setTimeout(close, limitMs ?? openingLimitMs);
  const stopWaiting = (): void => {
    clearTimeout(limit);
  };
  socket.once("close", stopWaiting);

  const hand = (connection: Socket, secure: boolean): void => {
    stopWaiting();
    socket.off("close", stopWaiting).off("end", close).off("error", close);
    connection.off("error", close);
    onConnection(connection, secure);
  };
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      // the end of a connection that said nothing is readable, too
      if (socket.readableEnded || socket.destroyed) close();
      else socket.once("readable", look);
      return;
    }
    socket.unshift(chunk);
    if (chunk[0] !== handshake) {
      hand(socket, false);
      return;
    }
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    secure.on("error", close);
    secure.once("secure", () => {
      hand(secure, true);
    });
  };
  socket.once("readable", look);
  socket.once("end", close);
}
