import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { expandSettings, Settings } from "./app-settings.js";
import { formatDate, resolveExpressions } from "./binding-expressions.js";
import { missingConnection, resolveConnection } from "./connections.js";
import { hostIdOf } from "./host-id.js";
import { readHostJson } from "./host-json.js";
import { parseJsonWithComments } from "./json-with-comments.js";
import { readLocalSettings } from "./local-settings.js";
import { parseTimeSpan } from "./time-span.js";

const hostJson = (content: object, environment: Record<string, string> = {}) =>
  readHostJson(JSON.stringify({ version: "2.0", ...content }), environment);

describe("host.json (functions-host.md §10.1)", () => {
  test("defaults are those of the real host (§6.8, §8.1)", () => {
    const { http, queues, functionTimeoutMs, functions } = hostJson({});
    expect(http).toMatchObject({ routePrefix: "api", maxOutstandingRequests: -1, maxConcurrentRequests: -1 });
    expect(queues).toMatchObject({
      batchSize: 16,
      maxDequeueCount: 5,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 2_000,
      messageEncoding: "base64",
    });
    expect(queues.newBatchThreshold % 8).toBe(0);
    expect([functionTimeoutMs, functions]).toEqual([30 * 60_000, undefined]);
  });

  test("the environment overrides every value, whatever the case of the names", () => {
    const read = hostJson(
      { extensions: { queues: { batchSize: 2 } }, functions: ["a", "b"] },
      {
        AzureFunctionsJobHost__extensions__queues__batchSize: "7",
        AZUREFUNCTIONSJOBHOST__EXTENSIONS__QUEUES__VISIBILITYTIMEOUT: "00:00:05",
        AzureFunctionsJobHost__functions__1: "c",
        AzureFunctionsJobHost__logging__logLevel__Function: "Debug",
        AzureFunctionsJobHost__functionTimeout: "-1",
      },
    );
    expect(read.queues).toMatchObject({ batchSize: 7, visibilityTimeoutMs: 5_000 });
    expect([read.functions, read.logLevels, read.functionTimeoutMs]).toEqual([
      ["a", "c"],
      { Function: "debug" },
      undefined,
    ]);
  });

  test.each([
    [{ version: "1.0" }, 'version must be "2.0"'],
    [{ extensions: { queues: { batchSize: 33 } } }, "extensions.queues.batchSize must be a whole number from 1 to 32"],
    [{ extensions: { queues: { maxPollingInterval: "00:00:00.050" } } }, "maxPollingInterval must be a duration"],
    [{ extensions: { queues: { maxPollingInterval: 5 } } }, "maxPollingInterval must be a duration"],
    [{ extensions: { queues: { messageEncoding: "utf8" } } }, "messageEncoding must be base64 or none"],
    [{ extensions: { http: { routePrefix: {} } } }, "routePrefix must be a text"],
    [{ logging: { logLevel: { Function: "Loud" } } }, "logging.logLevel.Function must be one of trace"],
    [{ singleton: { listenerLockPeriod: "00:02:00" } }, "listenerLockPeriod must be a duration"],
    [{ functionTimeout: "soon" }, "functionTimeout must be a duration"],
    [{ retry: { strategy: "fixedDelay" } }, "retry is not supported"],
    [{ concurrency: { dynamicConcurrencyEnabled: true } }, "dynamicConcurrencyEnabled is not supported"],
  ])("%j is refused: %s", (content, message) => {
    expect(() => hostJson(content)).toThrow(message);
  });

  test("unknown keys and a missing file are warned of", () => {
    expect(hostJson({ extnsions: {} }).warnings).toEqual(["host.json: unknown key 'extnsions' is ignored."]);
    expect(readHostJson(undefined, {}).warnings).toEqual([expect.stringContaining("There is no host.json")]);
  });

  test("comments, trailing commas and a byte-order mark are tolerated, in strings they are text", () => {
    const text = '\uFEFF{ // one\n "a": "// not /* one */", /* two\n */ "b": [1, 2, /* c */ ], }';
    expect(parseJsonWithComments(text)).toEqual({ a: "// not /* one */", b: [1, 2] });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(parseJsonWithComments(JSON.stringify(value, null, 1)))).toBe(JSON.stringify(value));
      }),
    );
  });
});

describe("local.settings.json (functions-host.md §10.2)", () => {
  test("values, connection strings and host settings are read", () => {
    const read = readLocalSettings(
      JSON.stringify({
        IsEncrypted: false,
        Values: { A: "1", Empty: "", Skipped: null },
        Host: { LocalHttpPort: 7099, LocalHttpAddress: "0.0.0.0", CORS: "https://a.example/, https://b.example" },
        ConnectionStrings: { Plain: "x", Full: { ConnectionString: "y", ProviderName: "p" } },
      }),
    );
    expect(read).toEqual({
      values: { A: "1", Empty: "", "ConnectionStrings:Plain": "x", "ConnectionStrings:Full": "y" },
      port: 7099,
      address: "0.0.0.0",
      cors: { origins: ["https://a.example", "https://b.example"], credentials: false },
    });
  });

  test.each([
    [{ Values: { A: 1 } }, "Values.A must be a text, not the number 1"],
    [{ Values: { A: { b: 1 } } }, "Values.A must be a text, not an object"],
    [{ Values: [] }, "Values must be an object"],
    [{ ConnectionStrings: { A: {} } }, "ConnectionStrings.A must be a text or {ConnectionString, ProviderName}"],
    [{ Host: { LocalHttpPort: "many" } }, "Host.LocalHttpPort must be a port"],
    [{ IsEncrypted: true }, "IsEncrypted is true"],
  ])("%j is refused: %s", (content, message) => {
    expect(() => readLocalSettings(JSON.stringify(content))).toThrow(message);
  });
});

describe("app settings and connections (functions-host.md §9)", () => {
  const settings = new Settings({ Name: "value", A__b: "deep", Empty: "" });

  test.each([
    ["%Name%", { kind: "expanded", text: "value" }],
    ["a-%NAME%-%a:b%", { kind: "expanded", text: "a-value-deep" }],
    ["%Empty%", { kind: "expanded", text: "" }],
    ["plain", { kind: "expanded", text: "plain" }],
    ["%Missing%", { kind: "unresolved", reason: "'%Missing%' does not resolve to a value" }],
    ["50%", { kind: "unresolved", reason: "'50%' holds a single '%'; app settings are written %NAME%" }],
  ])("%s expands to %j", (text, expected) => {
    expect(expandSettings(text, settings)).toEqual(expected);
  });

  test.each([
    [
      ["ConnectionStrings:AzureWebJobsX", "AzureWebJobsX", "ConnectionStrings:X", "X"],
      "ConnectionStrings:AzureWebJobsX",
    ],
    [["AzureWebJobsX", "ConnectionStrings:X", "X"], "AzureWebJobsX"],
    [["ConnectionStrings:X", "X"], "ConnectionStrings:X"],
    [["X"], "X"],
  ])("of the settings %j the connection X is %s", (names, expected) => {
    const all = new Settings(Object.fromEntries(names.map((name) => [name, name])));
    expect(resolveConnection("X", "queue", all)).toEqual({ kind: "connection-string", value: expected });
  });

  test.each([
    ["", { AzureWebJobsStorage: "s" }, { kind: "connection-string", value: "s" }],
    ["X", { X: "" }, undefined],
    [
      "X",
      { X__queueServiceUri: "https://q", X__serviceUri: "https://s" },
      { kind: "identity", serviceUri: "https://q" },
    ],
    ["X", { X__serviceUri: "https://s" }, { kind: "identity", serviceUri: "https://s" }],
    [
      "",
      { AzureWebJobsStorage__accountName: "acct" },
      { kind: "identity", serviceUri: "https://acct.queue.core.windows.net" },
    ],
    [
      "X",
      { X__serviceUri: "https://s", X__credential: "managedidentity", X__clientId: "c" },
      { kind: "identity", credential: { credential: "managedidentity", clientId: "c" } },
    ],
  ])("connection '%s' out of %j is %j", (name, values: Record<string, string>, expected) => {
    const found = resolveConnection(name, "queue", new Settings(values));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  test("a missing connection is named as the real host does", () => {
    expect(missingConnection("X")).toContain("Storage account connection string 'AzureWebJobsX' does not exist.");
    expect(missingConnection("")).toContain("'AzureWebJobsStorage' does not exist");
  });
});

describe("binding expressions (functions-host.md §9.1)", () => {
  const now = (): Date => new Date("2026-01-02T15:04:05.678Z");
  const data = { Name: "n", flag: true, count: 5, nested: { Inner: "i" }, list: [1], DateTime: undefined };

  test.each([
    ["a-{name}-{NESTED.inner}-{count}-{flag}", "a-n-i-5-True"],
    ["{DateTime}", "2026-01-02T15-04-05Z"],
    ["{DateTime:yyyy-MM}", "2026-01"],
    ["{datetime:yyMMddHHmmssfff}", "260102150405678"],
    ["{DateTime:h 'o''clock' tt}", "3 oclock PM"],
    ["no expression", "no expression"],
  ])("%s is %s", (text, expected) => {
    expect(resolveExpressions(text, data, now)).toBe(expected);
  });

  test.each([
    ["{rand-guid}", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
    ["{rand-guid:N}", /^[0-9a-f]{32}$/],
    ["{rand-guid:B}", /^\{[0-9a-f-]{36}\}$/],
    ["{sys.randguid}", /^[0-9a-f-]{36}$/],
  ])("%s is a new guid each time", (text, form) => {
    const first = resolveExpressions(text, {});
    expect(first).toMatch(form);
    expect(resolveExpressions(text, {})).not.toBe(first);
  });

  test("a value of the message wins over a built-in of the same name", () => {
    expect(resolveExpressions("{DateTime}", { datetime: "mine" }, now)).toBe("mine");
  });

  test.each([
    ["{missing}", "No value for named parameter 'missing'."],
    ["{nested}", "is an object or an array"],
    ["{list}", "is an object or an array"],
    ["{rand-guid:Z}", "is not a format of rand-guid"],
  ])("%s fails: %s", (text, message) => {
    expect(() => resolveExpressions(text, data, now)).toThrow(message);
  });

  test("a date has four-digit years and padded parts", () => {
    expect(formatDate(new Date("0099-01-02T03:04:05Z"), "yyyy-M-d H:m:s K")).toBe("0099-1-2 3:4:5 Z");
  });
});

describe("small things", () => {
  test.each([
    ["00:00:01", 1_000],
    ["01:02", 3_720_000],
    ["5", 5 * 86_400_000],
    ["24:00:00", 24 * 86_400_000],
    ["1.00:00:00", 86_400_000],
    ["1:02:03:04", 93_784_000],
    ["00:00:00.5", 500],
    ["-00:00:01", -1_000],
    ["00:60:00", undefined],
    ["1.24:00:00", undefined],
    ["1.5", undefined],
    ["24:00", undefined],
    ["", undefined],
    ["a", undefined],
  ])("the TimeSpan '%s' is %s ms", (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });

  test("a host id is stable, short and safe; a configured one is cut as the real host does (§10.3)", () => {
    expect(hostIdOf("/app", undefined)).toBe(hostIdOf("/app", undefined));
    expect(hostIdOf("/app", undefined)).not.toBe(hostIdOf("/other", undefined));
    expect(hostIdOf("/app", undefined)).toMatch(/^[a-z0-9-]{1,32}$/);
    expect(hostIdOf("/app", "A-Name-Of-More-Than-31-Letters--and-more")).toBe("a-name-of-more-than-31-letters");
  });
});
