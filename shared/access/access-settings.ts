import { authorityOf, publicAuthorityHost, type Authority } from "./authority.js";
import {
  parseRoleAssignments,
  roleAssignmentsSchema,
  type RawRoleAssignment,
  type RoleAssignment,
} from "./role-assignments.js";

/** The settings that decide who is let in, checked. */
export interface AccessSettings {
  /** undefined: no access tokens are accepted. */
  readonly tokens:
    | {
        readonly authority: Authority;
        readonly ownAudiences: readonly string[];
        readonly furtherAudiences: readonly string[];
      }
    | undefined;
  /** Secret. undefined: no API keys and no shared keys of workspaces. */
  readonly keySecret: Uint8Array | undefined;
  /** Versions of the workspaces' shared keys that are accepted; the last one is given out. */
  readonly keyVersions: readonly number[];
  readonly assignments: readonly RoleAssignment[];
}

/** As the environment holds them, JSON ones parsed. */
export interface RawAccessSettings {
  readonly VIGIL_TENANT_ID?: string;
  readonly VIGIL_CLIENT_ID?: string;
  readonly VIGIL_AUTHORITY_HOST?: string;
  readonly VIGIL_AUDIENCES?: readonly string[];
  readonly VIGIL_KEY_SECRET?: string;
  readonly VIGIL_KEY_VERSIONS?: readonly number[];
  readonly VIGIL_ROLE_ASSIGNMENTS?: readonly RawRoleAssignment[];
}

/** Bytes: what HMAC-SHA-256 makes full use of. */
export const minKeySecretBytes = 32;

const guid = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

const base64 = "[A-Za-z0-9+/]";

/** Each setting with its `description`: the expected form, as an error tells it. Part of the schema of all settings. */
export const accessSettingsSchema = {
  VIGIL_TENANT_ID: {
    description: "the GUID of the Entra ID tenant whose tokens are accepted",
    type: "string",
    pattern: guid,
  },
  VIGIL_CLIENT_ID: {
    description: "the GUID of Vigil's own app registration; its audience is api://<GUID>, or the GUID itself",
    type: "string",
    pattern: guid,
  },
  VIGIL_AUTHORITY_HOST: {
    description: `the https URL that issues tokens, such as ${publicAuthorityHost} (the default), without the tenant`,
    type: "string",
    pattern: "^https://[A-Za-z0-9.\\[\\]:-]+/?$",
  },
  VIGIL_AUDIENCES: {
    description:
      'JSON ["https://management.azure.com","https://api.loganalytics.io",…]: other audiences whose tokens are accepted, for clients whose scope is fixed',
    type: "array",
    maxItems: 20,
    items: { type: "string", minLength: 1, maxLength: 256 },
  },
  VIGIL_KEY_SECRET: {
    description: `base64 of at least ${minKeySecretBytes} random bytes; a new one makes all keys invalid`,
    type: "string",
    pattern: `^(?:${base64}{4}){10}(?:${base64}{3}=|(?:${base64}{4})+(?:${base64}{3}=|${base64}{2}==)?)$`,
  },
  VIGIL_KEY_VERSIONS: {
    description: "JSON [1] or [1,2]: versions of the workspaces' shared keys that are accepted, the newest last",
    type: "array",
    minItems: 1,
    maxItems: 4,
    items: { type: "integer", minimum: 1 },
  },
  VIGIL_ROLE_ASSIGNMENTS: roleAssignmentsSchema,
} as const;

/** The ones that hold JSON. */
export const jsonAccessSettings = ["VIGIL_AUDIENCES", "VIGIL_KEY_VERSIONS", "VIGIL_ROLE_ASSIGNMENTS"] as const;

export type ReadAccessSettings =
  | { readonly kind: "settings"; readonly settings: AccessSettings }
  | { readonly kind: "invalid"; readonly setting: keyof RawAccessSettings; readonly problem: string };

const invalid = (setting: keyof RawAccessSettings, problem: string): ReadAccessSettings => ({
  kind: "invalid",
  setting,
  problem,
});

/**
 * Makes of the raw settings, which fit {@link accessSettingsSchema}, what the code works with.
 * @param auth as in `VIGIL_AUTH`; `entra` needs the tenant and Vigil's own client id
 */
export function readAccessSettings(
  raw: RawAccessSettings,
  auth: "development" | "entra" | undefined,
): ReadAccessSettings {
  const parsed = parseRoleAssignments(raw.VIGIL_ROLE_ASSIGNMENTS ?? []);
  if (parsed.kind === "invalid") return invalid("VIGIL_ROLE_ASSIGNMENTS", parsed.problem);
  const { VIGIL_TENANT_ID: tenantId, VIGIL_CLIENT_ID: clientId, VIGIL_KEY_SECRET: secret } = raw;
  if (auth === "entra" && tenantId === undefined) {
    return invalid("VIGIL_TENANT_ID", "VIGIL_AUTH is entra, and it is not set");
  }
  if (auth === "entra" && clientId === undefined) {
    return invalid("VIGIL_CLIENT_ID", "VIGIL_AUTH is entra, and it is not set");
  }
  return {
    kind: "settings",
    settings: {
      tokens: tokensOf(raw, tenantId, clientId),
      keySecret: secret === undefined ? undefined : Buffer.from(secret, "base64"),
      keyVersions: raw.VIGIL_KEY_VERSIONS ?? [1],
      assignments: parsed.assignments,
    },
  };
}

function tokensOf(
  raw: RawAccessSettings,
  tenantId: string | undefined,
  clientId: string | undefined,
): AccessSettings["tokens"] {
  if (tenantId === undefined || clientId === undefined) return undefined;
  const own = clientId.toLowerCase();
  return {
    authority: authorityOf(raw.VIGIL_AUTHORITY_HOST ?? publicAuthorityHost, tenantId),
    ownAudiences: [`api://${own}`, own],
    furtherAudiences: raw.VIGIL_AUDIENCES ?? [],
  };
}
