import { connectionString, type StorageAccount } from "./storage-accounts.js";

type Settings = Readonly<Record<string, string | undefined>>;

/** Scope under which the emulated accounts are Azure resources (design.md §3, "Local names"). */
const localScope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers";

/** Where the emulated accounts are: bases of the logged ports, and of Azurite's own. */
export interface StoragePorts {
  readonly storagePort: number;
  readonly azuritePort: number;
}

/**
 * App settings that the launcher adds, so that the app works on the emulated accounts with nothing configured.
 *
 * What the user has set, in the environment or in `local.settings.json`, stays, but for connections that lead to the
 * logged ports: they are led straight to Azurite, because Vigil's own requests never pass the gateway.
 *
 * @param settings of the environment and of `local.settings.json`
 */
export function appEnvironment(
  settings: Settings,
  accounts: readonly StorageAccount[],
  ports: StoragePorts,
): Record<string, string> {
  const [first] = accounts;
  if (first === undefined) throw new Error("no storage account to keep Vigil's own state in");

  const added: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(settings)) {
    const direct = pastTheGateway(name, value, first, ports);
    if (direct !== value) added[name] = direct;
  }
  if ((settings["AzureWebJobsStorage"] ?? "") === "") {
    added["AzureWebJobsStorage"] = connectionString(first, ports.azuritePort);
  }
  if ((settings["VIGIL_ACCOUNTS"] ?? "") === "") {
    for (const account of accounts) added[connectionName(account)] = connectionString(account, ports.azuritePort);
    added["VIGIL_ACCOUNTS"] = JSON.stringify(
      accounts.map((account) => ({
        resourceId: `${localScope}/Microsoft.Storage/storageAccounts/${account.name}`,
        connection: connectionName(account),
        workspace: "default",
      })),
    );
  }
  if ((settings["VIGIL_AUTH"] ?? "") === "") added["VIGIL_AUTH"] = "development";
  return added;
}

/** A connection string or service URI that names the logged ports, with Azurite's instead; anything else as it is. */
function pastTheGateway(name: string, value: string, first: StorageAccount, ports: StoragePorts): string {
  if (/^\s*UseDevelopmentStorage\s*=\s*true\s*;?\s*$/i.test(value)) return connectionString(first, ports.azuritePort);
  if (!/AccountKey=|SharedAccessSignature=/i.test(value) && !/ServiceUri$/i.test(name)) return value;
  return value.replace(/(\/\/(?:127\.0\.0\.1|localhost|\[::1\]):)(\d+)/gi, (whole, host: string, port: string) => {
    const offset = Number(port) - ports.storagePort;
    return offset >= 0 && offset < 3 ? `${host}${ports.azuritePort + offset}` : whole;
  });
}

const connectionName = ({ name }: StorageAccount): string => `VigilLocalAccount_${name}`;
