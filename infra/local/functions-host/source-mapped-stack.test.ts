import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { expect, test } from "vitest";

import { createApp, startRefused } from "../../../shared/testing/functions-host.js";
import { sourceMappedStack } from "./source-mapped-stack.js";

const compiled = resolve(import.meta.dirname, "../../../dist/infra/local/functions-host/log.js");

test.each([compiled, pathToFileURL(compiled).href])("a place in %s is told as one in its source", (file) => {
  expect(sourceMappedStack(`Error: x\n    at f (${file}:3:1)`)).toMatch(
    /^Error: x\n {4}at f \(\/.*functions-host\/log\.ts:\d+:\d+\)$/,
  );
});

test("a file without a map keeps its place, and text that is no place is left alone", () => {
  const stack = "Error: https://host/a.js:1:2\n    at /nowhere/x.js:1:2\n    at node:internal/x:1:2";
  expect(sourceMappedStack(stack)).toBe(stack);
});

test("an app that fails to load is told with the lines of its sources", async () => {
  const app = await createApp({
    "app.js": 'throw new Error("at load");\n//# sourceMappingURL=app.js.map\n',
    "app.js.map": { version: 3, sources: ["src/app.ts"], names: [], mappings: "AAUA" },
  });
  const { message } = await startRefused({ appFolder: app.folder });
  expect(message).toContain(`${app.folder}/src/app.ts:11:1`);
  await app.remove();
});
