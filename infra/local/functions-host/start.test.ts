import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { createApp, startHostProcess, startRefused } from "../../../shared/testing/functions-host.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

describe("a start that is refused names file, function and reason (§12, issue)", () => {
  const handler = "handler: () => undefined";
  const refusals: [string, string, RegExp][] = [
    [
      "a bad schedule",
      `app.timer("bad", { schedule: "every day", ${handler} });`,
      /app\.js: function 'bad': The schedule expression 'every day' was not recognized/,
    ],
    [
      "an invalid name",
      `app.http("1st", { ${handler} });`,
      /app\.js: function '1st': the name must begin with a letter/,
    ],
    [
      "a name twice",
      `app.http("a", { ${handler} }); app.http("A", { ${handler} });`,
      /function 'A': another function has this name/,
    ],
    [
      "function keys",
      `app.http("a", { authLevel: "function", ${handler} });`,
      /authLevel 'function' needs function keys.*use authLevel 'anonymous'/,
    ],
    ["admin keys", `app.http("a", { authLevel: "admin", ${handler} });`, /authLevel 'admin' needs function keys/],
    [
      "retry",
      `app.timer("a", { schedule: "0 * * * * *", retry: { strategy: "fixedDelay", maxRetryCount: 1, delayInterval: 1000 }, ${handler} });`,
      /'retry' is not supported/,
    ],
    [
      "a blob output",
      `app.http("a", { extraOutputs: [output.storageBlob({ path: "a/b", connection: "" })], ${handler} });`,
      /output binding type 'blob' is not supported/,
    ],
    [
      "a table output",
      `app.http("a", { extraOutputs: [output.table({ tableName: "t", connection: "" })], ${handler} });`,
      /output binding type 'table' is not supported/,
    ],
    [
      "a blob trigger",
      `app.storageBlob("a", { path: "a/b", connection: "", ${handler} });`,
      /binding type 'blobTrigger' is not supported/,
    ],
    [
      "an input",
      `app.http("a", { extraInputs: [input.table({ tableName: "t", connection: "" })], ${handler} });`,
      /binding type 'table' is not supported/,
    ],
    [
      "a reserved route",
      `app.http("a", { route: "runtime/x", ${handler} });`,
      /conflicts with one or more built in routes/,
    ],
    [
      "an unknown constraint",
      `app.http("a", { route: "{x:odd}", ${handler} });`,
      /route '\{x:odd\}': .*unknown constraint 'odd'/,
    ],
    [
      "a queue name",
      `app.storageQueue("a", { queueName: "a--b", connection: "", ${handler} });`,
      /queueName 'a--b' must have 3 to 63 characters/,
    ],
    [
      "a missing setting",
      `app.storageQueue("a", { queueName: "%NOPE%", connection: "", ${handler} });`,
      /queueName of binding '\w+': '%NOPE%' does not resolve to a value/,
    ],
    ["a single percent sign", `app.http("a", { route: "100%", ${handler} });`, /single '%'/],
    [
      "a missing connection",
      `app.storageQueue("a", { queueName: "abc", connection: "Nope", ${handler} });`,
      /'AzureWebJobsNope' does not exist/,
    ],
    ["an import that throws", `throw new Error("at load");`, /unable to load entry point "app\.js": Error: at load/],
    ["a syntax error", `const = 1;`, /unable to load entry point "app\.js": .*SyntaxError/s],
    [
      "an appStart hook that throws",
      `app.hook.appStart(() => { throw new Error("in hook"); });`,
      /appStart hook of the app failed: Error: in hook/,
    ],
  ];
  test.each(refusals)("%s", async (_, code, message) => {
    const app = await createApp({ "app.js": `import { app, input, output } from "@azure/functions";\n${code}` });
    const refused = await startRefused({ appFolder: app.folder, storage: azurite.connectionString() });
    expect(refused.message).toMatch(message);
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toMatch(message);
    await app.remove();
  });

  test("all faults are named at once", async () => {
    const app = await createApp({
      "app.js": `import { app } from "@azure/functions";
        app.timer("one", { schedule: "x", ${handler} }); app.http("2", { authLevel: "admin", ${handler} });`,
    });
    const { message } = await startRefused({ appFolder: app.folder });
    expect(message.split("\n")).toHaveLength(4);
    await app.remove();
  });

  const files: [string, Record<string, string | object>, RegExp][] = [
    [
      "no file matches main",
      { "package.json": { main: "dist/*.js" } },
      /Found zero files matching the supplied pattern/,
    ],
    ["main does not exist", { "package.json": { main: "none.js" } }, /"none\.js": File does not exist/],
    ["host.json of another version", { "host.json": {} }, /host\.json: version must be "2\.0"/],
    ["host.json that is no JSON", { "host.json": "{" }, /host\.json is not valid JSON/],
    ["host.json with retry", { "host.json": { version: "2.0", retry: {} } }, /retry is not supported/],
    [
      "dynamic concurrency",
      { "host.json": { version: "2.0", concurrency: { dynamicConcurrencyEnabled: true } } },
      /dynamicConcurrencyEnabled is not supported/,
    ],
    [
      "local.settings.json with a number",
      { "app.js": "", "local.settings.json": { Values: { A: 1 } } },
      /Values\.A must be a text, not the number 1/,
    ],
  ];
  test.each(files)("%s", async (_, content, message) => {
    const app = await createApp({ "app.js": "", ...content });
    const refused = await startRefused({ appFolder: app.folder });
    expect(refused.message).toMatch(message);
    expect(refused.exitCode).toBe(1);
    await app.remove();
  });

  test("an app without functions starts, and the log says what was loaded", async () => {
    const app = await createApp({ "app.js": "" });
    const host = await startHostProcess({ appFolder: app.folder });
    expect(host.output()).toContain('Loaded 1 files, 0 functions registered (main is "app.js").');
    await host.stop();
    await app.remove();
  });

  test("a busy port is named, with the option that changes it", async () => {
    const app = await createApp({ "app.js": "" });
    const host = await startHostProcess({ appFolder: app.folder });
    const { port } = new URL(host.url);
    const refused = await startRefused({ appFolder: app.folder, options: ["--port", port] });
    expect(refused.message).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop what listens there, or choose another with --port.`,
    );
    await host.stop();
    await app.remove();
  });
});
