import { request as httpsRequest } from "node:https";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer as createNetServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ClientSecretCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { readAccessSettings, type RawAccessSettings } from "../../../shared/access/access-settings.js";
import { authenticate, type Recognition } from "../../../shared/access/authentication.js";
import { signingKeysAt } from "../../../shared/access/signing-keys.js";
import { openCertificates, type LocalCertificates } from "../certificates/certificate-folder.js";
import { accessEnvironment } from "./access-environment.js";
import { maxBodyBytes, startIdentityProvider, type IdentityProvider } from "./identity-provider.js";
import { applications, localTenantId, vigilClientId } from "./tenant.js";

let data: string;
let certificates: LocalCertificates;
let provider: IdentityProvider;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "vigil-identity-"));
  certificates = await openCertificates(data, new Date());
  provider = await startIdentityProvider({ port: 0, dataFolder: data, certificate: certificates.server });
});
afterAll(async () => {
  await provider.stop();
  await rm(data, { recursive: true });
});

type Headers = Readonly<Record<string, string>>;
interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function call(method: string, url: string, body = "", headers: Headers = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method, ca: certificates.authority, headers, agent: false });
    request.once("error", reject).once("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
      });
    });
    request.end(body);
  });
}

const secretOf = (name: string): string =>
  provider.folder.applications.find((each) => each.name === name)?.secret ?? expect.fail(`no application ${name}`);
const application = (name: string) =>
  applications.find((each) => each.name === name) ?? expect.fail(`no application ${name}`);
const form = { "content-type": "application/x-www-form-urlencoded" };
const post = (endpoint: string, fields: Headers | URLSearchParams, headers: Headers = {}, tenant = localTenantId) =>
  call("POST", `${provider.url}/${tenant}/${endpoint}`, new URLSearchParams(fields).toString(), {
    ...form,
    ...headers,
  });
const credentials = (name: string) => ({
  grant_type: "client_credentials",
  client_id: application(name).clientId,
  client_secret: secretOf(name),
});
const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

/** The app's own look at a token, with its settings as the launcher would set them. */
async function recognize(token: string) {
  const environment = accessEnvironment(provider.url, Buffer.alloc(32).toString("base64"));
  const json = (name: string): unknown => JSON.parse(environment[name] ?? "");
  const read = readAccessSettings(
    {
      ...environment,
      VIGIL_AUDIENCES: json("VIGIL_AUDIENCES"),
      VIGIL_ROLE_ASSIGNMENTS: json("VIGIL_ROLE_ASSIGNMENTS"),
    } as unknown as RawAccessSettings,
    "entra",
  );
  if (read.kind === "invalid" || read.settings.tokens === undefined) expect.fail("settings are wrong");
  const { tokens, assignments } = read.settings;
  const keys = signingKeysAt(tokens.authority.keysUrl, {
    fetch: async (url) => {
      const { status, body } = await call("GET", url);
      return new Response(JSON.stringify(body), { status });
    },
  });
  const recognition: Recognition = { tokens: { ...tokens, keys }, apiKeys: undefined, assignments };
  const headers = new Headers({ authorization: `Bearer ${token}` });
  return await authenticate({ url: "https://127.0.0.1/x", headers }, recognition, new Date());
}

describe("the official ClientSecretCredential", () => {
  test.each(applications.map(({ name, role, objectId }) => ({ name, role, objectId })))(
    "gets a token for Vigil as $name, which the app takes as $role",
    async ({ name, role, objectId }) => {
      const credential = new ClientSecretCredential(localTenantId, application(name).clientId, secretOf(name), {
        authorityHost: provider.url,
        disableInstanceDiscovery: true,
        tlsOptions: { ca: certificates.authority },
      });
      const { token, expiresOnTimestamp } = await credential.getToken(`api://${vigilClientId}/.default`);
      expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_500_000);
      const grants = [role, role]
        .filter((each) => each !== undefined)
        .map((each) => expect.objectContaining({ role: each }) as unknown);
      expect(await recognize(token)).toMatchObject({ kind: "application", id: objectId, name, grants });
    },
  );

  test.each([
    { name: "a wrong secret", secret: () => "wrong", message: /AADSTS7000215/ },
    { name: "an unknown application", clientId: vigilClientId, secret: () => "x", message: /AADSTS700016/ },
    {
      name: "an unknown resource",
      secret: () => secretOf("reader"),
      scope: "https://example.com/.default",
      message: /AADSTS500011/,
    },
    {
      name: "another tenant",
      tenant: vigilClientId,
      secret: () => "x",
      message: /AADSTS90002|endpoints_resolution_error/,
    },
  ])("is told in Entra's words about $name", async ({ secret, message, ...row }) => {
    const credential = new ClientSecretCredential(
      row.tenant ?? localTenantId,
      row.clientId ?? application("reader").clientId,
      secret(),
      {
        authorityHost: provider.url,
        disableInstanceDiscovery: true,
        tlsOptions: { ca: certificates.authority },
        retryOptions: { maxRetries: 0 },
      },
    );
    await expect(credential.getToken(row.scope ?? `api://${vigilClientId}/.default`)).rejects.toThrow(message);
  });
});

describe("a token", () => {
  test.each([
    { asked: `api://${vigilClientId}`, aud: vigilClientId, ver: "2.0", roles: ["Vigil.Reader"] },
    { asked: vigilClientId, aud: vigilClientId, ver: "2.0", roles: ["Vigil.Reader"] },
    { asked: "https://storage.azure.com", aud: "https://storage.azure.com", ver: "1.0", roles: undefined },
    { asked: "https://storage.azure.com/", aud: "https://storage.azure.com/", ver: "1.0", roles: undefined },
    {
      asked: "https://a1b.blob.core.windows.net",
      aud: "https://a1b.blob.core.windows.net",
      ver: "1.0",
      roles: undefined,
    },
    { asked: "https://management.azure.com", aud: "https://management.azure.com", ver: "1.0", roles: undefined },
  ])("for $asked has audience $aud and version $ver, by either endpoint", async ({ asked, aud, ver, roles }) => {
    const replies = [
      await post("oauth2/v2.0/token", { ...credentials("reader"), scope: `${asked}/.default` }),
      await post("oauth2/token", { ...credentials("reader"), resource: asked }),
    ];
    for (const { status, body } of replies) {
      expect(status).toBe(200);
      const { oid, tid, iss, ...claims } = claimsOf(body["access_token"]);
      expect({ aud: claims["aud"], ver: claims["ver"], roles: claims["roles"] }).toEqual({ aud, ver, roles });
      expect({ oid, tid }).toEqual({ oid: application("reader").objectId, tid: localTenantId });
      const issuer = ver === "1.0" ? "https://sts.windows.net" : provider.url;
      expect(iss).toBe(`${issuer}/${localTenantId}/${ver === "1.0" ? "" : "v2.0"}`);
    }
  });

  test("of the first endpoint comes with its numbers as text, of the second as numbers", async () => {
    const first = await post("oauth2/token", { ...credentials("owner"), resource: vigilClientId });
    const second = await post("oauth2/v2.0/token", { ...credentials("owner"), scope: `${vigilClientId}/.default` });
    expect(first.body).toMatchObject({ token_type: "Bearer", expires_in: "3599", resource: vigilClientId });
    expect(Number(first.body["expires_on"]) - Number(first.body["not_before"])).toBe(3600);
    expect(second.body).toMatchObject({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599 });
  });

  test("is also given for id and secret in a Basic header", async () => {
    const { client_id: id, client_secret: secret, ...rest } = credentials("reader");
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
    const fields = { ...rest, scope: `${vigilClientId}/.default` };
    expect((await post("oauth2/v2.0/token", fields, { authorization })).status).toBe(200);
  });
});

describe("a request for a token is refused as Entra ID does", () => {
  const right = () => ({ ...credentials("reader"), scope: `${vigilClientId}/.default` });
  const without = (name: string) => () => Object.fromEntries(Object.entries(right()).filter(([key]) => key !== name));
  test.each([
    { name: "nothing in it", fields: () => ({}), status: 400, error: "invalid_request", code: 900144 },
    { name: "no client id", fields: without("client_id"), status: 400, error: "invalid_request", code: 900144 },
    { name: "no scope", fields: without("scope"), status: 400, error: "invalid_request", code: 900144 },
    { name: "no secret", fields: without("client_secret"), status: 401, error: "invalid_client", code: 7000216 },
    {
      name: "another grant",
      fields: () => ({ ...right(), grant_type: "password" }),
      status: 400,
      error: "unsupported_grant_type",
      code: 70003,
    },
    {
      name: "a wrong secret",
      fields: () => ({ ...right(), client_secret: "x" }),
      status: 401,
      error: "invalid_client",
      code: 7000215,
    },
    {
      name: "another's secret",
      fields: () => ({ ...right(), client_secret: secretOf("owner") }),
      status: 401,
      error: "invalid_client",
      code: 7000215,
    },
    {
      name: "an unknown client",
      fields: () => ({ ...right(), client_id: "x" }),
      status: 400,
      error: "unauthorized_client",
      code: 700016,
    },
    {
      name: "a scope without .default",
      fields: () => ({ ...right(), scope: vigilClientId }),
      status: 400,
      error: "invalid_scope",
      code: 1002012,
    },
    {
      name: "two scopes",
      fields: () => ({ ...right(), scope: "a/.default b/.default" }),
      status: 400,
      error: "invalid_scope",
      code: 1002012,
    },
    {
      name: "an unknown resource",
      fields: () => ({ ...right(), scope: "api://x/.default" }),
      status: 400,
      error: "invalid_resource",
      code: 500011,
    },
    {
      name: "an evil look-alike",
      fields: () => ({ ...right(), scope: "https://storage.azure.com.evil.example/.default" }),
      status: 400,
      error: "invalid_resource",
      code: 500011,
    },
  ] as { name: string; fields: () => Headers; status: number; error: string; code: number }[])(
    "$name: $error, AADSTS$code",
    async ({ fields, status, error, code }) => {
      const reply = await post("oauth2/v2.0/token", fields());
      expect(reply.status).toBe(status);
      expect(reply.body).toMatchObject({ error, error_codes: [code] });
      expect(reply.body["error_description"]).toMatch(
        new RegExp(`^AADSTS${code}: .* Trace ID: \\S+ Correlation ID: \\S+`),
      );
      expect(JSON.stringify(reply.body)).not.toContain(secretOf("owner"));
    },
  );

  test("a parameter that is there twice", async () => {
    const twice = new URLSearchParams([...Object.entries(right()), ["client_id", application("owner").clientId]]);
    expect((await post("oauth2/v2.0/token", twice)).body).toMatchObject({ error_codes: [900382] });
  });

  test("another tenant", async () => {
    const reply = await post("oauth2/v2.0/token", right(), {}, "common");
    expect(reply).toMatchObject({ status: 400, body: { error_codes: [90002] } });
  });

  test("JSON instead of a form", async () => {
    const url = `${provider.url}/${localTenantId}/oauth2/v2.0/token`;
    const reply = await call("POST", url, JSON.stringify(right()), { "content-type": "application/json" });
    expect(reply).toMatchObject({ status: 400, body: { error_codes: [900144] } });
  });

  test("a body that is too large", async () => {
    const reply = await post("oauth2/v2.0/token", { ...right(), more: "x".repeat(maxBodyBytes) });
    expect(reply).toMatchObject({ status: 413, body: { error: "invalid_request" } });
  });

  test.each([
    { method: "GET", path: "oauth2/v2.0/token" },
    { method: "POST", path: "discovery/keys" },
    { method: "GET", path: "" },
    { method: "GET", path: "../identity/signing.key" },
  ])("$method $path is not there", async ({ method, path }) => {
    expect((await call(method, `${provider.url}/${localTenantId}/${path}`)).status).toBe(404);
  });
});

describe("discovery", () => {
  test.each([
    {
      path: "v2.0/.well-known/openid-configuration",
      part: "v2.0/",
      issuer: () => `${provider.url}/${localTenantId}/v2.0`,
    },
    { path: ".well-known/openid-configuration", part: "", issuer: () => `https://sts.windows.net/${localTenantId}/` },
  ])("at $path names endpoints that answer", async ({ path, part, issuer }) => {
    const base = `${provider.url}/${localTenantId}`;
    const { body } = await call("GET", `${base}/${path}`);
    expect(body).toMatchObject({ issuer: issuer(), token_endpoint: `${base}/oauth2/${part}token` });
    const { body: keys } = await call("GET", String(body["jwks_uri"]));
    expect(keys).toEqual({
      keys: [
        {
          kty: "RSA",
          use: "sig",
          alg: "RS256",
          kid: provider.folder.key.keyId,
          n: expect.any(String) as string,
          e: "AQAB",
        },
      ],
    });
  });
});

describe("the data folder", () => {
  test("keeps secrets and key over a restart, for their owner alone", async () => {
    const again = await startIdentityProvider({ port: 0, dataFolder: data, certificate: certificates.server });
    await again.stop();
    expect(again.folder.applications).toEqual(provider.folder.applications);
    expect(again.folder.key.publicJwk).toEqual(provider.folder.key.publicJwk);
    for (const file of ["client-secrets.json", "signing.key"]) {
      expect((await stat(join(data, "identity", file))).mode & 0o777).toBe(0o600);
    }
    const kept = JSON.parse(await readFile(provider.folder.secretsFile, "utf8")) as object;
    expect(Object.keys(kept)).toEqual(applications.map(({ name }) => name));
  });

  test("of another laptop has other secrets and another key", async () => {
    const other = await mkdtemp(join(tmpdir(), "vigil-identity-"));
    const stranger = await startIdentityProvider({ port: 0, dataFolder: other, certificate: certificates.server });
    await stranger.stop();
    await rm(other, { recursive: true });
    expect(stranger.folder.key.keyId).not.toBe(provider.folder.key.keyId);
    const secrets = [...stranger.folder.applications, ...provider.folder.applications].map(({ secret }) => secret);
    expect(new Set(secrets).size).toBe(secrets.length);
  });
});

test("when its port is busy, a free one is taken", async () => {
  const busy = createNetServer();
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  const { port } = busy.address() as AddressInfo;
  const second = await startIdentityProvider({ port, dataFolder: data, certificate: certificates.server });
  expect(second.url).not.toBe(`https://127.0.0.1:${port}`);
  const { status } = await call("GET", `${second.url}/${localTenantId}/discovery/keys`);
  expect(status).toBe(200);
  await second.stop();
  await new Promise((resolve) => busy.close(resolve));
});
