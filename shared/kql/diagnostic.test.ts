import { expect, test } from "vitest";
import { Catalogue } from "./catalogue.js";
import { compile } from "./compile.js";
import { renderDiagnostic } from "./diagnostic.js";
import { type TableSchema } from "./types.js";

const tables: readonly TableSchema[] = [{ name: "SigninLogs", columns: [{ name: "ResultType", type: "string" }] }];
const catalogue = new Catalogue({ tables });

const cases: readonly { readonly title: string; readonly query: string; readonly message: string }[] = [
  {
    title: "an unknown table, with a suggestion",
    query: "SiginLogs\n| take 5",
    message: [
      "1:1 KS204: The name 'SiginLogs' does not refer to any known table, tabular variable or function.",
      "  SiginLogs",
      "  ^^^^^^^^^",
      "  did you mean SigninLogs?",
    ].join("\n"),
  },
  {
    title: "an unknown column, on its line",
    query: "SigninLogs\n| where Resulttype == 0",
    message: [
      "2:9 KS142: The name 'Resulttype' does not refer to any known column, table, variable or function.",
      "  | where Resulttype == 0",
      "          ^^^^^^^^^^",
    ].join("\n"),
  },
  {
    title: "an unknown function, never passed to the engine",
    query: "print read_csv('/etc/passwd')",
    message: [
      "1:7 KS211: The name 'read_csv' does not refer to any known function.",
      "  print read_csv('/etc/passwd')",
      "        ^^^^^^^^",
    ].join("\n"),
  },
  {
    title: "a negative number of rows, which the official binder lets through",
    query: "SigninLogs | take -1",
    message: ["1:19 VG003: a number of rows cannot be -1", "  SigninLogs | take -1", "                    ^^"].join(
      "\n",
    ),
  },
  {
    title: "a construct that Vigil does not have, by name",
    query: "SigninLogs | fork (take 1) (count)",
    message: [
      "1:14 VG001: the operator fork is not supported",
      "  SigninLogs | fork (take 1) (count)",
      "               ^^^^^^^^^^^^^^^^^^^^^",
      "  what is supported: shared/kql/README.md",
    ].join("\n"),
  },
  {
    title: "brackets nested too deep, before the parser recurses",
    query: `print ${"(".repeat(10_000)}1${")".repeat(10_000)}`,
    message: "1:307 VG002: brackets are nested deeper than 300",
  },
];

test.each(cases)("$title", ({ query, message }) => {
  const result = compile(query, { catalogue, now: 0n });
  if (result.kind !== "refused") throw new Error(`it was ${result.kind}`);
  const [first] = result.diagnostics;
  expect(first === undefined ? "" : renderDiagnostic(query, first)).toContain(message);
});

test("a query over the length limit is refused unparsed", () => {
  const result = compile(`print "${"x".repeat(1_000_000)}"`, { catalogue, now: 0n });
  expect(result).toMatchObject({ kind: "refused", diagnostics: [{ code: "VG002" }] });
});
