import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { readAlertText } from "../../shared/testing/alert-samples.js";
import { testRules } from "./rule-test-command.js";

const sample = fileURLToPath(
  new URL("../../shared/alerts/testdata/rule-tests/too-many-requests.yaml", import.meta.url),
);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vigil-rules-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...files: readonly string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  return { code: await testRules(files, (line) => lines.push(line)), lines };
}
async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

test("the example passes", async () => {
  const { code, lines } = await run(sample);
  expect(code).toBe(0);
  expect(lines.at(-1)).toMatch(/^\d+ passed, 0 failed$/);
});

test("a rule that does something else fails its tests, with what was found", async () => {
  const changed = readAlertText("rule-tests/too-many-requests.yaml").replace(
    /threshold: *[\d.]+/,
    "threshold: 1000000",
  );
  const { code, lines } = await run(await file("changed.yaml", changed));
  expect(code).toBe(1);
  expect(lines.some((line) => line.startsWith("FAILED  "))).toBe(true);
  expect(lines.join("\n")).toMatch(/is \d+, which is not greater than 1000000\./);
});

describe("a file that can't be read is named, and the others are run", () => {
  test.each([
    { title: "none", name: undefined, text: "", says: /ENOENT/ },
    { title: "YAML that is none", name: "a.yaml", text: "a: [1", says: /line 1/ },
    { title: "one name twice", name: "b.yaml", text: "rules: 1\nrules: 2", says: /unique/ },
    { title: "something else", name: "c.json", text: '{"tests":[]}', says: /rules|tests/ },
  ])("$title", async ({ name, text, says }) => {
    const path = name === undefined ? join(folder, "none.yaml") : await file(name, text);
    const { code, lines } = await run(path, sample);
    expect(code).toBe(2);
    expect(lines[0]).toMatch(says);
    expect(lines.at(-1)).toMatch(/1 files can't be read$/);
  });
});

test("without a file it says how it is called", async () => {
  expect((await run()).code).toBe(2);
  expect((await run("--help")).lines[0]).toContain("npm run rules:test");
});
