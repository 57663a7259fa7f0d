/** Names as they stand in the `roles` claim of a token and in `VIGIL_ROLE_ASSIGNMENTS`. */
export const roles = ["Vigil.Reader", "Vigil.Contributor", "Vigil.Ingest", "Vigil.Operator", "Vigil.Owner"] as const;
export type Role = (typeof roles)[number];

/**
 * What a request does, as far as permission goes:
 * - `read`: reports, rows, metrics, queries
 * - `ingest`: send logs and custom metrics
 * - `operate`: acknowledge alerts, replay messages
 * - `configure`: rules, action groups, table schemas
 * - `administer`: purge, hold, retention, keys
 */
export type Action = "read" | "ingest" | "operate" | "configure" | "administer";

/**
 * Which roles may do what; the first is the least of them. Whoever only sends logs can't read any, so that a key on
 * a machine that was broken into shows nothing.
 */
const rolesByAction: Readonly<Record<Action, readonly [Role, ...Role[]]>> = {
  read: ["Vigil.Reader", "Vigil.Operator", "Vigil.Contributor", "Vigil.Owner"],
  ingest: ["Vigil.Ingest", "Vigil.Owner"],
  operate: ["Vigil.Operator", "Vigil.Owner"],
  configure: ["Vigil.Contributor", "Vigil.Owner"],
  administer: ["Vigil.Owner"],
};

export const actions = Object.keys(rolesByAction) as readonly Action[];

/** Whether a role, on a scope that fits, is enough. */
export const permits = (role: Role, action: Action): boolean => rolesByAction[action].includes(role);

/** The role to ask for: the one that allows this and the least besides. */
export const leastRole = (action: Action): Role => rolesByAction[action][0];

/** Whether a text is a role's name; case counts, as it does in Entra ID. */
export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);
