import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { parseApiKey, recognizeApiKey } from "../../shared/access/api-key.js";
import { deriveWorkspaceKey } from "../../shared/access/workspace-key.js";
import { apiKeysIn, apiKeysTable } from "../../shared/stores/api-keys/api-keys.azure.js";
import { startAzurite, type Azurite } from "../../shared/testing/azurite.js";
import { findFreePorts } from "../../shared/testing/free-ports.js";
import { parseKeyCommand } from "./key-command.js";

describe("arguments that are wrong are named", () => {
  const create = ["create", "--label", "x", "--role", "Vigil.Reader"];
  test.each([
    { args: ["make"], message: /no command make/ },
    { args: ["create", "--role", "Vigil.Reader"], message: /--label must say/ },
    { args: ["create", "--label", "x"], message: /--role must be one of Vigil.Reader, .*got undefined/ },
    { args: ["create", "--label", "x", "--role", "Reader"], message: /--role must be one of/ },
    { args: ["create", "--label", "x".repeat(101), "--role", "Vigil.Reader"], message: /--label/ },
    { args: [...create, "--scope", "devstoreaccount1"], message: /--scope must be \/ or a resource id/ },
    { args: [...create, "--days", "0"], message: /--days must be a whole number from 1/ },
    { args: [...create, "--days", "1.5"], message: /--days/ },
    { args: [...create, "--days", "4000"], message: /--days/ },
    { args: [...create, "--azurite-port", "x"], message: /--azurite-port must be a port/ },
    { args: [...create, "--colour"], message: /--colour/ },
    { args: ["revoke"], message: /revoke needs the id/ },
    { args: ["revoke", "vigil1_abc"], message: /revoke needs the id/ },
    { args: ["revoke", "abcdefghijklmnop", "abcdefghijklmnop"], message: /one argument at most/ },
    { args: ["workspace", "default"], message: /a GUID/ },
    { args: ["workspace", "00000000-0000-0000-0000-000000000000", "--version", "0"], message: /--version/ },
  ])("$args", ({ args, message }) => {
    expect(parseKeyCommand(args)).toEqual({ kind: "invalid", message: expect.stringMatching(message) as string });
  });

  test.each([{ args: [] }, { args: ["--help"] }, { args: ["list", "-h"] }])("$args shows help", ({ args }) => {
    expect(parseKeyCommand(args)).toEqual({ kind: "help" });
  });
});

describe("against storage", () => {
  let azurite: Azurite;
  let data: string;
  beforeAll(async () => {
    const port = await findFreePorts(3);
    azurite = await startAzurite({ blobPort: port, queuePort: port + 1, tablePort: port + 2 });
    data = await mkdtemp(join(tmpdir(), "vigil-keys-"));
  });
  afterAll(async () => {
    await azurite.stop();
    await rm(data, { recursive: true });
  });

  interface Outcome {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }
  /** Runs the compiled program as npm does. */
  const run = (args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> =>
    new Promise((settle) => {
      const main = resolve(import.meta.dirname, "../../dist/infra/keys/main.js");
      const env = { PATH: process.env["PATH"] ?? "", ...environment };
      execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => {
        settle({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  const local = () => ["--data", data, "--azurite-port", String(azurite.blobPort)];
  const create = ["create", "--label", "grafana", "--role", "Vigil.Reader", "--days", "30"];
  const kept = () =>
    apiKeysIn(
      TableClient.fromConnectionString(azurite.connectionString(), apiKeysTable, { allowInsecureConnection: true }),
    );
  const localSecret = async () => Buffer.from(await readFile(join(data, "identity", "key-secret"), "utf8"), "base64");

  test("a key is made, listed and revoked, and its text is printed once", async () => {
    expect(await run(["list", ...local()])).toEqual({ code: 0, stdout: "", stderr: "There are no API keys.\n" });

    const made = await run([...create, ...local()]);
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("Vigil.Reader on /, until ") as string });
    const presented = parseApiKey(made.stdout.trim()) ?? expect.fail(`no key: ${made.stdout}`);
    const stored = await kept().find(presented.id);
    const principal = recognizeApiKey(presented, stored, await localSecret(), [], new Date());
    expect(principal).toMatchObject({ kind: "api-key", name: "grafana", grants: [{ role: "Vigil.Reader" }] });

    const listed = await run(["list", ...local()]);
    expect(listed.stdout).toMatch(new RegExp(`^${presented.id}  Vigil.Reader  /  made \\S+  until \\S+  grafana\n$`));
    expect(listed.stdout + listed.stderr + made.stderr).not.toContain(presented.secret);

    expect((await run(["revoke", presented.id, ...local()])).stderr).toContain("is revoked");
    expect((await run(["revoke", presented.id, ...local()])).stderr).toContain("was revoked on");
    expect((await run(["list", ...local()])).stdout).toContain("revoked ");
    const gone = recognizeApiKey(presented, await kept().find(presented.id), await localSecret(), [], new Date());
    expect(gone).toEqual({ kind: "nobody", problem: "revoked-key" });
  });

  test("a key that isn't there can't be revoked", async () => {
    const outcome = await run(["revoke", "abcdefghijklmnop", ...local()]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no API key") as string });
  });

  test("the app's own settings go before the laptop's", async () => {
    const secret = Buffer.alloc(32, 9);
    const environment = {
      AzureWebJobsStorage: azurite.connectionString(),
      VIGIL_KEY_SECRET: secret.toString("base64"),
    };
    const { stdout } = await run(create, environment);
    const presented = parseApiKey(stdout.trim()) ?? expect.fail(`no key: ${stdout}`);
    const stored = await kept().find(presented.id);
    expect(recognizeApiKey(presented, stored, secret, [], new Date()).kind).toBe("api-key");
    const customerId = "00000000-0000-0000-0000-000000000000";
    const shared = await run(["workspace", customerId, "--version", "2"], environment);
    expect(shared.stdout.trim()).toBe(deriveWorkspaceKey(secret, customerId, 2).toString("base64"));
  });

  test.each([
    { environment: { VIGIL_STORAGE: "Nowhere" }, message: /The connection Nowhere can't be used/ },
    { environment: { AzureWebJobsStorage: "UseDevelopmentStorage=true" }, message: /Set VIGIL_KEY_SECRET/ },
    { environment: { AzureWebJobsStorage: "rubbish" }, message: /can't be used/ },
  ])("$environment is refused in words", async ({ environment, message }) => {
    const outcome = await run(["list"], environment);
    expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(message) as string });
  });
});
