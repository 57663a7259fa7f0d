import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";

import { runRuleTests } from "../../shared/alerts/rule-test.js";

export const help = [
  "npm run rules:test -- FILE…: tests of alert rules, in YAML or JSON (shared/alerts/README.md shows one)",
  "Exit code: 0 all passed, 1 some failed, 2 a file can't be read.",
].join("\n");

/** Bytes of a file. */
const maxFileBytes = 10 * 1_048_576;

/**
 * Runs the tests of files, and says of each whether it passed.
 * @param print a line
 * @returns the exit code
 */
export async function testRules(files: readonly string[], print: (line: string) => void): Promise<0 | 1 | 2> {
  if (files.length === 0 || files.includes("--help") || files.includes("-h")) {
    print(help);
    return files.length === 0 ? 2 : 0;
  }
  const counts = { passed: 0, failed: 0, broken: 0 };
  for (const file of files) {
    const read = await readTests(file);
    const outcome = read.kind === "read" ? runRuleTests(read.value) : read;
    if (outcome.kind === "invalid") {
      counts.broken += 1;
      print(`${file}: ${outcome.message}`);
      continue;
    }
    for (const { test, failures } of outcome.results) {
      counts[failures.length === 0 ? "passed" : "failed"] += 1;
      print(`${failures.length === 0 ? "passed" : "FAILED"}  ${test}`);
      for (const failure of failures) print(`        ${failure}`);
    }
  }
  const { passed, failed, broken } = counts;
  print(`${passed} passed, ${failed} failed${broken === 0 ? "" : `, ${broken} files can't be read`}`);
  return broken > 0 ? 2 : failed > 0 ? 1 : 0;
}

type ReadFile =
  { readonly kind: "read"; readonly value: unknown } | { readonly kind: "invalid"; readonly message: string };

async function readTests(file: string): Promise<ReadFile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EACCES" && code !== "EISDIR") throw error;
    return { kind: "invalid", message: `it can't be read (${code})` };
  }
  if (Buffer.byteLength(text) > maxFileBytes)
    return { kind: "invalid", message: `it has more than ${maxFileBytes} bytes` };
  // JSON is YAML
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { kind: "invalid", message: error.message };
  return { kind: "read", value: document.toJS({ maxAliasCount: 100 }) };
}
