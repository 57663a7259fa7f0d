import { isRole, roles, type Role } from "./role.js";
import { parseScope, rootScope, type Scope } from "./scope.js";

/** A role on a scope. */
export interface Grant {
  readonly role: Role;
  readonly scope: Scope;
  readonly source: "token" | "assignment" | "key" | "development";
}

/** What `VIGIL_ROLE_ASSIGNMENTS` holds: somebody's role on a scope. */
export interface RoleAssignment {
  /** Object id (lower case) of a user, group, service principal or managed identity, or the id of an API key. */
  readonly principalId: string;
  readonly role: Role;
  readonly scope: Scope;
}

/** As written in the setting. */
export interface RawRoleAssignment {
  readonly principalId: string;
  readonly role: Role;
  readonly scope: string;
}

/** More than anybody writes by hand; each is looked at for each request. */
export const maxRoleAssignments = 1_000;

/** Schema of `VIGIL_ROLE_ASSIGNMENTS`; `description` is the expected form as an error tells it. */
export const roleAssignmentsSchema = {
  description:
    'JSON [{"principalId":"<object id of a user, group or application, or id of an API key>","role":"Vigil.Reader","scope":"/ or /subscriptions/…"}], role one of ' +
    roles.join(", "),
  type: "array",
  maxItems: maxRoleAssignments,
  items: {
    type: "object",
    required: ["principalId", "role", "scope"],
    additionalProperties: false,
    properties: {
      principalId: {
        type: "string",
        pattern: "^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-z2-7]{16})$",
      },
      role: { enum: roles },
      scope: { type: "string", pattern: "^/" },
    },
  },
} as const;

export type ParsedAssignments =
  | { readonly kind: "assignments"; readonly assignments: readonly RoleAssignment[] }
  | { readonly kind: "invalid"; readonly problem: string };

/** Reads what fits {@link roleAssignmentsSchema}; what the schema can't say about scopes is said here. */
export function parseRoleAssignments(raw: readonly RawRoleAssignment[]): ParsedAssignments {
  const assignments: RoleAssignment[] = [];
  for (const [index, { principalId, role, scope: text }] of raw.entries()) {
    const scope = parseScope(text);
    if (scope === undefined) return { kind: "invalid", problem: `the scope of [${index}] is no resource id` };
    assignments.push({ principalId: principalId.toLowerCase(), role, scope });
  }
  return { kind: "assignments", assignments };
}

/** What was assigned to any of these ids: a caller's own and those of its groups. */
export function grantsTo(ids: readonly string[], assignments: readonly RoleAssignment[]): readonly Grant[] {
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  return assignments
    .filter(({ principalId }) => wanted.has(principalId))
    .map(({ role, scope }) => ({ role, scope, source: "assignment" }));
}

/** Roles in a token that was issued for Vigil hold everywhere; names that Vigil doesn't know are of no account. */
export function grantsOfToken(roleNames: readonly string[]): readonly Grant[] {
  return roleNames.filter(isRole).map((role) => ({ role, scope: rootScope, source: "token" }));
}
