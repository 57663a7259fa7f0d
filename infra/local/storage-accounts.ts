/** A storage account as Azurite knows it. */
export interface StorageAccount {
  readonly name: string;
  /** Base64; the first key where `AZURITE_ACCOUNTS` names two. */
  readonly key: string;
}

/** Azurite's built-in account; name and key are public (Azurite README, "Default Storage Account"). */
export const emulatorAccount: StorageAccount = {
  name: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/**
 * Reads `AZURITE_ACCOUNTS` (`name:key1[:key2];name:key1…`), as Azurite does (3.35, `AccountDataStore`).
 * @throws where Azurite would silently fall back to its default account: the accounts asked for would be missing.
 */
export function parseStorageAccounts(text: string | undefined): readonly StorageAccount[] {
  if (text === undefined || text.trim() === "") return [emulatorAccount];
  const accounts = text
    .trim()
    .split(";")
    .filter((part) => part !== "")
    .map((part) => {
      const [name, key, ...more] = part.split(":");
      if (name === undefined || !/^[a-z0-9]{3,24}$/.test(name) || key === undefined || key === "" || more.length > 1) {
        // the text holds keys: it must not be quoted in the message
        throw new Error(
          "AZURITE_ACCOUNTS must be name:key1[:key2] entries separated by ';', names of 3 to 24 lower-case letters and digits",
        );
      }
      return { name, key };
    });
  if (accounts.length === 0) return [emulatorAccount];
  return accounts;
}

/** Connection string of an account behind three consecutive local ports: blob N, queue N+1, table N+2. */
export function connectionString(account: StorageAccount, basePort: number, scheme: "http" | "https" = "http"): string {
  const endpoint = (offset: number) => `${scheme}://127.0.0.1:${basePort + offset}/${account.name}`;
  return [
    `DefaultEndpointsProtocol=${scheme}`,
    `AccountName=${account.name}`,
    `AccountKey=${account.key}`,
    `BlobEndpoint=${endpoint(0)}`,
    `QueueEndpoint=${endpoint(1)}`,
    `TableEndpoint=${endpoint(2)}`,
  ].join(";");
}
