import { once } from "node:events";
import { type Server, createServer } from "node:net";
import { type Service, services } from "../../../shared/storage-analytics/log-entry.js";
import { type StorageAccount } from "../storage-accounts.js";
import { type StorageTokens } from "../storage-tokens/storage-tokens.js";
import { interceptAsAzure } from "./azure-rules.js";
import { openBearerGate } from "./bearer-gate.js";
import { CopyValidations } from "./copy-validations.js";
import { type Exchange } from "./exchange.js";
import { Connections } from "./connections.js";
import { type ProxyTarget } from "./proxy-connection.js";
import { answerWrongKeyAsAzure } from "./wrong-key.js";

export interface StorageGatewayOptions {
  readonly host: string;
  /** Base of the ports to listen on: blob, queue and table take N, N+1, N+2; 0 takes any free ports. */
  readonly storagePort: number;
  /** Azurite's ports; a number is a base, as above. */
  readonly azuritePort: number | ServicePorts;
  /** Accounts of Azurite with their keys. */
  readonly accounts: readonly StorageAccount[];
  /** Ports take TLS besides plain http, Azurite speaks TLS, and bearer tokens are checked; undefined: none of it. */
  readonly tls?: GatewayTls | undefined;
  /** Hears of tokens that can't be checked. */
  readonly report?: (message: string, cause: unknown) => void;
  /** Gets every exchange but Azurite's own when it has ended; must be quick. What it throws is counted and never reaches a client. */
  readonly onExchange: (exchange: Exchange) => void;
  /** Called by `stop()` after the last exchange. */
  readonly onStopped?: () => Promise<void>;
}

export interface GatewayTls {
  /** Of the gateway itself, PEM. */
  readonly server: { readonly certificate: string; readonly privateKey: string };
  /** Certificate under which Azurite's is, PEM. */
  readonly authority: string;
  readonly tokens: StorageTokens;
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
  const { tls, report = () => undefined } = options;
  const connections = new Connections(tls);
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
      const scheme = tls === undefined ? "http" : "https";
      const azuriteBlob = `${scheme}://${azuriteHost}:${azuritePort(0, "blob")}`;
      const intercept = interceptAsAzure({ service, accounts, azuriteBlob });
      const target: ProxyTarget = {
        upstream: { host: azuriteHost, port: azuritePort(index, service), authority: tls?.authority },
        gate: tls && openBearerGate({ service, tokens: tls.tokens, now: () => new Date(), report }),
        intercept: (head) => {
          if (service === "blob") validations.begin(head);
          const interception = intercept(head);
          return tls === undefined ? interception : answerWrongKeyAsAzure(service, head, interception);
        },
        onExchange,
      };
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        connections.accept(socket, service, target);
      });
      servers.push(server);
      ports[service] = await listen(server, options.host, storagePort === 0 ? 0 : storagePort + index);
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  const sweep = setInterval(() => {
    connections.sweep();
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
      connections.stop();
      const limit = setTimeout(() => {
        connections.destroy();
      }, stopLimitMs);
      await Promise.all(closed);
      clearTimeout(limit);
      clearInterval(sweep);
      await options.onStopped?.();
    },
  };
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
