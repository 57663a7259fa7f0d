/** How to reach a storage account, as the Functions convention writes it into app settings. */
export type Connection =
  | {
      readonly kind: "connection-string";
      readonly name: string;
      /** Secret: it holds the account key. */
      readonly value: string;
      readonly accountName: string | undefined;
    }
  | {
      readonly kind: "identity";
      readonly name: string;
      readonly blobUrl: string | undefined;
      readonly queueUrl: string | undefined;
      readonly tableUrl: string | undefined;
      readonly credential: IdentityCredential;
    };

/** Absent properties leave the choice to the default credential chain: system identity in Azure, developer login here. */
export interface IdentityCredential {
  readonly managedIdentity: boolean;
  readonly clientId: string | undefined;
  readonly managedIdentityResourceId: string | undefined;
  readonly tenantId: string | undefined;
  /** Secret. */
  readonly clientSecret: string | undefined;
}

export type ConnectionResolution =
  { readonly kind: "found"; readonly connection: Connection } | { readonly kind: "invalid"; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Account of `UseDevelopmentStorage=true`. */
const emulatorAccount = "devstoreaccount1";

/**
 * Finds a connection by its name in the order of the Functions host: `AzureWebJobs<name>` before `<name>`, a
 * connection string before `__blobServiceUri`, `__queueServiceUri`, `__tableServiceUri` and `__accountName`.
 *
 * The reason of an invalid one names settings and never holds a value.
 * Source: "Develop Azure Functions: connections", and the host's own look-up (`reference/functions-host.md` §9.2).
 */
export function resolveConnection(name: string, environment: Environment): ConnectionResolution {
  const stems = name.startsWith("AzureWebJobs") ? [name] : [`AzureWebJobs${name}`, name];
  for (const stem of stems) {
    const value = setting(environment, `ConnectionStrings:${stem}`) ?? setting(environment, stem);
    if (value !== undefined) return parseConnectionString(name, stem, value);
  }
  for (const stem of stems) {
    const identity = readIdentity(name, stem, environment);
    if (identity !== undefined) return identity;
  }
  return {
    kind: "invalid",
    reason: `no setting ${stems.join(" or ")} holds a connection string, and there is no ${name}__blobServiceUri or ${name}__accountName`,
  };
}

/** `:` and `__` are the same in names of environment variables; an empty one counts as absent. */
function setting(environment: Environment, name: string): string | undefined {
  const value = environment[name] ?? environment[name.replaceAll(":", "__")] ?? environment[name.replaceAll("__", ":")];
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

function parseConnectionString(name: string, settingName: string, value: string): ConnectionResolution {
  const parts = new Map<string, string>();
  for (const part of value.split(";").filter((text) => text.trim() !== "")) {
    const equals = part.indexOf("=");
    if (equals < 1) {
      return { kind: "invalid", reason: `${settingName} is not a connection string: a part of it has no name=value` };
    }
    parts.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") {
    return {
      kind: "found",
      connection: {
        kind: "connection-string",
        name,
        value: "UseDevelopmentStorage=true",
        accountName: emulatorAccount,
      },
    };
  }
  const signed = parts.has("accountname") && parts.has("accountkey");
  const shared = parts.has("sharedaccesssignature") && parts.has("blobendpoint");
  if (!signed && !shared) {
    return {
      kind: "invalid",
      reason: `${settingName} is not a storage connection string: it needs AccountName and AccountKey, or BlobEndpoint and SharedAccessSignature, or UseDevelopmentStorage=true`,
    };
  }
  return {
    kind: "found",
    connection: { kind: "connection-string", name, value, accountName: parts.get("accountname") },
  };
}

function readIdentity(name: string, stem: string, environment: Environment): ConnectionResolution | undefined {
  const part = (suffix: string): string | undefined => setting(environment, `${stem}__${suffix}`);
  const accountName = part("accountName");
  const url = (service: "blob" | "queue" | "table"): string | undefined =>
    part(`${service}ServiceUri`) ??
    (accountName === undefined ? undefined : `https://${accountName}.${service}.core.windows.net`);
  const urls = { blobUrl: url("blob"), queueUrl: url("queue"), tableUrl: url("table") };
  const given = Object.values(urls).filter((each) => each !== undefined);
  if (given.length === 0) return undefined;
  if (!given.every((each) => URL.canParse(each) && new URL(each).protocol === "https:")) {
    return { kind: "invalid", reason: `the ${stem}__…ServiceUri settings must be https URLs: tokens are sent to them` };
  }
  const credential = part("credential")?.toLowerCase();
  if (credential !== undefined && credential !== "managedidentity") {
    return { kind: "invalid", reason: `${stem}__credential must be managedidentity, or absent` };
  }
  return {
    kind: "found",
    connection: {
      kind: "identity",
      name,
      ...urls,
      credential: {
        managedIdentity: credential === "managedidentity",
        clientId: part("clientId"),
        managedIdentityResourceId: part("managedIdentityResourceId"),
        tenantId: part("tenantId"),
        clientSecret: part("clientSecret"),
      },
    },
  };
}
