import { expect, test } from "vitest";
import { appEnvironment } from "./app-environment.js";
import { connectionString, emulatorAccount } from "./storage-accounts.js";

const ports = { storagePort: 10000, azuritePort: 20000, https: false };
const direct = connectionString(emulatorAccount, 20000);
const logged = connectionString(emulatorAccount, 10000);
const cloud = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net";

test("with nothing configured the app works on the emulated accounts, straight at Azurite", () => {
  const other = { name: "other", key: "a2V5" };
  const added = appEnvironment({}, [emulatorAccount, other], ports, {});
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
  { name: "AzureWebJobsStorage", value: "UseDevelopmentStorage=true", becomes: direct },
  { name: "AzureWebJobsStorage", value: " usedevelopmentstorage=True; ", becomes: direct },
  { name: "AzureWebJobsStorage", value: logged, becomes: direct },
  {
    name: "MyState",
    value: logged.replaceAll("127.0.0.1", "localhost"),
    becomes: direct.replaceAll("127.0.0.1", "localhost"),
  },
  { name: "MyState__queueServiceUri", value: "http://[::1]:10001/one", becomes: "http://[::1]:20001/one" },
  { name: "AzureWebJobsStorage", value: cloud, becomes: undefined },
  { name: "MyState", value: direct, becomes: undefined },
  { name: "HTTP_PROXY", value: "http://127.0.0.1:10000", becomes: undefined },
])("$name=$value never leads through the gateway", ({ name, value, becomes }) => {
  expect(appEnvironment({ [name]: value }, [emulatorAccount], ports, {})[name]).toBe(becomes);
});

test("configured accounts and credentials stay as they are", () => {
  const added = appEnvironment({ VIGIL_ACCOUNTS: "[]", VIGIL_AUTH: "entra" }, [emulatorAccount], ports, {});
  expect(Object.keys(added)).toEqual(["AzureWebJobsStorage"]);
});

test("settings of the local identity provider are there, below what was set", () => {
  const access = { VIGIL_TENANT_ID: "local", VIGIL_CLIENT_ID: "local" };
  const added = appEnvironment({ VIGIL_TENANT_ID: "own", VIGIL_CLIENT_ID: "" }, [emulatorAccount], ports, access);
  expect(added["VIGIL_TENANT_ID"]).toBeUndefined();
  expect(added["VIGIL_CLIENT_ID"]).toBe("local");
});

test("with --https Vigil's own connections speak TLS, and nobody is let in without a credential", () => {
  const settings = {
    VIGIL_AUTH: "development",
    Logged: logged,
    Direct: direct,
    Cloud: cloud,
    X__blobServiceUri: "http://localhost:10000/devstoreaccount1",
  };
  const added = appEnvironment(settings, [emulatorAccount], { ...ports, https: true }, {});
  const secure = connectionString(emulatorAccount, 20000, "https");
  expect(added).toMatchObject({
    VIGIL_AUTH: "entra",
    AzureWebJobsStorage: secure,
    VigilLocalAccount_devstoreaccount1: secure,
    X__blobServiceUri: "https://localhost:20000/devstoreaccount1",
  });
  for (const name of ["Logged", "Direct"]) {
    expect(added[name]?.replace("DefaultEndpointsProtocol=http;", "DefaultEndpointsProtocol=https;")).toBe(secure);
  }
  expect(added["Cloud"]).toBeUndefined();
});
