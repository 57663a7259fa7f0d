import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";

import { accessSettingsSchema, readAccessSettings, type RawAccessSettings } from "./access-settings.js";

const tenant = "00000000-0000-4000-8000-00000000000A";
const client = "00000000-0000-4000-8000-00000000000B";
const secret = Buffer.alloc(32, 7).toString("base64");
const validate = new Ajv({ strict: true }).compile<RawAccessSettings>({
  type: "object",
  properties: accessSettingsSchema,
});
const assignment = { principalId: tenant, role: "Vigil.Reader", scope: "/" };

describe("a wrong setting is refused by the schema", () => {
  test.each([
    { VIGIL_TENANT_ID: "contoso.onmicrosoft.com" },
    { VIGIL_CLIENT_ID: "api://vigil" },
    { VIGIL_AUTHORITY_HOST: "http://login.microsoftonline.com" },
    { VIGIL_AUTHORITY_HOST: "https://login.microsoftonline.com/common" },
    { VIGIL_AUTHORITY_HOST: "https://user:password@login.microsoftonline.com" },
    { VIGIL_AUDIENCES: [""] },
    { VIGIL_KEY_SECRET: "short" },
    { VIGIL_KEY_SECRET: Buffer.alloc(31).toString("base64") },
    { VIGIL_KEY_SECRET: "correct horse battery staple correct horse battery staple" },
    { VIGIL_KEY_VERSIONS: [] },
    { VIGIL_KEY_VERSIONS: [0] },
    { VIGIL_ROLE_ASSIGNMENTS: [{ ...assignment, role: "Owner" }] },
    { VIGIL_ROLE_ASSIGNMENTS: [{ ...assignment, principalId: "somebody" }] },
    { VIGIL_ROLE_ASSIGNMENTS: [{ ...assignment, scope: "subscriptions/a" }] },
    { VIGIL_ROLE_ASSIGNMENTS: [{ ...assignment, condition: "none" }] },
    { VIGIL_ROLE_ASSIGNMENTS: [{ principalId: tenant, role: "Vigil.Reader" }] },
  ])("%j", (raw) => {
    expect(validate(raw)).toBe(false);
  });

  test.each([32, 33, 34, 35, 64])("a key secret of %d bytes fits", (length) => {
    expect(validate({ VIGIL_KEY_SECRET: Buffer.alloc(length, 1).toString("base64") })).toBe(true);
  });
});

test("everything set", () => {
  const raw: RawAccessSettings = {
    VIGIL_TENANT_ID: tenant,
    VIGIL_CLIENT_ID: client,
    VIGIL_AUTHORITY_HOST: "https://127.0.0.1:7091/",
    VIGIL_AUDIENCES: ["https://management.azure.com"],
    VIGIL_KEY_SECRET: secret,
    VIGIL_KEY_VERSIONS: [1, 2],
    VIGIL_ROLE_ASSIGNMENTS: [{ principalId: tenant, role: "Vigil.Reader", scope: "/subscriptions/A" }],
  };
  expect(validate(raw)).toBe(true);
  expect(readAccessSettings(raw, "entra")).toEqual({
    kind: "settings",
    settings: {
      tokens: {
        authority: {
          tenantId: tenant.toLowerCase(),
          keysUrl: new URL(`https://127.0.0.1:7091/${tenant.toLowerCase()}/discovery/v2.0/keys`),
          issuers: [
            `https://sts.windows.net/${tenant.toLowerCase()}/`,
            `https://127.0.0.1:7091/${tenant.toLowerCase()}/v2.0`,
          ],
          authorizeUrl: `https://127.0.0.1:7091/${tenant.toLowerCase()}/oauth2/v2.0/authorize`,
        },
        ownAudiences: [`api://${client.toLowerCase()}`, client.toLowerCase()],
        furtherAudiences: ["https://management.azure.com"],
      },
      keySecret: Buffer.alloc(32, 7),
      keyVersions: [1, 2],
      assignments: [
        {
          principalId: tenant.toLowerCase(),
          role: "Vigil.Reader",
          scope: { kind: "scope", id: "/subscriptions/A", segments: ["subscriptions", "a"] },
        },
      ],
    },
  });
});

test("nothing set lets nobody in", () => {
  expect(readAccessSettings({}, undefined)).toEqual({
    kind: "settings",
    settings: { tokens: undefined, keySecret: undefined, keyVersions: [1], assignments: [] },
  });
});

describe("what fits the schema and makes no sense is refused by name", () => {
  test.each([
    { raw: {}, auth: "entra", setting: "VIGIL_TENANT_ID" },
    { raw: { VIGIL_TENANT_ID: tenant }, auth: "entra", setting: "VIGIL_CLIENT_ID" },
    {
      raw: { VIGIL_ROLE_ASSIGNMENTS: [{ principalId: tenant, role: "Vigil.Reader", scope: "/a//b" }] },
      auth: "development",
      setting: "VIGIL_ROLE_ASSIGNMENTS",
    },
  ] as const)("$setting", ({ raw, auth, setting }) => {
    expect(readAccessSettings(raw, auth)).toMatchObject({ kind: "invalid", setting });
  });
});
