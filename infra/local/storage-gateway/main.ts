import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { runPart } from "../part.js";
import { parseStorageAccounts } from "../storage-accounts.js";
import { localTenantId } from "../identity/tenant.js";
import { type TlsSettings, gatewayNiceness, parseGatewaySettings } from "./gateway-arguments.js";
import { createRequestLog } from "./request-log.js";
import { type GatewayTls, startStorageGateway } from "./storage-gateway.js";

/** How long storage may take for what is left of the log. */
const logStopLimitMs = 5_000;

runPart("storage gateway", async () => {
  const settings = parseGatewaySettings(process.argv.slice(2), process.env);
  setPriority(gatewayNiceness);
  const accounts = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
  const [stateAccount] = accounts;
  if (stateAccount === undefined) throw new Error("AZURITE_ACCOUNTS names no account");
  const scheme = settings.tls === undefined ? "http" : "https";
  const azurite = (offset: number): string => `${scheme}://127.0.0.1:${settings.azuritePort + offset}`;
  const report = (message: string, cause?: unknown): void => {
    console.error(`storage gateway: ${message}${cause instanceof Error ? `: ${cause.message}` : ""}`);
  };
  const log = createRequestLog({
    accounts,
    azurite: { blob: azurite(0), queue: azurite(1), table: azurite(2) },
    stateAccount,
    flushSeconds: settings.flushSeconds,
    report,
  });
  const gateway = await startStorageGateway({
    host: settings.host,
    storagePort: settings.storagePort,
    azuritePort: settings.azuritePort,
    accounts,
    tls: settings.tls && (await openTls(settings.tls)),
    report,
    onExchange: (exchange) => {
      log.record(exchange);
    },
    onStopped: () => log.stop({ deadlineMs: logStopLimitMs }),
  });
  log.start();
  return { ready: { ports: gateway.ports }, stop: () => gateway.stop() };
});

/** What Azurite's own clients and the reading of the identity provider's keys trust comes by `NODE_EXTRA_CA_CERTS`. */
async function openTls({ certificateFile, keyFile, authorityFile, identityUrl }: TlsSettings): Promise<GatewayTls> {
  const [{ StorageTokens }, certificate, privateKey, authority] = await Promise.all([
    // only this mode needs what checks tokens
    import("../storage-tokens/storage-tokens.js"),
    readFile(certificateFile, "utf8"),
    readFile(keyFile, "utf8"),
    readFile(authorityFile, "utf8"),
  ]);
  return { server: { certificate, privateKey }, authority, tokens: new StorageTokens(identityUrl, localTenantId) };
}
