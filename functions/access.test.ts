import { createServer, type Server } from "node:https";
import { request as httpRequest } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openCertificates, writeTrustBundle } from "../infra/local/certificates/certificate-folder.js";
import { createApiKey } from "../shared/access/api-key.js";
import { roles, type Role } from "../shared/access/role.js";
import { compareWithOpenApi } from "../shared/access/routes.js";
import { parseScope, rootScope } from "../shared/access/scope.js";
import { deriveWorkspaceKey } from "../shared/access/workspace-key.js";
import { apiKeysIn, apiKeysTable } from "../shared/stores/api-keys/api-keys.azure.js";
import { accountId, startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import { describedOperations, type ApiDescription } from "../shared/testing/described-api.js";
import { forgedTokens, openTokenForge, type ForgeOptions, type TokenForge } from "../shared/testing/forged-tokens.js";
import { until } from "../shared/testing/until.js";
import { callsByMinute, keepMetrics } from "../shared/testing/kept-metrics.js";

const tenantId = "00000000-0000-4000-8000-00000000000a";
const clientId = "00000000-0000-4000-8000-00000000000b";
const readerOfSecond = "00000000-0000-4000-8000-0000000000e1";
const otherAudience = "https://management.azure.com";
const keySecret = Buffer.alloc(32, 7);
const now = new Date();
const options: ForgeOptions = {
  ...{ tenantId, issuer: `https://sts.windows.net/${tenantId}/`, audience: `api://${clientId}`, now },
};

/** The tenant's authority: its keys, under TLS as the app demands, or an outage. */
let authority: Server;
let authorityAnswers = false;
let forge: TokenForge;
let data: string;
let fixture: AppFixture;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-access-"));
  const certificates = await openCertificates(data, now);
  forge = await openTokenForge(options);
  const { certificate: cert, privateKey: key } = certificates.server;
  authority = createServer({ cert, key }, (_, response) => {
    response.statusCode = authorityAnswers ? 200 : 503;
    response.end(JSON.stringify({ keys: [forge.publicJwk] }));
  });
  await new Promise<void>((resolve) => authority.listen(0, "127.0.0.1", resolve));
  const entra = {
    VIGIL_AUTH: "entra",
    VIGIL_TENANT_ID: tenantId,
    VIGIL_CLIENT_ID: clientId,
    VIGIL_AUTHORITY_HOST: `https://127.0.0.1:${(authority.address() as AddressInfo).port}`,
    VIGIL_AUDIENCES: JSON.stringify([otherAudience]),
    VIGIL_KEY_SECRET: keySecret.toString("base64"),
    VIGIL_ROLE_ASSIGNMENTS: JSON.stringify([
      { principalId: readerOfSecond, role: "Vigil.Reader", scope: accountId("second") },
    ]),
    NODE_EXTRA_CA_CERTS: await writeTrustBundle(data, certificates.authority, undefined),
  };
  fixture = await startAppFixture({ settings: entra });
});
afterAll(async () => {
  await fixture.stop();
  authority.closeAllConnections();
  await new Promise((resolve) => authority.close(resolve));
  await rm(data, { recursive: true });
});

const second = "/storage-analytics/second";
const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
const codeOf = (body: unknown): unknown => (body as { error?: { code?: unknown } } | undefined)?.error?.code;

interface KeyChanges {
  readonly role?: Role;
  readonly account?: string;
  readonly expiresAt?: Date;
  readonly revoked?: boolean;
}
/** Gives out an API key, as `npm run keys` does. */
async function giveKey({ role = "Vigil.Reader", account, expiresAt, revoked = false }: KeyChanges): Promise<string> {
  const scope = account === undefined ? rootScope : (parseScope(accountId(account)) ?? expect.fail("no scope"));
  const made = createApiKey(keySecret, { label: "test", role, scope, createdAt: now, expiresAt });
  const connection = fixture.azurite.connectionString();
  const kept = apiKeysIn(TableClient.fromConnectionString(connection, apiKeysTable, { allowInsecureConnection: true }));
  await kept.add(made.key);
  if (revoked) await kept.revoke(made.key.id, now);
  return made.text;
}

/** Sends header lines as they are, repeated ones included. */
const sendRaw = (path: string, headers: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const lines = ["host", new URL(fixture.app.url).host, ...headers];
    httpRequest(`${fixture.app.url}${path}`, { headers: lines }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });

test("while the authority does not answer, tokens wait, API keys don't, and health says what it tells strangers", async () => {
  const token = bearer(forge.sign());
  const refused = await fixture.get(second, token);
  expect({ status: refused.status, code: codeOf(refused.body) }).toEqual({ status: 503, code: "AuthorityUnavailable" });
  expect((await fixture.get("/health", token)).body).toEqual({ status: "ok" });
  expect((await fixture.get(second, bearer(await giveKey({})))).status).toBe(200);
  authorityAnswers = true;
  expect((await fixture.get(second, token)).status).toBe(200);
});

test("no forged token gets in", async () => {
  const forged = forgedTokens(forge, options, ["https://graph.microsoft.com"]);
  expect(forged.length).toBeGreaterThan(40);
  for (const { name, token } of forged) {
    const { status, headers } = await fixture.get(second, bearer(token));
    expect({ name, refused: status === 401 || status === 403 }).toEqual({ name, refused: true });
    expect(headers.get("www-authenticate")).toContain(`resource_id="api://${clientId}"`);
  }
});

describe("a credential that is right gets nobody in who sends it wrongly", () => {
  const right = () => `Bearer ${forge.sign()}`;
  const wrong = () => `Bearer ${forge.sign({ tid: clientId })}`;
  test.each([
    { name: "twice", headers: () => ["authorization", right(), "authorization", right()] },
    { name: "before a forged one", headers: () => ["authorization", right(), "authorization", wrong()] },
    { name: "after a forged one", headers: () => ["authorization", wrong(), "authorization", right()] },
    { name: "with another case of the name", headers: () => ["authorization", right(), "Authorization", right()] },
    { name: "in one header with another", headers: () => ["authorization", `${right()}, ${right()}`] },
    { name: "beside an API key", headers: () => ["authorization", right(), "x-api-key", "vigil1_a_b"] },
    { name: "without its scheme", headers: () => ["authorization", forge.sign()] },
    { name: "as a cookie", headers: () => ["cookie", `authorization=${right()}`] },
  ])("$name", async ({ headers }) => {
    expect(await sendRaw(second, headers())).toBe(401);
  });

  test.each(["access_token", "token", "authorization", "api_key"])("in the query, as %s", async (name) => {
    const { status, text } = await fixture.get(`${second}?${name}=${forge.sign()}`);
    expect(status).toBe(401);
    expect(text).not.toContain(forge.sign().slice(0, 20));
  });

  test("and neither does the shared key of a workspace, which is for sending logs alone", async () => {
    const key = deriveWorkspaceKey(keySecret, "00000000-0000-0000-0000-000000000000", 1).toString("base64");
    for (const value of [`SharedKey 00000000-0000-0000-0000-000000000000:${key}`, `Bearer ${key}`]) {
      expect((await fixture.get(second, { authorization: value })).status).toBe(401);
    }
  });
});

/** What each role may do with what there is to read. */
const reads: Readonly<Record<Role, number>> = {
  "Vigil.Reader": 200,
  "Vigil.Contributor": 200,
  "Vigil.Ingest": 403,
  "Vigil.Operator": 200,
  "Vigil.Owner": 200,
};

describe("a role opens what it is for", () => {
  test.each(roles)("%s, by API key and by token", async (role) => {
    const key = await giveKey({ role });
    for (const headers of [bearer(key), { "x-api-key": key }, bearer(forge.sign({ roles: [role] }))]) {
      const { status, body } = await fixture.get(second, headers);
      expect({ status, code: codeOf(body) }).toEqual({
        status: reads[role],
        code: reads[role] === 200 ? undefined : "AuthorizationFailed",
      });
      const health = Object.keys((await fixture.get("/health", headers)).body as object);
      expect(health.includes("dependencies")).toBe(reads[role] === 200);
    }
  });

  test("but not in a token for another application, where it is that one's", async () => {
    expect((await fixture.get(second, bearer(forge.sign({ aud: otherAudience })))).status).toBe(403);
    const assigned = forge.sign({ aud: otherAudience, oid: readerOfSecond, roles: [] });
    expect((await fixture.get(second, bearer(assigned))).status).toBe(200);
  });
});

describe("what somebody may not see looks like what isn't there", () => {
  test.each([
    { who: "by API key", credential: () => giveKey({ account: "second" }) },
    { who: "by assignment", credential: () => Promise.resolve(forge.sign({ oid: readerOfSecond, roles: [] })) },
  ])("for a reader of one account, $who", async ({ credential }) => {
    const headers = bearer(await credential());
    expect((await fixture.get(`${second}/blob/requests`, headers)).status).toBe(200);
    const other = await fixture.get("/storage-analytics/devstoreaccount1", headers);
    const missing = await fixture.get("/storage-analytics/nosuchaccount", headers);
    expect(other.status).toBe(403);
    expect({ status: missing.status, text: missing.text }).toEqual({ status: other.status, text: other.text });
    expect((await fixture.get("/health", headers)).body).toEqual({ status: "ok" });
  });

  test("and whoever may see everything learns that it isn't", async () => {
    const missing = await fixture.get("/storage-analytics/nosuchaccount", bearer(forge.sign()));
    expect(missing.status).toBe(404);
  });

  test("strangers can't tell routes from other paths", async () => {
    const answers = await Promise.all(
      [second, "/storage-analytics/a/b/c/d", "/storage-analytics/%ff"].map((path) => fixture.get(path)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect((await fixture.get("/storage-analytics/a/b/c/d", bearer(forge.sign()))).status).toBe(404);
  });
});

describe("metrics are answered to those who may see the resource", () => {
  const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
  const namespace = "Microsoft.Storage/storageAccounts";
  const version = "api-version=2024-02-01";
  const batch = `${subscription}/metrics:getBatch?${version}&metricnames=Transactions&metricnamespace=${namespace}`;
  const all = `${subscription}/providers/Microsoft.Insights/metrics?${version}&region=x&metricnamespace=${namespace}`;
  const ofAccount = (name: string): string => `${accountId(name)}/providers/Microsoft.Insights/metrics?${version}`;
  const ofBatch = (names: readonly string[], headers: Readonly<Record<string, string>>) =>
    fixture.send({ method: "POST", path: batch, body: JSON.stringify({ resourceids: names.map(accountId) }) }, headers);

  test("by its id, whether it is there or not", async () => {
    const reader = bearer(await giveKey({ account: "second" }));
    expect((await fixture.get(ofAccount("second"), reader)).status).toBe(200);
    expect(
      (
        await fixture.get(
          `${accountId("second")}/blobServices/default/providers/Microsoft.Insights/metrics?${version}`,
          reader,
        )
      ).status,
    ).toBe(200);
    const [other, missing] = [
      await fixture.get(ofAccount("devstoreaccount1"), reader),
      await fixture.get(ofAccount("nosuchaccount"), reader),
    ];
    expect(other.status).toBe(403);
    expect(missing.text).toBe(other.text);
    expect((await fixture.get(ofAccount("nosuchaccount"), bearer(forge.sign()))).status).toBe(404);
  });

  test("a batch is refused whole if one of its resources is, existing or not", async () => {
    const reader = bearer(await giveKey({ account: "second" }));
    expect((await ofBatch(["second"], reader)).status).toBe(200);
    const [other, missing] = [
      await ofBatch(["second", "devstoreaccount1"], reader),
      await ofBatch(["second", "nosuchaccount"], reader),
    ];
    expect({ status: other.status, code: codeOf(other.body) }).toEqual({ status: 403, code: "AuthorizationFailed" });
    expect(missing.text).toBe(other.text);
    expect((await ofBatch(["second", "devstoreaccount1"], bearer(forge.sign()))).status).toBe(200);
  });

  test("those of a subscription are those that the caller may see", async () => {
    const minute = Math.floor(now.getTime() / 60_000) - 5;
    for (const name of ["second", "devstoreaccount1"]) {
      const target = { resourceId: `${accountId(name)}/blobServices/default`, namespace: `${namespace}/blobServices` };
      await keepMetrics(fixture.azurite.connectionString(), target, callsByMinute("GetBlob", new Map([[minute, 1]])));
    }
    const path = `${all}&interval=FULL&$filter=Microsoft.ResourceId eq '*'`;
    const seen = async (headers: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { body } = await fixture.get(path, headers);
      const [metric] = (body as { value: { timeseries: { metadatavalues: { value: string }[] }[] }[] }).value;
      return metric?.timeseries.map(({ metadatavalues }) => metadatavalues[0]?.value ?? "").sort() ?? [];
    };
    expect(await seen(bearer(await giveKey({ account: "second" })))).toEqual([accountId("second")]);
    expect(await seen(bearer(await giveKey({ account: "nosuchaccount" })))).toEqual([]);
    expect(await seen(bearer(forge.sign()))).toEqual(["devstoreaccount1", "second"].map(accountId));
    expect((await fixture.get(path, bearer(await giveKey({ role: "Vigil.Ingest", account: "second" })))).status).toBe(
      403,
    );
  });

  test("another subscription is refused to those who have nothing in it", async () => {
    const other = all.replace(/0{12}/, "000000000001");
    expect((await fixture.get(other, bearer(await giveKey({ account: "second" })))).status).toBe(403);
    expect((await fixture.get(other, bearer(forge.sign()))).status).toBe(404);
  });

  test("wrong methods and unknown types are refused to strangers as any other path is", async () => {
    const paths = [`${subscription}/x`, ofAccount("second"), ofAccount("second").replace("metrics", "alerts")];
    const texts = await Promise.all(paths.map(async (path) => (await fixture.send({ method: "PUT", path })).text));
    expect(new Set(texts)).toEqual(new Set([(await fixture.get(second)).text]));
  });
});

describe("an API key that is no longer good", () => {
  test.each([
    { name: "revoked", credential: () => giveKey({ revoked: true }), code: "InvalidAuthenticationToken" },
    {
      name: "expired",
      credential: () => giveKey({ expiresAt: new Date(now.getTime() - 1_000) }),
      code: "InvalidAuthenticationToken",
    },
    {
      name: "mistyped",
      credential: async () => (await giveKey({})).replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      code: "InvalidAuthenticationToken",
    },
    {
      name: "of another secret",
      credential: () => {
        const about = {
          label: "x",
          role: "Vigil.Owner",
          scope: rootScope,
          createdAt: now,
          expiresAt: undefined,
        } as const;
        return Promise.resolve(createApiKey(Buffer.alloc(32, 8), about).text);
      },
      code: "InvalidAuthenticationToken",
    },
  ])("$name: 401", async ({ credential, code }) => {
    const { status, body } = await fixture.get(second, bearer(await credential()));
    expect({ status, code: codeOf(body) }).toEqual({ status: 401, code });
  });
});

test("readers of an action group don't see its secrets, writers do, and a PUT with the mark keeps them", async () => {
  const ops =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ops/providers/Microsoft.Insights/actionGroups";
  const path = `${ops}/locked?api-version=2023-01-01`;
  const [writer, reader] = [await giveKey({ role: "Vigil.Contributor" }), await giveKey({})].map(bearer);
  const put = (serviceUri: string, by: typeof writer) => {
    const webhookReceivers = [{ name: "hook", serviceUri }];
    const body = { location: "Global", properties: { groupShortName: "l", enabled: true, webhookReceivers } };
    return fixture.send({ method: "PUT", path, body: JSON.stringify(body) }, by);
  };
  const uri = "https://example.com/hook?code=hunter2";
  expect((await put(uri, reader)).status).toBe(403);
  expect((await put(uri, writer)).status).toBe(201);
  for (const each of [path, `${ops}?api-version=2023-01-01`]) {
    expect((await fixture.get(each, reader)).text).toContain("**redacted**");
    expect((await fixture.get(each, reader)).text).not.toContain("hunter2");
    expect((await fixture.get(each, writer)).text).toContain(uri);
  }
  expect((await put("**redacted**", writer)).text).toContain(uri);
  expect(fixture.app.output()).not.toContain("hunter2");
  await until("the audit", () => fixture.app.output().includes('"action":"configure"'));
});

test("every route of /openapi.json has its lock, and it holds", async () => {
  const description = (await fixture.get("/openapi.json")).body as ApiDescription;
  expect(compareWithOpenApi(description)).toEqual({ withoutRule: [], withoutRoute: [] });
  const ingest = bearer(await giveKey({ role: "Vigil.Ingest" }));
  const locked = describedOperations(description).filter(({ operation }) => operation.security.length > 0);
  expect(locked.length).toBeGreaterThanOrEqual(3);
  for (const { examples } of locked) {
    for (const example of examples) {
      const statuses = [(await fixture.send(example)).status, (await fixture.send(example, ingest)).status];
      expect({ ...example, statuses }).toEqual({ ...example, statuses: [401, 403] });
    }
  }
});
