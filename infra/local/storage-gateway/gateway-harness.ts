import { type Azurite, startAzurite, type AzuriteOptions } from "../../../shared/testing/azurite.js";
import { type Exchange } from "./exchange.js";
import { type GatewayTls, type StorageGateway, startStorageGateway } from "./storage-gateway.js";

/** For tests only: a gateway in front of a real emulator, on free ports. */
export interface TestGateway {
  readonly azurite: Azurite;
  readonly gateway: StorageGateway;
  readonly exchanges: Exchange[];
  /** Of an account behind the gateway; `azurite.connectionString()` is the one that goes past it. */
  connectionString(account?: string): string;
  stop(): Promise<void>;
}

/** @param tls with it, `options` have to make the emulator speak TLS, too */
export async function startTestGateway(options: AzuriteOptions = {}, tls?: GatewayTls): Promise<TestGateway> {
  const azurite = await startAzurite(options);
  const exchanges: Exchange[] = [];
  const gateway = await startStorageGateway({
    host: "127.0.0.1",
    storagePort: 0,
    azuritePort: { blob: azurite.blobPort, queue: azurite.queuePort, table: azurite.tablePort },
    accounts: azurite.accounts,
    tls,
    onExchange: (exchange) => exchanges.push(exchange),
  });
  return {
    azurite,
    gateway,
    exchanges,
    connectionString: (account) =>
      azurite
        .connectionString(account)
        .replace(`:${azurite.blobPort}/`, `:${gateway.ports.blob}/`)
        .replace(`:${azurite.queuePort}/`, `:${gateway.ports.queue}/`)
        .replace(`:${azurite.tablePort}/`, `:${gateway.ports.table}/`),
    stop: async () => {
      await gateway.stop();
      await azurite.stop();
    },
  };
}
