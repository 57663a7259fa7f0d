import type { AccessSettings } from "./access-settings.js";
import type { ApiKey } from "./api-key.js";
import { authenticate, type Recognition } from "./authentication.js";
import { decide, type Decision, type Requirement } from "./decision.js";
import { admit } from "./development-mode.js";
import { developer, nobody, type Principal } from "./principal.js";
import type { Action } from "./role.js";
import { refuse, type Challenge, type Refusal } from "./refusal.js";
import type { PathValues } from "../arm/resource-path.js";
import { findAccessRule, isWithinScope, scopeOf, type KnownResources } from "./routes.js";
import { parseScope, rootScope, type Scope } from "./scope.js";
import { signingKeysAt, type SigningKeysOptions } from "./signing-keys.js";

/** As much of a request as it takes to know who is calling. */
export interface Visit {
  readonly url: string;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
}

/** What a caller wants: a route of the table, and the names in its path that say what it is about. */
export interface Errand {
  readonly method: string;
  /** As in the table of access rules and in `/openapi.json`. */
  readonly path: string;
  readonly values: PathValues;
}

export type Entrance = {
  readonly principal: Principal;
  readonly action: Requirement;
  readonly scope: Scope;
  readonly decision: Decision;
} & (
  | {
      readonly kind: "open";
      /**
       * Asks again, for one more thing.
       * @param resourceId an ARM id
       * @param action default: that of the route
       * @returns undefined: allowed
       */
      readonly refuseOn: (resourceId: string, action?: Action) => Refusal | undefined;
    }
  /** To be answered with this and nothing else. */
  | { readonly kind: "closed"; readonly refusal: Refusal }
);

/** The one way into every HTTP function. */
export interface Door {
  /**
   * Who is calling, for routes that show more to some (`/health`).
   * @throws when what callers are recognized by can't be read
   */
  identify(visit: Visit): Promise<Principal>;
  /**
   * Whether the caller may do this.
   * @throws as `identify`; and for a route that has no row in the table of access rules
   */
  enter(visit: Visit, errand: Errand): Promise<Entrance>;
  /**
   * What is answered where there is no route: the same refusal as elsewhere, so that strangers can't map the routes.
   * @returns undefined for whoever is known, whatever their roles
   * @throws as `identify`
   */
  refuseStranger(visit: Visit): Promise<Refusal | undefined>;
}

export interface DoorOptions {
  readonly auth: "development" | "entra" | undefined;
  readonly access: AccessSettings;
  readonly resources: KnownResources;
  /** Kept API keys, by id. */
  readonly findApiKey: (id: string) => Promise<ApiKey | undefined>;
  readonly clock: () => Date;
  readonly signingKeys?: SigningKeysOptions;
}

/** Opens the door as the settings say. Reads nothing yet: the tenant's keys are read when the first token comes. */
export function openDoor(options: DoorOptions): Door {
  const { auth, access, resources, findApiKey, clock } = options;
  const recognition: Recognition = {
    tokens: access.tokens && {
      ...access.tokens,
      keys: signingKeysAt(access.tokens.authority.keysUrl, options.signingKeys),
    },
    apiKeys: access.keySecret && { keySecret: access.keySecret, find: findApiKey },
    assignments: access.assignments,
  };
  const challenge: Challenge | undefined = access.tokens && {
    authorizeUrl: access.tokens.authority.authorizeUrl,
    resourceId: access.tokens.ownAudiences[0] ?? "",
  };

  const identify = async (visit: Visit): Promise<Principal> => {
    if (auth === "development") {
      const admission = admit(auth, visit);
      return admission.kind === "admitted" ? developer : nobody(admission.reason);
    }
    // not configured is closed, whatever else is set
    return auth === undefined ? nobody("no-credential") : await authenticate(visit, recognition, clock());
  };
  return {
    identify,
    enter: async (visit, { method, path, values }) => {
      const rule = findAccessRule(method, path);
      const scope = scopeOf(rule.scope, values, resources);
      const principal = rule.action === "public" ? nobody("no-credential") : await identify(visit);
      const decision = decide(principal, rule.action, scope, isWithinScope(rule) ? "within" : "all");
      const found = { principal, action: rule.action, scope, decision };
      if (!decision.allowed) return { ...found, kind: "closed", refusal: refuse(decision, challenge) };
      const refuseOn = (resourceId: string, action: Requirement = rule.action): Refusal | undefined => {
        const further = decide(principal, action, parseScope(resourceId) ?? rootScope);
        return further.allowed ? undefined : refuse(further, challenge);
      };
      return { ...found, kind: "open", refuseOn };
    },
    refuseStranger: async (visit) => {
      const principal = await identify(visit);
      const decision = decide(principal, "read", rootScope);
      return principal.kind === "nobody" && !decision.allowed ? refuse(decision, challenge) : undefined;
    },
  };
}
