import { describe, expect, test } from "vitest";

import { credentialProblems, type CredentialProblem } from "./credential-problem.js";
import { decide } from "./decision.js";
import { nobody, principalOfToken } from "./principal.js";
import { refuse } from "./refusal.js";
import { parseScope, rootScope } from "./scope.js";

const challenge = { authorizeUrl: "https://login.example/t/oauth2/v2.0/authorize", resourceId: "api://vigil" };
const where = `Bearer realm="vigil", authorization_uri="${challenge.authorizeUrl}", resource_id="${challenge.resourceId}"`;

const refusalOf = (...args: Parameters<typeof decide>) => {
  const decision = decide(...args);
  return decision.allowed ? expect.fail("allowed") : refuse(decision, challenge);
};

describe("nobody is asked who they are", () => {
  test.each([
    { problem: "no-credential", code: "AuthenticationFailed", error: "" },
    { problem: "expired", code: "ExpiredAuthenticationToken", error: "invalid_token" },
    { problem: "wrong-signature", code: "InvalidAuthenticationToken", error: "invalid_token" },
    { problem: "unknown-key", code: "InvalidAuthenticationToken", error: "invalid_token" },
    { problem: "doubled-credential", code: "InvalidAuthenticationToken", error: "invalid_request" },
    { problem: "credential-in-url", code: "InvalidAuthenticationToken", error: "invalid_request" },
  ] as const)("$problem", ({ problem, code, error }) => {
    const { status, headers, body } = refusalOf(nobody(problem), "read", rootScope);
    const message = credentialProblems[problem];
    expect(status).toBe(401);
    expect(body).toEqual({ error: { code, message } });
    expect(headers["www-authenticate"]).toBe(
      error === "" ? where : `${where}, error="${error}", error_description="${message}"`,
    );
  });

  test("with a header that any text of the catalogue fits into", () => {
    for (const problem of Object.keys(credentialProblems) as CredentialProblem[]) {
      const header = refusalOf(nobody(problem), "read", rootScope).headers["www-authenticate"];
      expect(header).toMatch(/^Bearer(?: [a-z_]+="[^"\\]*",?)+$/);
    }
  });

  test.each(["foreign-host", "forwarded"] as const)("but not if it is %s in development mode", (problem) => {
    const { status, headers, body } = refusalOf(nobody(problem), "read", rootScope);
    expect(status).toBe(403);
    expect(body.error.code).toBe("DevelopmentModeIsLocal");
    expect(headers).not.toHaveProperty("www-authenticate");
  });

  test("without a place to get tokens where none are accepted", () => {
    const decision = decide(nobody("no-credential"), "read", rootScope);
    if (decision.allowed) expect.fail("allowed");
    expect(refuse(decision, undefined).headers["www-authenticate"]).toBe('Bearer realm="vigil"');
  });
});

test("a 403 says which role is missing, and is the same for what exists and what doesn't", () => {
  const oid = "00000000-0000-4000-8000-0000000000f0";
  const here = parseScope("/subscriptions/s/resourceGroups/g") ?? rootScope;
  const claims = { oid, tid: oid, iss: "i", aud: "a", exp: 1, nbf: 0, iat: 0, appid: oid };
  const elsewhere = principalOfToken(claims, true, [{ principalId: oid, role: "Vigil.Operator", scope: here }]);
  const existing = parseScope("/subscriptions/s2/resourceGroups/secret-name") ?? rootScope;

  const refusal = refusalOf(elsewhere, "operate", existing);
  expect(refusal).toEqual(refusalOf(elsewhere, "operate", rootScope));
  expect(refusal).toEqual(refusalOf(principalOfToken(claims, true, []), "operate", existing));
  expect(refusal.status).toBe(403);
  expect(refusal.body.error.message).toContain("Vigil.Operator");
  expect(refusal.headers["www-authenticate"]).toContain('error="insufficient_scope"');
  expect(JSON.stringify(refusal)).not.toContain("secret-name");
});
