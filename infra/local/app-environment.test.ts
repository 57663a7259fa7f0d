import { expect, test } from "vitest";
import { appEnvironment } from "./app-environment.js";
import { connectionString, emulatorAccount } from "./storage-accounts.js";

const direct = connectionString(emulatorAccount, 20000);
const cloud = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net";

test("with nothing configured the app works on the emulated accounts, straight at Azurite", () => {
  const other = { name: "other", key: "a2V5" };
  const added = appEnvironment({}, {}, [emulatorAccount, other], 20000);
  expect(added["AzureWebJobsStorage"]).toBe(direct);
  expect(added["VIGIL_AUTH"]).toBe("development");
  expect(JSON.parse(added["VIGIL_ACCOUNTS"] ?? "")).toEqual(
    ["devstoreaccount1", "other"].map((name) => ({
      resourceId: `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${name}`,
      connection: `VigilLocalAccount_${name}`,
      workspace: "default",
    })),
  );
  expect(added["VigilLocalAccount_other"]).toBe(connectionString(other, 20000));
});

test.each([
  { environment: {}, local: { AzureWebJobsStorage: "UseDevelopmentStorage=true" }, expected: direct },
  { environment: { AzureWebJobsStorage: " usedevelopmentstorage=True; " }, local: {}, expected: direct },
  { environment: { AzureWebJobsStorage: cloud }, local: {}, expected: undefined },
  { environment: {}, local: { AzureWebJobsStorage: cloud }, expected: undefined },
])("own storage $environment over $local", ({ environment, local, expected }) => {
  expect(appEnvironment(environment, local, [emulatorAccount], 20000)["AzureWebJobsStorage"]).toBe(expected);
});

test("configured accounts and credentials stay as they are", () => {
  const added = appEnvironment({ VIGIL_ACCOUNTS: "[]" }, { VIGIL_AUTH: "entra" }, [emulatorAccount], 20000);
  expect(Object.keys(added)).toEqual(["AzureWebJobsStorage"]);
});
