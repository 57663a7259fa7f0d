import { type Settings } from "./app-settings.js";

export type StorageService = "blob" | "queue";

/** How to reach a storage account. */
export type StorageConnection =
  | { readonly kind: "connection-string"; readonly value: string }
  | { readonly kind: "identity"; readonly serviceUri: string; readonly credential: IdentitySettings };

export type IdentitySettings = {
  readonly credential: string | undefined;
  readonly clientId: string | undefined;
  readonly tenantId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly managedIdentityResourceId: string | undefined;
};

export const defaultConnection = "AzureWebJobsStorage";

/** Resolves the `connection` of a binding: prefixed and plain names, connection strings before `X__…` sections (§9.2).
 * @param name empty: `AzureWebJobsStorage`
 * @returns undefined when no such setting exists
 */
export function resolveConnection(
  name: string,
  service: StorageService,
  settings: Settings,
): StorageConnection | undefined {
  const wanted = name === "" ? defaultConnection : name;
  const prefixed = wanted.toLowerCase().startsWith("azurewebjobs") ? [] : [`AzureWebJobs${wanted}`];
  for (const candidate of [...prefixed, wanted]) {
    const value = settings.get(`ConnectionStrings:${candidate}`) ?? settings.get(candidate);
    if (value !== undefined && value.trim() !== "") return { kind: "connection-string", value };
    const section = readSection(candidate, service, settings);
    if (section !== undefined) return section;
  }
  return undefined;
}

function readSection(name: string, service: StorageService, settings: Settings): StorageConnection | undefined {
  const get = (key: string): string | undefined => settings.get(`${name}:${key}`) || undefined;
  const account = get("accountName");
  const serviceUri =
    get(`${service}ServiceUri`) ??
    get("serviceUri") ??
    (account === undefined ? undefined : `https://${account}.${service}.core.windows.net`);
  if (serviceUri === undefined) return undefined;
  return {
    kind: "identity",
    serviceUri,
    credential: {
      credential: get("credential"),
      clientId: get("clientId"),
      tenantId: get("tenantId"),
      clientSecret: get("clientSecret"),
      managedIdentityResourceId: get("managedIdentityResourceId"),
    },
  };
}

/** What the real host says about a connection without a setting. */
export function missingConnection(name: string): string {
  const wanted = name === "" ? defaultConnection : name;
  const shown = wanted.toLowerCase().startsWith("azurewebjobs") ? wanted : `AzureWebJobs${wanted}`;
  return `Storage account connection string '${shown}' does not exist. Make sure that it is a defined App Setting (environment or local.settings.json; '${wanted}' works, too).`;
}
