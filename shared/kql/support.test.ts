import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withSupportTable } from "./support.js";

test("the README's support table is what the registries say (npm run kql:support)", () => {
  const readme = readFileSync(fileURLToPath(new URL("./README.md", import.meta.url)), "utf8");
  expect(withSupportTable(readme)).toBe(readme);
});
