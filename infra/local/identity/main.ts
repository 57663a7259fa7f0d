import { parseArgs } from "node:util";

import { openCertificates } from "../certificates/certificate-folder.js";
import { startIdentityProvider, type IdentityProvider } from "./identity-provider.js";

/** What the identity provider tells a launcher that started it with an IPC channel. */
export type IdentityMessage =
  | { readonly kind: "ready"; readonly url: string; readonly secretsFile: string }
  | { readonly kind: "failed"; readonly message: string };

/** The identity provider as a process of its own. */
async function main(): Promise<void> {
  const { port, dataFolder } = readArguments();
  const { server: certificate } = await openCertificates(dataFolder, new Date());
  const provider = await startIdentityProvider({ port, dataFolder, certificate });
  stopWhenTold(provider);
  tell({ kind: "ready", url: provider.url, secretsFile: provider.folder.secretsFile });
}

function readArguments(): { readonly port: number; readonly dataFolder: string } {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "7091" }, data: { type: "string", default: ".vigil" } },
  });
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    throw new Error(`--port must be a port from 0 to 65535, and is "${values.port}"`);
  }
  return { port, dataFolder: values.data };
}

function stopWhenTold(provider: IdentityProvider): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    provider.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error("stopping the identity provider:", error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // the launcher is gone, however it went
  process.on("disconnect", stop);
}

function tell(message: IdentityMessage): void {
  if (process.send === undefined) console.log(JSON.stringify(message));
  else process.send(message);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`identity provider: ${message}`);
  process.exitCode = 1;
  if (process.send === undefined) return;
  tell({ kind: "failed", message });
  process.disconnect();
});
