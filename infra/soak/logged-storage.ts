import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startAzurite, type Azurite } from "../../shared/testing/azurite.js";
import { findFreePorts } from "../../shared/testing/free-ports.js";

/** Azurite that can be stopped and the gateway in front of it, without launcher and app. */
export interface LoggedStorage {
  readonly azurite: Azurite;
  readonly storagePort: number;
  readonly gateway: ChildProcess;
  stop(): Promise<void>;
}

/** @param dataFolder so that Azurite comes back with what it had */
export async function startLoggedStorage(dataFolder: string): Promise<LoggedStorage> {
  const base = await findFreePorts(6);
  const azurite = await startAzurite({ dataFolder, blobPort: base, queuePort: base + 1, tablePort: base + 2 });
  const storagePort = base + 3;
  const gateway = fork(fileURLToPath(new URL("../local/storage-gateway/main.js", import.meta.url)), [
    "--storage-port",
    String(storagePort),
    "--azurite-port",
    String(base),
  ]);
  const [message] = (await once(gateway, "message")) as [{ kind: string; message?: string }];
  if (message.kind !== "ready") throw new Error(`the gateway did not start: ${message.message ?? message.kind}`);
  return {
    azurite,
    storagePort,
    gateway,
    stop: async () => {
      gateway.kill("SIGTERM");
      if (gateway.exitCode === null) await once(gateway, "exit");
      await azurite.stop();
    },
  };
}
