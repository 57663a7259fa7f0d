import { connectionString, type StorageAccount } from "./storage-accounts.js";

type Settings = Readonly<Record<string, string | undefined>>;

/** Scope under which the emulated accounts are Azure resources (design.md §3, "Local names"). */
export const localScope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers";

/** Where the emulated accounts are: bases of the logged ports, and of Azurite's own. */
export interface StoragePorts {
  readonly storagePort: number;
  readonly azuritePort: number;
  /** Azurite speaks TLS. */
  readonly https: boolean;
}

/**
 * App settings that the launcher adds, so that the app works on the emulated accounts with nothing configured.
 *
 * What the user has set, in the environment or in `local.settings.json`, stays, but for connections that lead to the
 * logged ports: they are led straight to Azurite, because Vigil's own requests never pass the gateway.
 *
 * With `--https`, `VIGIL_AUTH` is `entra` whatever was set: that is what the option asks for.
 *
 * @param settings of the environment and of `local.settings.json`
 * @param others settings that hold unless the user has set them: how the app trusts the local identity provider, where
 *   mails go
 */
export function appEnvironment(
  settings: Settings,
  accounts: readonly StorageAccount[],
  ports: StoragePorts,
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  const [first] = accounts;
  if (first === undefined) throw new Error("no storage account to keep Vigil's own state in");

  const added: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(settings)) {
    const changed = pastTheGateway(name, value, first, ports);
    if (changed !== value) added[name] = changed;
  }
  if ((settings["AzureWebJobsStorage"] ?? "") === "") {
    added["AzureWebJobsStorage"] = direct(first, ports);
  }
  if ((settings["VIGIL_ACCOUNTS"] ?? "") === "") {
    for (const account of accounts) added[connectionName(account)] = direct(account, ports);
    added["VIGIL_ACCOUNTS"] = JSON.stringify(
      accounts.map((account) => ({
        resourceId: `${localScope}/Microsoft.Storage/storageAccounts/${account.name}`,
        connection: connectionName(account),
        workspace: "default",
      })),
    );
  }
  for (const [name, value] of Object.entries(others)) if ((settings[name] ?? "") === "") added[name] = value;
  if (ports.https) added["VIGIL_AUTH"] = "entra";
  else if ((settings["VIGIL_AUTH"] ?? "") === "") added["VIGIL_AUTH"] = "development";
  return added;
}

const direct = (account: StorageAccount, { azuritePort, https }: StoragePorts): string =>
  connectionString(account, azuritePort, https ? "https" : "http");

/** A connection string or service URI that names the logged ports, with Azurite's instead; anything else as it is. */
function pastTheGateway(name: string, value: string, first: StorageAccount, ports: StoragePorts): string {
  if (/^\s*UseDevelopmentStorage\s*=\s*true\s*;?\s*$/i.test(value)) return direct(first, ports);
  if (!/AccountKey=|SharedAccessSignature=/i.test(value) && !/ServiceUri$/i.test(name)) return value;
  const scheme = ports.https ? "https" : "http";
  const local = /https?:\/\/(127\.0\.0\.1|localhost|\[::1\]):(\d+)/gi;
  return value.replace(local, (whole, host: string, port: string) => {
    // with --https, one that names Azurite itself has to speak TLS, too
    const bases = ports.https ? [ports.storagePort, ports.azuritePort] : [ports.storagePort];
    const offset = bases.map((base) => Number(port) - base).find((each) => each >= 0 && each < 3);
    return offset === undefined ? whole : `${scheme}://${host}:${ports.azuritePort + offset}`;
  });
}

const connectionName = ({ name }: StorageAccount): string => `VigilLocalAccount_${name}`;
