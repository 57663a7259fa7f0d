import type { CredentialProblem, LocalityProblem } from "./credential-problem.js";
import { grantsOfToken, grantsTo, type Grant, type RoleAssignment } from "./role-assignments.js";
import { rootScope } from "./scope.js";
import type { TokenClaims } from "./token.js";

/** Who is calling, and which roles they have where. */
export type Principal =
  | {
      readonly kind: "user" | "application" | "api-key" | "workspace-key" | "developer";
      /** Object id, id of the API key, or customer id of the workspace; never secret. */
      readonly id: string;
      /** For people to read, in audit lines and the portal. */
      readonly name: string;
      readonly grants: readonly Grant[];
    }
  | { readonly kind: "nobody"; readonly problem: CredentialProblem | LocalityProblem };

/** Nobody is known, because of this. */
export const nobody = (problem: CredentialProblem | LocalityProblem): Principal => ({ kind: "nobody", problem });

/** Whoever is at the laptop, in development mode. */
export const developer: Principal = {
  kind: "developer",
  id: "localhost",
  name: "developer on this machine",
  grants: [{ role: "Vigil.Owner", scope: rootScope, source: "development" }],
};

/**
 * The caller that a valid token names.
 *
 * The `roles` claim counts only in a token for Vigil itself: in one for another application (an audience of
 * `VIGIL_AUDIENCES`) it holds that application's roles, and whoever runs it could name them as they like.
 * @param forVigil whether the token's audience is Vigil's own
 */
export function principalOfToken(
  claims: TokenClaims,
  forVigil: boolean,
  assignments: readonly RoleAssignment[],
): Principal {
  const id = claims.oid.toLowerCase();
  return {
    kind: claims.scp === undefined ? "application" : "user",
    id,
    name: claims.upn ?? claims.preferred_username ?? claims.app_displayname ?? id,
    grants: [
      ...(forVigil ? grantsOfToken(claims.roles ?? []) : []),
      ...grantsTo([id, ...(claims.groups ?? [])], assignments),
    ],
  };
}
