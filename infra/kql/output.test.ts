import { expect, test } from "vitest";
import { formatRows } from "./output.js";
import { ask } from "./testing.js";

async function format(query: string, as: Parameters<typeof formatRows>[1]): Promise<string> {
  const result = await ask(query);
  if (result.kind !== "rows") throw new Error(JSON.stringify(result));
  return formatRows(result, as);
}

test("a table has aligned columns, numbers to the right, controls made visible", async () => {
  const rows = 'datatable(host: string, n: long)["h0", 3, "a\\n\\u001b[31m", 1200]';
  expect(await format(rows, "table")).toBe(
    ["host        n", "───────  ────", "h0          3", "a↵�[31m  1200", "", "2 rows", ""].join("\n"),
  );
});

test("ndjson has an object per row, dynamic values as what they are, long numbers whole", async () => {
  const rows = 'print bag = dynamic({"b": [1, null]}), n = 9007199254740993, t = datetime(2024-01-01)';
  expect(await format(rows, "ndjson")).toBe(
    '{"bag":{"b":[1,null]},"n":"9007199254740993","t":"2024-01-01T00:00:00.0000000Z"}\n',
  );
});

test("csv quotes quotes", async () => {
  expect(await format('print a = \'say "x"\', b = "1,2"', "csv")).toBe('a,b\r\n"say ""x""","1,2"\r\n');
});
