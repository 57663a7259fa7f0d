import { once } from "node:events";
import { type Server, type Socket, createServer } from "node:net";
import { type Service, services } from "../../../shared/storage-analytics/log-entry.js";
import { type StorageAccount } from "../storage-accounts.js";
import { interceptAsAzure } from "./azure-rules.js";
import { CopyValidations } from "./copy-validations.js";
import { type Exchange } from "./exchange.js";
import { ProxyConnection, type ProxyTarget } from "./proxy-connection.js";
import { preciseNow } from "./precise-clock.js";

export interface StorageGatewayOptions {
  readonly host: string;
  /** Base of the ports to listen on: blob, queue and table take N, N+1, N+2; 0 takes any free ports. */
  readonly storagePort: number;
  /** Azurite's ports; a number is a base, as above. */
  readonly azuritePort: number | ServicePorts;
  /** Accounts of Azurite with their keys. */
  readonly accounts: readonly StorageAccount[];
  /** Gets every exchange but Azurite's own when it has ended; must be quick. What it throws is counted and never reaches a client. */
  readonly onExchange: (exchange: Exchange) => void;
  /** Called by `stop()` after the last exchange. */
  readonly onStopped?: () => Promise<void>;
}

export type ServicePorts = Readonly<Record<Service, number>>;

export interface StorageGateway {
  readonly ports: ServicePorts;
  /** Exchanges that `onExchange` threw on. */
  readonly sinkErrors: number;
  /** Stops accepting, lets running requests end within `stopLimitMs`, then breaks what is left. */
  stop(): Promise<void>;
}

/** How long `stop()` lets running requests go on. */
export const stopLimitMs = 5_000;
const sweepIntervalMs = 500;
const azuriteHost = "127.0.0.1";

/**
 * Starts a storage gateway: three listeners, each in front of one of Azurite's services.
 * @throws when a port is taken; the message names it and how to choose another
 */
export async function startStorageGateway(options: StorageGatewayOptions): Promise<StorageGateway> {
  const connections = new Set<ProxyConnection>();
  let sinkErrors = 0;
  const validations = new CopyValidations();
  const onExchange = (exchange: Exchange): void => {
    if (exchange.service === "blob" && validations.end(exchange)) return;
    try {
      options.onExchange(exchange);
    } catch {
      // logging is best effort and must not fail a request: counted, and shown by whoever asks
      sinkErrors += 1;
    }
  };
  const azuritePort = (index: number, service: Service): number =>
    typeof options.azuritePort === "number" ? options.azuritePort + index : options.azuritePort[service];
  const servers: Server[] = [];
  const ports: Record<Service, number> = { blob: 0, queue: 0, table: 0 };
  try {
    for (const [index, service] of services.entries()) {
      const { accounts, storagePort } = options;
      const azuriteBlob = `http://${azuriteHost}:${azuritePort(0, "blob")}`;
      const intercept = interceptAsAzure({ service, accounts, azuriteBlob });
      const target: ProxyTarget = {
        upstreamHost: azuriteHost,
        upstreamPort: azuritePort(index, service),
        intercept: (head) => {
          if (service === "blob") validations.begin(head);
          return intercept(head);
        },
        onExchange,
      };
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        accept(socket, service, target, connections);
      });
      servers.push(server);
      ports[service] = await listen(server, options.host, storagePort === 0 ? 0 : storagePort + index);
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  const sweep = setInterval(() => {
    const now = preciseNow();
    for (const connection of connections) connection.sweep(now);
  }, sweepIntervalMs);

  return {
    ports,
    get sinkErrors() {
      return sinkErrors;
    },
    stop: async () => {
      const closed = servers.map(async (server) => {
        server.close();
        await once(server, "close");
      });
      for (const connection of connections) connection.stop();
      const limit = setTimeout(() => {
        for (const connection of connections) connection.destroy();
      }, stopLimitMs);
      await Promise.all(closed);
      clearTimeout(limit);
      clearInterval(sweep);
      await options.onStopped?.();
    },
  };
}

/** The one place where connections come in. */
function accept(socket: Socket, service: Service, target: ProxyTarget, connections: Set<ProxyConnection>): void {
  const peer = {
    service,
    secure: false,
    clientAddress: socket.remoteAddress ?? "",
    clientPort: socket.remotePort ?? 0,
  };
  const connection = new ProxyConnection(socket, peer, target);
  connections.add(connection);
  socket.once("close", () => connections.delete(connection));
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!inUse) throw new Error(`listening on ${host}:${port} for the storage gateway`, { cause: error });
    throw new Error(
      `port ${port} is already in use: stop what listens there, or choose other ports with --storage-port`,
      { cause: error },
    );
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP listener has no port");
  return address.port;
}
