import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { connect } from "node:tls";

import { minKeySecretBytes } from "../../shared/access/access-settings.js";
import { resolveConnection, type Connection } from "../../shared/runtime/connection.js";
import { openStorage } from "../../shared/runtime/storage-clients.js";
import { apiKeysIn, apiKeysTable } from "../../shared/stores/api-keys/api-keys.azure.js";
import { openKeySecret } from "../local/key-secret.js";
import { connectionString, parseStorageAccounts } from "../local/storage-accounts.js";
import { writeTrustBundle } from "../local/certificates/certificate-folder.js";
import { readIfThere } from "../local/whole-file.js";
import { help, parseKeyCommand, type KeyCommand, type LocalStack } from "./key-command.js";
import { runKeyCommand } from "./key-work.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where keys are kept, and what they are hashed with. */
interface KeyPlace {
  readonly kind: "place";
  readonly connection: Connection;
  readonly keySecret: Uint8Array;
}

/** Storage speaks TLS under an authority that this process was not started to trust. */
interface NeedsTrust {
  readonly kind: "needs-trust";
  /** File for `NODE_EXTRA_CA_CERTS`. */
  readonly bundle: string;
}

const probeTimeoutMs = 2_000;

const parsed = parseKeyCommand(process.argv.slice(2));
if (parsed.kind === "help") console.log(help);
else if (parsed.kind === "invalid") {
  console.error(`${parsed.message}\n\n${help}`);
  process.exitCode = 2;
} else {
  try {
    const place = await findPlace(process.env, parsed.local);
    if (place.kind === "needs-trust") process.exitCode = await runAgain(place.bundle);
    else await run(place, parsed.command);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

async function run({ connection, keySecret }: KeyPlace, command: KeyCommand): Promise<void> {
  const storage = await openStorage(connection);
  const keys = apiKeysIn(storage.table(apiKeysTable));
  const { result, note, exitCode } = await runKeyCommand(command, keys, keySecret, new Date());
  for (const line of note) console.error(line);
  for (const line of result) console.log(line);
  process.exitCode = exitCode;
}

/** Node reads the authorities that it trusts when a process starts: this program once more, trusting the local one. */
async function runAgain(bundle: string): Promise<number> {
  const environment = { ...process.env, NODE_EXTRA_CA_CERTS: bundle };
  const child = spawn(process.execPath, process.argv.slice(1), { stdio: "inherit", env: environment });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** The app's own settings if the environment has them, else the stack of this laptop. */
async function findPlace(environment: Environment, local: LocalStack): Promise<KeyPlace | NeedsTrust> {
  const named = environment["VIGIL_STORAGE"] ?? "";
  const name = named === "" ? "AzureWebJobsStorage" : named;
  const configured = named !== "" || Object.keys(environment).some((each) => /^AzureWebJobsStorage(?:__|$)/.test(each));
  if (!configured) return await localPlace(local);
  const found = resolveConnection(name, environment);
  if (found.kind === "invalid") throw new Error(`The connection ${name} can't be used: ${found.reason}.`);
  const keySecret = Buffer.from(environment["VIGIL_KEY_SECRET"] ?? "", "base64");
  if (keySecret.length < minKeySecretBytes) {
    throw new Error(
      `Set VIGIL_KEY_SECRET to the app's own, base64 of at least ${minKeySecretBytes} bytes: keys made with another one are not accepted.`,
    );
  }
  return { kind: "place", connection: found.connection, keySecret };
}

async function localPlace({ dataFolder, azuritePort }: LocalStack): Promise<KeyPlace | NeedsTrust> {
  const [account] = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
  if (account === undefined) throw new Error("There is no storage account to keep keys in.");
  const authority = await readIfThere(join(dataFolder, "certificates", "authority.crt"));
  const secure = authority !== undefined && (await speaksTls(azuritePort, authority));
  if (secure) {
    const bundle = await writeTrustBundle(dataFolder, authority, process.env["NODE_EXTRA_CA_CERTS"]);
    if (process.env["NODE_EXTRA_CA_CERTS"] !== bundle) return { kind: "needs-trust", bundle };
  }
  const value = connectionString(account, azuritePort, secure ? "https" : "http");
  return {
    kind: "place",
    connection: { kind: "connection-string", name: "AzureWebJobsStorage", value, accountName: account.name },
    keySecret: Buffer.from(await openKeySecret(dataFolder), "base64"),
  };
}

/** Whether a port of this machine speaks TLS under this authority, as Azurite does after `npm start -- --https`. */
function speaksTls(port: number, authority: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ca: authority, timeout: probeTimeoutMs });
    const settle = (secure: boolean): void => {
      socket.destroy();
      resolve(secure);
    };
    socket.once("secureConnect", () => {
      settle(true);
    });
    // plain http, or nobody: what the storage client says of it is clearer
    for (const event of ["error", "timeout", "close"]) {
      socket.once(event, () => {
        settle(false);
      });
    }
  });
}
