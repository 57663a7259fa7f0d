import { connectionString, type StorageAccount } from "./storage-accounts.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Scope under which the emulated accounts are Azure resources (design.md §3, "Local names"). */
const localScope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers";

/**
 * App settings that the launcher adds, so that the app works on the emulated accounts with nothing configured.
 *
 * What the user has set, in the environment or in `local.settings.json`, stays. One value there is replaced:
 * `UseDevelopmentStorage=true` as Vigil's own storage, because those ports are the logged ones, and Vigil's own
 * requests never pass the gateway.
 *
 * @param localSettings `Values` of `local.settings.json`
 */
export function appEnvironment(
  environment: Environment,
  localSettings: Environment,
  accounts: readonly StorageAccount[],
  azuritePort: number,
): Record<string, string> {
  const settings = { ...localSettings, ...environment };
  const [first] = accounts;
  if (first === undefined) throw new Error("no storage account to keep Vigil's own state in");

  const added: Record<string, string> = {};
  const ownStorage = settings["AzureWebJobsStorage"] ?? "";
  if (ownStorage === "" || /^\s*UseDevelopmentStorage\s*=\s*true\s*;?\s*$/i.test(ownStorage)) {
    added["AzureWebJobsStorage"] = connectionString(first, azuritePort);
  }
  if ((settings["VIGIL_ACCOUNTS"] ?? "") === "") {
    for (const account of accounts) added[connectionName(account)] = connectionString(account, azuritePort);
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

const connectionName = ({ name }: StorageAccount): string => `VigilLocalAccount_${name}`;
