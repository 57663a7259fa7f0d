import { describe, expect, test } from "vitest";

import { CoreModule } from "./core-module.js";
import { globToRegExp } from "./entry-files.js";

test.each([
  ["dist/*.js", "dist/a.js", true],
  ["dist/*.js", "dist/a/b.js", false],
  ["dist/**/*.js", "dist/b.js", true],
  ["dist/**/*.js", "dist/a/b/c.js", true],
  ["dist/{a,b}.js", "dist/b.js", true],
  ["dist/{a,b}.js", "dist/c.js", false],
  ["dist/[ab]?.js", "dist/a1.js", true],
  ["dist/[!a].js", "dist/a.js", false],
  ["dist/index.js", "dist/indexxjs", false],
  ["a,b.js", "a,b.js", true],
])("the glob %s matches %s: %s", (glob, path, expected) => {
  expect(globToRegExp(glob).test(path)).toBe(expected);
});

describe("the core module (functions-host.md §1.2)", () => {
  const open = () => new CoreModule(() => undefined);
  const metadata = (name: string) => ({ name, bindings: {} });

  test("a hook runs in order of registration, until it is disposed of", async () => {
    const core = open();
    const seen: number[] = [];
    const first = core.hooks.register("appTerminate", () => seen.push(1));
    core.hooks.register("appTerminate", () => seen.push(2));
    await core.hooks.runAppHooks("appTerminate", "/app");
    first.dispose();
    await core.hooks.runAppHooks("appTerminate", "/app");
    expect(seen).toEqual([1, 2, 2]);
  });

  test("an unknown hook is a RangeError that the library knows for the host's", () => {
    expect(() => open().hooks.register("nope", () => undefined)).toThrow(RangeError);
    expect(() => open().hooks.register("nope", () => undefined)).toThrow(
      expect.objectContaining({ isAzureFunctionsSystemError: true }) as Error,
    );
  });

  test("what a hook context does not own cannot be replaced", () => {
    const context = open().hooks.invocationHookContext({ inputs: [] }, {}, {}) as {
      inputs: unknown;
      hookData: unknown;
    };
    context.inputs = [1];
    expect(() => (context.hookData = {})).toThrow(/Cannot set property "hookData"/);
  });

  test("functions are registered once, and only while the app starts", () => {
    const core = open();
    const api = core.api() as { registerFunction(metadata: object, callback: () => void): { dispose(): void } };
    core.currentFile = "a.js";
    api.registerFunction(metadata("a"), () => undefined);
    expect(() => api.registerFunction(metadata("a"), () => undefined)).toThrow("already been registered");
    api.registerFunction(metadata("b"), () => undefined).dispose();
    core.lock();
    expect(() => api.registerFunction(metadata("c"), () => undefined)).toThrow("only be registered during app startup");
    expect(core.registrations.map(({ metadata: { name }, file }) => [name, file])).toEqual([["a", "a.js"]]);
  });
});
