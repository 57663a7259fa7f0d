import { roles, type Role } from "../../../shared/access/role.js";

/** The one tenant of a laptop. Its ids are the same everywhere, so that settings can be copied; its secrets are not. */
export const localTenantId = "00000000-0000-4000-8000-000000000001";
/** Vigil's own app registration. */
export const vigilClientId = "00000000-0000-4000-8000-000000000002";

/** An application that gets tokens, with its service principal. */
export interface Application {
  /** As people call it; name of its secret in the data folder. */
  readonly name: string;
  readonly clientId: string;
  /** Of its service principal: `oid` in its tokens, and what roles are assigned to. */
  readonly objectId: string;
  /** In tokens for Vigil. */
  readonly role: Role | undefined;
}

/** One application for each role, and one that has none: its tokens are right, and open nothing. */
export const applications: readonly Application[] = [...roles, undefined].map((role, index) => ({
  name: role === undefined ? "no-role" : role.replace("Vigil.", "").toLowerCase(),
  clientId: `00000000-0000-4000-8000-00000000a00${index}`,
  objectId: `00000000-0000-4000-8000-00000000b00${index}`,
  role,
}));

/** What tokens are issued for. */
export interface Resource {
  /** Whether a name (the scope without `/.default`, or the v1 parameter `resource`) means this resource. */
  readonly names: RegExp;
  /** Which form the resource's tokens have: in Entra ID the resource decides, not the endpoint. */
  readonly tokenVersion: 1 | 2;
  /** Whether Vigil's roles stand in them. */
  readonly vigilRoles: boolean;
}

/**
 * Vigil itself, storage, and the resources that the official clients of Azure Monitor and Microsoft Graph have as
 * their fixed scope. The slash at the end that some of them send stays in the audience, as it does in Entra ID.
 */
export const resources: readonly Resource[] = [
  { names: new RegExp(`^(?:api://)?${vigilClientId}$`), tokenVersion: 2, vigilRoles: true },
  {
    names: /^https:\/\/(?:storage\.azure\.com|[a-z0-9]{3,24}\.(?:blob|queue|table)\.core\.windows\.net)\/?$/,
    tokenVersion: 1,
    vigilRoles: false,
  },
  {
    names:
      /^https:\/\/(?:management\.azure\.com|management\.core\.windows\.net|metrics\.monitor\.azure\.com|monitor\.azure\.com|api\.loganalytics\.(?:io|azure\.com)|graph\.microsoft\.com)\/?$/,
    tokenVersion: 1,
    vigilRoles: false,
  },
];
