import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCommand } from "./command-options.js";

// The built command, over real files: `npm test` builds before it tests. Each run loads the parser, so there are few.
const command = "dist/infra/kql/command.js";
const folder = mkdtempSync(join(tmpdir(), "vigil-kql-"));
const data = join(folder, "data");

beforeAll(async () => {
  mkdirSync(join(data, "Parts"), { recursive: true });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = `SELECT i AS n, 'h' || (i % 2) AS host, TIMESTAMP '2024-01-01' + i * INTERVAL 1 HOUR AS t,
    {'a': i, 'b': [1, 2]} AS bag, CASE WHEN i = 3 THEN NULL ELSE 'x,' || i END AS text, 1.5::DECIMAL(9,2) AS price
    FROM range(6) AS r(i)`;
  await connection.run(`COPY (${rows}) TO '${join(data, "Log.parquet")}' (FORMAT parquet)`);
  await connection.run(`COPY (SELECT 1 AS a) TO '${join(data, "Parts", "1.parquet")}' (FORMAT parquet)`);
  await connection.run(`COPY (SELECT 2 AS a, 'b' AS b) TO '${join(data, "Parts", "2.parquet")}' (FORMAT parquet)`);
  connection.closeSync();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function kql(...args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });
  return { stdout, stderr, status };
}

describe("npm run kql", { timeout: 60_000 }, () => {
  test("a file is a table, so is a folder of files; CSV quotes what needs it", () => {
    const query =
      "Parts | join kind=leftouter (Log | where n < 2 | extend a = toint(n)) on a | project a, b, text, bag, price | sort by a asc";
    expect(kql("--data", data, "--format", "csv", query)).toEqual({
      status: 0,
      stderr: "",
      stdout: 'a,b,text,bag,price\r\n1,,"x,1","{""a"":1,""b"":[1,2]}",1.5\r\n2,b,,,\r\n',
    });
  });

  test("render is drawn as SVG, and the rows are printed", () => {
    const file = join(folder, "chart.svg");
    const query = "Log | summarize sum(n) by bin(t, 2h) | render timechart";
    expect(kql("--data", data, "--svg", file, query)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("3 rows") as string,
    });
    expect(readFileSync(file, "utf8")).toMatch(/^<svg .*<polyline /s);
  });

  test("a mistake is pointed at, with what to do", () => {
    writeFileSync(join(folder, "secret.csv"), "a\nsecret\n");
    const { status, stderr } = kql("--data", data, "Logs | count");
    expect(status).toBe(1);
    expect(stderr).toBe(
      "1:1 KS204: The name 'Logs' does not refer to any known table, tabular variable or function.\n  Logs | count\n  ^^^^\n  did you mean Log?\n",
    );
  });
});

test.each([
  { args: ["--format", "xml", "print 1"], message: "--format is one of table, json, csv, ndjson, not xml" },
  { args: ["--timeout", "-1", "print 1"], message: /timeout/ },
  { args: ["--max-rows=none", "print 1"], message: "--max-rows is a number above 0" },
  { args: [], message: "no query was given" },
  { args: ["Log", "|", "count"], message: /put it in quotes/ },
  { args: ["--colour", "print 1"], message: /--colour/ },
])("the command line $args is refused by name", ({ args, message }) => {
  const parsed = parseCommand(args);
  if (parsed.kind !== "wrong") throw new Error("it is accepted");
  expect(parsed.message).toMatch(message);
});
