import { readFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { parseStorageAccounts } from "../storage-accounts.js";
import { localTenantId } from "../identity/tenant.js";
import { type TlsSettings, gatewayNiceness, parseGatewaySettings } from "./gateway-arguments.js";
import { createRequestLog } from "./request-log.js";
import { type GatewayTls, type ServicePorts, type StorageGateway, startStorageGateway } from "./storage-gateway.js";

/** How long storage may take for what is left of the log. */
const logStopLimitMs = 5_000;

/** The gateway as a process of its own: says `ready` or `failed` to whoever spawned it, and stops when told to. */
async function main(): Promise<void> {
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
  stopWhenTold(gateway);
  tell({ kind: "ready", ports: gateway.ports });
}

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

function stopWhenTold(gateway: StorageGateway): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    gateway.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error("stopping the storage gateway:", error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // the launcher is gone, however it went
  process.on("disconnect", stop);
  process.on("message", (message: unknown) => {
    if (typeof message === "object" && message !== null && "kind" in message && message.kind === "stop") stop();
  });
}

type Message =
  { readonly kind: "ready"; readonly ports: ServicePorts } | { readonly kind: "failed"; readonly message: string };

function tell(message: Message): void {
  if (process.send === undefined) console.log(JSON.stringify(message));
  else process.send(message);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`storage gateway: ${message}`);
  process.exitCode = 1;
  if (process.send === undefined) return;
  tell({ kind: "failed", message });
  process.disconnect();
});
