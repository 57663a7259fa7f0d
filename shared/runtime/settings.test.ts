import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { readSettings, settingNames, WrongSetting } from "./settings.js";

const key = "c2VjcmV0LWtleQ==";
const emulator = { AzureWebJobsStorage: "UseDevelopmentStorage=true" };
const accountId = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const account = (name: string, connection = "AzureWebJobsStorage"): object => ({
  resourceId: accountId(name),
  connection,
  workspace: "default",
});
const workspace = (name: string, customerId: string): object => ({
  name,
  customerId,
  resourceId: `/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/${name}`,
});

test("the emulator's connection alone is enough", () => {
  const settings = readSettings(emulator);
  expect(settings.accounts.map(({ name, workspace }) => ({ name, workspace }))).toEqual([
    { name: "devstoreaccount1", workspace: "default" },
  ]);
  expect(settings.accounts[0]?.resourceId).toBe(
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1",
  );
  expect(settings.auth).toBeUndefined();
  expect(settings.logLatenessMs).toBe(15 * 60_000);
  expect(settings.storageTimeoutMs).toBe(10_000);
});

test("local.settings.sample.json lists all settings, and is one", () => {
  const file = new URL("../../local.settings.sample.json", import.meta.url);
  const { Values } = JSON.parse(readFileSync(file, "utf8")) as { Values: Record<string, string> };
  expect(Object.keys(Values)).toEqual(expect.arrayContaining([...settingNames]));
  expect(readSettings({ ...Values, AZURE_FUNCTIONS_ENVIRONMENT: "Development" }).auth).toBe("development");
});

test("a real account is monitored only if it is named", () => {
  expect(
    readSettings({ AzureWebJobsStorage: `AccountName=prod;AccountKey=${key};EndpointSuffix=core.windows.net` })
      .accounts,
  ).toEqual([]);
});

test("all settings given", () => {
  const settings = readSettings({
    ...emulator,
    VIGIL_STORAGE: "State",
    State__accountName: "vigilstate",
    State__credential: "managedidentity",
    State__clientId: "11111111-1111-1111-1111-111111111111",
    Prod: `AccountName=Prod1;AccountKey=${key}`,
    VIGIL_AUTH: "entra",
    VIGIL_TENANT_ID: "BBBBBBBB-0000-4000-8000-000000000001",
    VIGIL_CLIENT_ID: "cccccccc-0000-4000-8000-000000000001",
    VIGIL_AUDIENCES: '["https://management.azure.com"]',
    VIGIL_ROLE_ASSIGNMENTS: JSON.stringify([
      { principalId: "dddddddd-0000-4000-8000-000000000001", role: "Vigil.Reader", scope: "/" },
    ]),
    VIGIL_LOG_LATENESS: "01:00:30",
    VIGIL_STORAGE_TIMEOUT: "00:01:00",
    VIGIL_ACCOUNTS: JSON.stringify([{ ...account("prod1", "Prod"), workspace: "main" }]),
    VIGIL_WORKSPACES: JSON.stringify([workspace("main", "AAAAAAAA-0000-0000-0000-000000000000")]),
  });
  expect(settings.state).toMatchObject({
    kind: "identity",
    queueUrl: "https://vigilstate.queue.core.windows.net",
    credential: { managedIdentity: true, clientId: "11111111-1111-1111-1111-111111111111" },
  });
  expect(settings.accounts).toMatchObject([{ name: "prod1", workspace: "main", connection: { name: "Prod" } }]);
  expect(settings.workspaces[0]?.customerId).toBe("aaaaaaaa-0000-0000-0000-000000000000");
  expect(settings.logLatenessMs).toBe(3_630_000);
  expect(settings.storageTimeoutMs).toBe(60_000);
  expect(settings.access).toMatchObject({
    tokens: {
      authority: { tenantId: "bbbbbbbb-0000-4000-8000-000000000001" },
      ownAudiences: ["api://cccccccc-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000001"],
      furtherAudiences: ["https://management.azure.com"],
    },
    assignments: [{ role: "Vigil.Reader" }],
  });
});

describe("a wrong setting is named, with what it should be and without what it holds", () => {
  test.each([
    { setting: "VIGIL_STORAGE", environment: {}, says: /AzureWebJobsStorage can't be used/ },
    { setting: "VIGIL_STORAGE", environment: { VIGIL_STORAGE: "no such" }, says: /name of a connection/ },
    { setting: "VIGIL_STORAGE", environment: { AzureWebJobsStorage: "secret-key" }, says: /not a connection string/ },
    { setting: "VIGIL_STORAGE", environment: { AzureWebJobsStorage: "AccountKey=secret-key" }, says: /AccountName/ },
    { setting: "VIGIL_STORAGE", environment: { AzureWebJobsStorage__blobServiceUri: "http://a" }, says: /https/ },
    {
      setting: "VIGIL_STORAGE",
      environment: { AzureWebJobsStorage__accountName: "a", AzureWebJobsStorage__credential: "secret-key" },
      says: /managedidentity/,
    },
    { setting: "VIGIL_AUTH", environment: { ...emulator, VIGIL_AUTH: "none" }, says: /development .* or entra/ },
    { setting: "VIGIL_AUTH", environment: { ...emulator, VIGIL_AUTH: "development" }, says: /laptop/ },
    { setting: "VIGIL_TENANT_ID", environment: { ...emulator, VIGIL_AUTH: "entra" }, says: /entra, and it is not set/ },
    { setting: "VIGIL_KEY_SECRET", environment: { ...emulator, VIGIL_KEY_SECRET: "secret-key" }, says: /32 random/ },
    { setting: "VIGIL_AUDIENCES", environment: { ...emulator, VIGIL_AUDIENCES: "secret-key" }, says: /not JSON/ },
    {
      setting: "VIGIL_AUTHORITY_HOST",
      environment: { ...emulator, VIGIL_AUTHORITY_HOST: "http://secret-key" },
      says: /https URL/,
    },
    ...["0", "3651", "93d", "-1", "1e2"].map((days) => ({
      setting: "VIGIL_METRICS_RETENTION_DAYS",
      environment: { ...emulator, VIGIL_METRICS_RETENTION_DAYS: days },
      says: /1 to 3650/,
    })),
    ...["0", "20TB", "-1", "1e13", "1".repeat(16)].map((bytes) => ({
      setting: "VIGIL_ANALYTICS_LIMIT_BYTES",
      environment: { ...emulator, VIGIL_ANALYTICS_LIMIT_BYTES: bytes },
      says: /number of bytes/,
    })),
    { setting: "VIGIL_LOG_LATENESS", environment: { ...emulator, VIGIL_LOG_LATENESS: "15m" }, says: /hh:mm:ss/ },
    { setting: "VIGIL_LOG_LATENESS", environment: { ...emulator, VIGIL_LOG_LATENESS: "24:00:00" }, says: /hh:mm:ss/ },
    {
      setting: "VIGIL_STORAGE_TIMEOUT",
      environment: { ...emulator, VIGIL_STORAGE_TIMEOUT: "00:00:00" },
      says: /00:00:01/,
    },
    {
      setting: "VIGIL_STORAGE_TIMEOUT",
      environment: { ...emulator, VIGIL_STORAGE_TIMEOUT: "00:01:01" },
      says: /00:01:00/,
    },
    { setting: "VIGIL_ACCOUNTS", environment: { ...emulator, VIGIL_ACCOUNTS: "{secret-key" }, says: /not JSON/ },
    { setting: "VIGIL_ACCOUNTS", environment: { ...emulator, VIGIL_ACCOUNTS: "{}" }, says: /must be array/ },
    { setting: "VIGIL_ACCOUNTS", environment: { ...emulator, VIGIL_ACCOUNTS: "[{}]" }, says: /\[0\].*resourceId/ },
    {
      setting: "VIGIL_ACCOUNTS",
      environment: { ...emulator, VIGIL_ACCOUNTS: JSON.stringify([account("acc1", "Missing")]) },
      says: /connection Missing can't be used: no setting AzureWebJobsMissing or Missing/,
    },
    {
      setting: "VIGIL_ACCOUNTS",
      environment: { ...emulator, VIGIL_ACCOUNTS: JSON.stringify([account("another")]) },
      says: /not one to the account another/,
    },
    {
      setting: "VIGIL_ACCOUNTS",
      environment: {
        ...emulator,
        VIGIL_ACCOUNTS: JSON.stringify([account("devstoreaccount1"), account("devstoreaccount1")]),
      },
      says: /devstoreaccount1 is there twice/,
    },
    {
      setting: "VIGIL_ACCOUNTS",
      environment: {
        ...emulator,
        VIGIL_ACCOUNTS: JSON.stringify([{ ...account("devstoreaccount1"), workspace: "main" }]),
      },
      says: /main .* not in VIGIL_WORKSPACES/,
    },
    { setting: "VIGIL_WORKSPACES", environment: { ...emulator, VIGIL_WORKSPACES: "[]" }, says: /fewer than 1/ },
    {
      setting: "VIGIL_WORKSPACES",
      environment: { ...emulator, VIGIL_WORKSPACES: JSON.stringify([workspace("a", "not-a-guid")]) },
      says: /\[0\]\.customerId/,
    },
  ])("$setting: $says", ({ setting, environment, says }) => {
    let thrown: unknown;
    try {
      readSettings(environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WrongSetting);
    const { message, setting: named } = thrown as WrongSetting;
    expect(named).toBe(setting);
    expect(message).toMatch(says);
    expect(message).toContain("Expected: ");
    expect(message).not.toContain("secret-key");
  });
});

describe("a connection is found where the Functions host finds it", () => {
  const one = `AccountName=one;AccountKey=${key}`;
  const two = `AccountName=two;AccountKey=${key}`;
  test.each([
    { environment: { Here: one }, found: "one" },
    { environment: { AzureWebJobsHere: one, Here: two }, found: "one" },
    { environment: { "ConnectionStrings:Here": one, Here: two }, found: "one" },
    { environment: { ConnectionStrings__AzureWebJobsHere: one, Here: two }, found: "one" },
    { environment: { Here: one, Here__accountName: "two" }, found: "one" },
    { environment: { AzureWebJobsHere: "", Here: two }, found: "two" },
    { environment: { "Here:accountName": "three" }, found: "https://three.blob.core.windows.net" },
    { environment: { Here__blobServiceUri: "https://four.example" }, found: "https://four.example" },
  ])("$environment: $found", ({ environment, found }) => {
    const { state } = readSettings({ VIGIL_STORAGE: "Here", ...environment });
    expect(state.kind === "identity" ? state.blobUrl : state.accountName).toBe(found);
  });
});
