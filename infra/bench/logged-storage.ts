import { fileURLToPath } from "node:url";
import { startAzurite, type Azurite } from "../../shared/testing/azurite.js";
import { findFreePorts } from "../../shared/testing/free-ports.js";
import { startChild } from "../local/child.js";
import { gatewayNodeFlags } from "../local/storage-gateway/gateway-arguments.js";

/** Azurite that can be stopped and the gateway in front of it, without launcher and app. */
export interface LoggedStorage {
  readonly azurite: Azurite;
  /** Bases: blob N, queue N+1, table N+2. */
  readonly azuritePort: number;
  readonly storagePort: number;
  readonly stop: () => Promise<void>;
}

const stopDeadlineMs = 10_000;

/** @param dataFolder so that Azurite comes back with what it had */
export async function startLoggedStorage(dataFolder: string): Promise<LoggedStorage> {
  const azuritePort = await findFreePorts(6);
  const storagePort = azuritePort + 3;
  const azurite = await startAzurite({
    dataFolder,
    blobPort: azuritePort,
    queuePort: azuritePort + 1,
    tablePort: azuritePort + 2,
  });
  const module = fileURLToPath(new URL("../local/storage-gateway/main.js", import.meta.url));
  const gateway = startChild("storage gateway", module, {
    args: ["--storage-port", String(storagePort), "--azurite-port", String(azuritePort)],
    nodeFlags: gatewayNodeFlags,
  });
  const stop = async (): Promise<void> => {
    await gateway.stop(stopDeadlineMs);
    await azurite.stop();
  };
  try {
    await gateway.whenReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return { azurite, azuritePort, storagePort, stop };
}
