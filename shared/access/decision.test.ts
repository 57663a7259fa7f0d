import { describe, expect, test } from "vitest";

import { decide, describeDecision } from "./decision.js";
import { developer, nobody, principalOfToken, type Principal } from "./principal.js";
import type { RoleAssignment } from "./role-assignments.js";
import type { Role } from "./role.js";
import { parseScope } from "./scope.js";
import type { TokenClaims } from "./token.js";

const scope = (text: string) => parseScope(text) ?? expect.fail(`no scope: ${text}`);
const group = "/subscriptions/s/resourceGroups/local";
const account = `${group}/providers/Microsoft.Storage/storageAccounts/devstoreaccount1`;
const workspace = `${group}/providers/Microsoft.OperationalInsights/workspaces/default`;

const oid = "00000000-0000-4000-8000-0000000000F0";
const groupId = "00000000-0000-4000-8000-0000000000f9";
const claims = { oid, tid: oid, iss: "i", aud: "a", exp: 1, nbf: 0, iat: 0, appid: oid } satisfies TokenClaims;
const assign = (principalId: string, role: Role, at: string): RoleAssignment => ({
  principalId: principalId.toLowerCase(),
  role,
  scope: scope(at),
});

const tokenWith = (roles: readonly string[]): Principal => principalOfToken({ ...claims, roles }, true, []);
const reader = tokenWith(["Vigil.Reader"]);
const owner = tokenWith(["Vigil.Owner"]);
const ingest = tokenWith(["Vigil.Ingest"]);
const accountReader = principalOfToken(claims, true, [assign(oid, "Vigil.Reader", account.toUpperCase())]);
const memberOfGroup = principalOfToken({ ...claims, groups: [groupId] }, true, [
  assign(groupId, "Vigil.Contributor", group),
]);
const tableReader = principalOfToken(claims, true, [assign(oid, "Vigil.Reader", `${workspace}/tables/SigninLogs`)]);

describe("somebody may do something, or not, for a reason", () => {
  test.each([
    { who: "nobody", principal: nobody("no-credential"), action: "public", at: "/", reason: "public" },
    { who: "nobody", principal: nobody("no-credential"), action: "read", at: "/", reason: "no-credential" },
    { who: "an expired token", principal: nobody("expired"), action: "read", at: account, reason: "expired" },
    { who: "a token's reader", principal: reader, action: "read", at: "/", reason: "token-role" },
    { who: "a token's reader", principal: reader, action: "read", at: account, reason: "token-role" },
    { who: "a token's reader", principal: reader, action: "configure", at: account, reason: "no-role" },
    { who: "a token's reader", principal: reader, action: "ingest", at: workspace, reason: "no-role" },
    { who: "whoever sends logs", principal: ingest, action: "ingest", at: workspace, reason: "token-role" },
    { who: "whoever sends logs", principal: ingest, action: "read", at: workspace, reason: "no-role" },
    { who: "an owner", principal: owner, action: "administer", at: workspace, reason: "token-role" },
    { who: "a reader of an account", principal: accountReader, action: "read", at: account, reason: "assignment-role" },
    {
      who: "a reader of an account",
      principal: accountReader,
      action: "read",
      at: `${account}/blobServices/default`,
      reason: "assignment-role",
    },
    {
      who: "a reader of an account",
      principal: accountReader,
      action: "read",
      at: workspace,
      reason: "role-elsewhere",
    },
    { who: "a reader of an account", principal: accountReader, action: "read", at: "/", reason: "role-elsewhere" },
    { who: "a reader of an account", principal: accountReader, action: "operate", at: account, reason: "no-role" },
    {
      who: "a member of a group",
      principal: memberOfGroup,
      action: "configure",
      at: account,
      reason: "assignment-role",
    },
    { who: "a member of a group", principal: memberOfGroup, action: "configure", at: "/", reason: "role-elsewhere" },
    { who: "a reader of a table", principal: tableReader, action: "read", at: workspace, reason: "role-elsewhere" },
    {
      who: "a reader of a table",
      principal: tableReader,
      action: "read",
      at: `${workspace}/tables/signinlogs`,
      reason: "assignment-role",
    },
    { who: "no role at all", principal: tokenWith([]), action: "read", at: "/", reason: "no-role" },
    { who: "a role of another app", principal: tokenWith(["Owner"]), action: "read", at: "/", reason: "no-role" },
    { who: "the developer", principal: developer, action: "administer", at: "/", reason: "development-role" },
  ] as const)("$who, $action at $at: $reason", ({ principal, action, at, reason }) => {
    const decision = decide(principal, action, scope(at));
    expect(decision.reason).toBe(reason);
    expect(decision.allowed).toBe(reason === "public" || (reason.endsWith("-role") && reason !== "no-role"));
    const status = "status" in decision ? decision.status : undefined;
    if (!decision.allowed) expect(status).toBe(principal.kind === "nobody" ? 401 : 403);
  });
});

describe("somebody may do this on something in a scope", () => {
  test.each([
    { who: "a reader of everything", principal: tokenWith(["Vigil.Reader"]), at: account, reason: "token-role" },
    { who: "a reader of an account", principal: accountReader, at: "/", reason: "assignment-role" },
    { who: "a reader of an account", principal: accountReader, at: account, reason: "assignment-role" },
    { who: "a reader of an account", principal: accountReader, at: `${account}/below`, reason: "assignment-role" },
    { who: "a reader of an account", principal: accountReader, at: `${account}other`, reason: "role-elsewhere" },
    { who: "a reader of a table", principal: tableReader, at: account, reason: "role-elsewhere" },
    { who: "a sender", principal: tokenWith(["Vigil.Ingest"]), at: "/", reason: "no-role" },
  ] as const)("$who, at $at: $reason", ({ principal, at, reason }) => {
    expect(decide(principal, "read", scope(at), "within").reason).toBe(reason);
  });
});

describe("what a token says counts", () => {
  test("as roles only if it was issued for Vigil", () => {
    const foreign = principalOfToken({ ...claims, roles: ["Vigil.Owner"] }, false, []);
    expect(decide(foreign, "read", scope("/")).reason).toBe("no-role");
  });

  test("with assignments, whatever it was issued for", () => {
    const foreign = principalOfToken(claims, false, [assign(oid, "Vigil.Reader", "/")]);
    expect(decide(foreign, "read", scope("/")).reason).toBe("assignment-role");
  });

  test.each([
    { extra: { scp: "access", upn: "ann@contoso.com" }, kind: "user", name: "ann@contoso.com" },
    { extra: { scp: "access", preferred_username: "ann" }, kind: "user", name: "ann" },
    { extra: { app_displayname: "grafana" }, kind: "application", name: "grafana" },
    { extra: {}, kind: "application", name: oid.toLowerCase() },
  ])("as $kind named $name", ({ extra, kind, name }) => {
    expect(principalOfToken({ ...claims, ...extra }, true, [])).toMatchObject({ kind, name, id: oid.toLowerCase() });
  });
});

test("a line of the audit log says who was refused what, and why", () => {
  const decision = decide(accountReader, "configure", scope(account));
  expect(describeDecision(accountReader, "configure", scope(account), decision)).toEqual({
    principal: `application:${oid.toLowerCase()}`,
    action: "configure",
    scope: account,
    allowed: false,
    reason: "no-role",
    role: undefined,
  });
});
