import { parseArgs } from "node:util";

import { openCertificates } from "../certificates/certificate-folder.js";
import { runPart } from "../part.js";
import { startIdentityProvider } from "./identity-provider.js";

runPart("identity provider", async () => {
  const { port, dataFolder } = readArguments();
  const { server: certificate } = await openCertificates(dataFolder, new Date());
  const provider = await startIdentityProvider({ port, dataFolder, certificate });
  return { ready: { url: provider.url, secretsFile: provider.folder.secretsFile }, stop: () => provider.stop() };
});

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
