import { type Socket } from "node:net";
import { type SecureContext, createSecureContext } from "node:tls";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { openByFirstByte } from "../certificates/first-byte.js";
import { preciseNow } from "./precise-clock.js";
import { ProxyConnection, type ProxyTarget } from "./proxy-connection.js";
import { type GatewayTls } from "./storage-gateway.js";

/** All connections of clients, from the moment that they come in. */
export class Connections {
  readonly #secureContext: SecureContext | undefined;
  readonly #open = new Set<ProxyConnection>();
  /** Those that have not said yet whether they speak TLS. */
  readonly #opening = new Set<Socket>();

  constructor(tls: GatewayTls | undefined) {
    this.#secureContext = tls && createSecureContext({ cert: tls.server.certificate, key: tls.server.privateKey });
  }

  accept(socket: Socket, service: Service, target: ProxyTarget): void {
    // read now: a socket that has been closed no longer knows them
    const { remoteAddress: clientAddress = "", remotePort: clientPort = 0 } = socket;
    const begin = (client: Socket, secure: boolean): void => {
      this.#opening.delete(socket);
      const peer = { service, secure, clientAddress, clientPort };
      const connection = new ProxyConnection(client, peer, target, () => socket.resetAndDestroy());
      this.#open.add(connection);
      client.once("close", () => this.#open.delete(connection));
    };
    if (this.#secureContext === undefined) {
      begin(socket, false);
      return;
    }
    this.#opening.add(socket);
    socket.once("close", () => this.#opening.delete(socket));
    openByFirstByte(socket, { secureContext: this.#secureContext, onConnection: begin });
  }

  /** Closes what has been idle for too long. */
  sweep(): void {
    const now = preciseNow();
    for (const connection of this.#open) connection.sweep(now);
  }

  /** Lets running requests end. */
  stop(): void {
    for (const socket of this.#opening) socket.destroy();
    for (const connection of this.#open) connection.stop();
  }

  /** Breaks what is left. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy();
  }
}
