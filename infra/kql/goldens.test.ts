import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ask } from "./testing.js";

// One folder per case: query.kql, and what it must become. `vitest -u` rewrites the expected files; read their diff.
const folder = fileURLToPath(new URL("../../shared/kql/testdata/goldens", import.meta.url));

describe("the SQL says what changed, the rows say that it is right", () => {
  test.each(readdirSync(folder))("%s", async (name) => {
    const query = readFileSync(`${folder}/${name}/query.kql`, "utf8");
    const result = await ask(query);
    if (result.kind !== "rows") throw new Error(JSON.stringify(result));
    await expect(`${result.sql}\n-- ${JSON.stringify(result.params)}\n`).toMatchFileSnapshot(
      `${folder}/${name}/expected.sql`,
    );
    const answer = { columns: result.columns.map((column) => `${column.name}:${column.type}`), rows: result.rows };
    const rows = answer.rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
    await expect(
      `{\n  "columns": ${JSON.stringify(answer.columns)},\n  "rows": [\n${rows}\n  ]\n}\n`,
    ).toMatchFileSnapshot(`${folder}/${name}/expected.json`);
  });
});
