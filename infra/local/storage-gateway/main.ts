import { parseStorageAccounts } from "../storage-accounts.js";
import { parseGatewaySettings } from "./gateway-arguments.js";
import { createRequestLog } from "./request-log.js";
import { type ServicePorts, type StorageGateway, startStorageGateway } from "./storage-gateway.js";

/** How long storage may take for what is left of the log. */
const logStopLimitMs = 5_000;

/** The gateway as a process of its own: says `ready` or `failed` to whoever spawned it, and stops when told to. */
async function main(): Promise<void> {
  const settings = parseGatewaySettings(process.argv.slice(2), process.env);
  const accounts = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
  const [stateAccount] = accounts;
  if (stateAccount === undefined) throw new Error("AZURITE_ACCOUNTS names no account");
  const azurite = (offset: number): string => `http://127.0.0.1:${settings.azuritePort + offset}`;
  const log = createRequestLog({
    accounts,
    azurite: { blob: azurite(0), queue: azurite(1), table: azurite(2) },
    stateAccount,
    flushSeconds: settings.flushSeconds,
    report: (message, cause) => {
      console.error(`storage gateway: ${message}${cause instanceof Error ? `: ${cause.message}` : ""}`);
    },
  });
  const gateway = await startStorageGateway({
    host: settings.host,
    storagePort: settings.storagePort,
    azuritePort: settings.azuritePort,
    accounts,
    onExchange: (exchange) => {
      log.record(exchange);
    },
    onStopped: () => log.stop({ deadlineMs: logStopLimitMs }),
  });
  log.start();
  stopWhenTold(gateway);
  tell({ kind: "ready", ports: gateway.ports });
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
