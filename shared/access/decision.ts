import type { Principal } from "./principal.js";
import { leastRole, permits, type Action, type Role } from "./role.js";
import type { Grant } from "./role-assignments.js";
import { contains, type Scope } from "./scope.js";
import { isLocalityProblem, type CredentialProblem, type LocalityProblem } from "./credential-problem.js";

/** What a route asks for: an action that needs a role, or nothing at all. */
export type Requirement = Action | "public";

export type Decision =
  | { readonly allowed: true; readonly reason: "public" }
  | {
      readonly allowed: true;
      readonly reason: `${Grant["source"]}-role`;
      readonly role: Role;
      readonly grantedAt: Scope;
    }
  | Denial;

export type Denial =
  /** Nobody is known. */
  | { readonly allowed: false; readonly status: 401; readonly reason: CredentialProblem }
  /** Nobody is known, and no credential would help. */
  | { readonly allowed: false; readonly status: 403; readonly reason: LocalityProblem }
  /** Somebody is known, and may not. `role-elsewhere`: has a role that would do, on another scope. */
  | {
      readonly allowed: false;
      readonly status: 403;
      readonly reason: "no-role" | "role-elsewhere";
      readonly needed: Role;
    };

/**
 * Decides whether somebody may do something. Denies by default; the reason is for logs and tests, and the answer to
 * the caller is made by `refusal.ts`, which doesn't tell the two reasons of 403 apart.
 * @param scope what the request is about; for a name that is not configured the root, so that who may only see a
 *   part gets the same answer for what is not theirs and for what doesn't exist
 * @param reach `within`: it is enough to have the role on something in the scope; whatever is then touched is decided
 *   on its own
 */
export function decide(
  principal: Principal,
  action: Requirement,
  scope: Scope,
  reach: "all" | "within" = "all",
): Decision {
  if (action === "public") return { allowed: true, reason: "public" };
  if (principal.kind === "nobody") {
    const { problem } = principal;
    return isLocalityProblem(problem)
      ? { allowed: false, status: 403, reason: problem }
      : { allowed: false, status: 401, reason: problem };
  }
  const enough = principal.grants.filter(({ role }) => permits(role, action));
  const grant = enough.find(
    (each) => contains(each.scope, scope) || (reach === "within" && contains(scope, each.scope)),
  );
  if (grant !== undefined) {
    return { allowed: true, reason: `${grant.source}-role`, role: grant.role, grantedAt: grant.scope };
  }
  return {
    allowed: false,
    status: 403,
    reason: enough.length === 0 ? "no-role" : "role-elsewhere",
    needed: leastRole(action),
  };
}

/** Somebody, for logs and histories: `user:<object id>`. */
export const describePrincipal = (principal: Principal): string =>
  principal.kind === "nobody" ? "nobody" : `${principal.kind}:${principal.id}`;

/** Who was allowed or refused what, without anything secret: a line of the audit log. */
export interface AuditLine {
  readonly principal: string;
  readonly action: Requirement;
  readonly scope: string;
  readonly allowed: boolean;
  readonly reason: Decision["reason"];
  readonly role: Role | undefined;
}

/** Describes a decision for the audit log; each one to change something is written there. */
export function describeDecision(
  principal: Principal,
  action: Requirement,
  scope: Scope,
  decision: Decision,
): AuditLine {
  const role = "role" in decision ? decision.role : undefined;
  return {
    principal: describePrincipal(principal),
    action,
    scope: scope.id,
    allowed: decision.allowed,
    reason: decision.reason,
    role,
  };
}
