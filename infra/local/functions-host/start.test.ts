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
  /** Code of a function named `NAME`, and what is said of it. */
  const registrations: [string, string, RegExp][] = [
    [
      "a bad schedule",
      `app.timer("NAME", { schedule: "every day", ${handler} });`,
      /The schedule expression 'every day' was not recognized/,
    ],
    ["an invalid name", `app.http("1NAME", { ${handler} });`, /the name must begin with a letter/],
    [
      "a name twice",
      `app.http("NAME", { ${handler} }); app.http("NAME".toUpperCase(), { ${handler} });`,
      /another function has this name/,
    ],
    [
      "function keys",
      `app.http("NAME", { authLevel: "function", ${handler} });`,
      /authLevel 'function' needs function keys.*use authLevel 'anonymous'/,
    ],
    ["admin keys", `app.http("NAME", { authLevel: "admin", ${handler} });`, /authLevel 'admin' needs function keys/],
    [
      "retry",
      `app.timer("NAME", { schedule: "0 * * * * *", retry: { strategy: "fixedDelay", maxRetryCount: 1, delayInterval: 1000 }, ${handler} });`,
      /'retry' is not supported/,
    ],
    [
      "a blob output",
      `app.http("NAME", { extraOutputs: [output.storageBlob({ path: "a/b", connection: "" })], ${handler} });`,
      /output binding type 'blob' is not supported/,
    ],
    [
      "a table output",
      `app.http("NAME", { extraOutputs: [output.table({ tableName: "t", connection: "" })], ${handler} });`,
      /output binding type 'table' is not supported/,
    ],
    [
      "a blob trigger",
      `app.storageBlob("NAME", { path: "a/b", connection: "", ${handler} });`,
      /binding type 'blobTrigger' is not supported/,
    ],
    [
      "an input",
      `app.http("NAME", { extraInputs: [input.table({ tableName: "t", connection: "" })], ${handler} });`,
      /binding type 'table' is not supported/,
    ],
    [
      "a reserved route",
      `app.http("NAME", { route: "runtime/x", ${handler} });`,
      /conflicts with one or more built in routes/,
    ],
    [
      "an unknown constraint",
      `app.http("NAME", { route: "{x:odd}", ${handler} });`,
      /route '\{x:odd\}': .*unknown constraint 'odd'/,
    ],
    [
      "a queue name",
      `app.storageQueue("NAME", { queueName: "a--b", connection: "", ${handler} });`,
      /queueName 'a--b' must have 3 to 63 characters/,
    ],
    [
      "a missing setting",
      `app.storageQueue("NAME", { queueName: "%NOPE%", connection: "", ${handler} });`,
      /queueName of binding '\w+': '%NOPE%' does not resolve to a value/,
    ],
    ["a single percent sign", `app.http("NAME", { route: "100%", ${handler} });`, /single '%'/],
  ];

  let atOnce: Awaited<ReturnType<typeof startRefused>>;
  beforeAll(async () => {
    const code = registrations.map(([, each], index) => each.replaceAll("NAME", `case${index}`));
    const imports = 'import { app, input, output } from "@azure/functions";';
    const app = await createApp({ "app.js": [imports, ...code].join("\n") });
    atOnce = await startRefused({ appFolder: app.folder, storage: azurite.connectionString() });
    await app.remove();
  });

  // one start tells of all of them
  test.each(registrations.map(([title, , reason], index) => ({ title, name: `case${index}`, reason })))(
    "$title",
    ({ name, reason }) => {
      const said = atOnce.message.split("\n").filter((line) => line.toLowerCase().includes(`${name}'`));
      expect(said.join("\n")).toMatch(reason);
      expect(said.join("\n")).toContain("app.js: function '");
      expect(atOnce.output).toMatch(reason);
      expect(atOnce.exitCode).toBe(1);
    },
  );

  const refusals: [string, string, RegExp][] = [
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
