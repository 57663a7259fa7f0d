import { minKeySecretBytes } from "../../shared/access/access-settings.js";
import { resolveConnection, type Connection } from "../../shared/runtime/connection.js";
import { openStorage } from "../../shared/runtime/storage-clients.js";
import { apiKeysIn, apiKeysTable } from "../../shared/stores/api-keys/api-keys.azure.js";
import { openKeySecret } from "../local/key-secret.js";
import { connectionString, parseStorageAccounts } from "../local/storage-accounts.js";
import { help, parseKeyCommand, type LocalStack } from "./key-command.js";
import { runKeyCommand } from "./key-work.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where keys are kept, and what they are hashed with. */
interface KeyPlace {
  readonly connection: Connection;
  readonly keySecret: Uint8Array;
}

const parsed = parseKeyCommand(process.argv.slice(2));
if (parsed.kind === "help") console.log(help);
else if (parsed.kind === "invalid") {
  console.error(`${parsed.message}\n\n${help}`);
  process.exitCode = 2;
} else {
  try {
    const { connection, keySecret } = await findPlace(process.env, parsed.local);
    const storage = await openStorage(connection);
    const keys = apiKeysIn(storage.table(apiKeysTable));
    const { result, note, exitCode } = await runKeyCommand(parsed.command, keys, keySecret, new Date());
    for (const line of note) console.error(line);
    for (const line of result) console.log(line);
    process.exitCode = exitCode;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

/** The app's own settings if the environment has them, else the stack of this laptop. */
async function findPlace(environment: Environment, local: LocalStack): Promise<KeyPlace> {
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
  return { connection: found.connection, keySecret };
}

async function localPlace({ dataFolder, azuritePort }: LocalStack): Promise<KeyPlace> {
  const [account] = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
  if (account === undefined) throw new Error("There is no storage account to keep keys in.");
  const value = connectionString(account, azuritePort);
  return {
    connection: { kind: "connection-string", name: "AzureWebJobsStorage", value, accountName: account.name },
    keySecret: Buffer.from(await openKeySecret(dataFolder), "base64"),
  };
}
