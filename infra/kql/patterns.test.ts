import { describe, expect, test } from "vitest";
import { rowsOf } from "./testing.js";

// Planted patterns: 300 of 1,000 rows share three values, the others are noise.
const planted =
  'range x from 1 to 1000 step 1 | extend hit = x % 10 < 3 | extend region = iff(hit, "west", tostring(x % 7)), code = iff(hit, "E42", tostring(x % 11)), host = iff(hit, "web1", tostring(x)) | extend side = iff(hit or x % 10 == 5, "bad", "good")';

describe("smart analytics find what was planted", () => {
  test("autocluster puts the rows that share three values into one cluster", async () => {
    const rows = await rowsOf(`${planted} | project region, code, host | evaluate autocluster()`);
    expect(rows[0]).toEqual([0, 300, 30, "west", "E42", "web1"]);
  });
  test("autocluster counts weights", async () => {
    const rows = await rowsOf(
      `${planted} | extend w = iff(hit, 2, 1) | project region, code, host, w | evaluate autocluster(0.5, w) | project Count, region`,
    );
    expect(rows).toContainEqual([600, "west"]);
  });
  test("basket tells every combination above its threshold", async () => {
    const rows = await rowsOf(`${planted} | project region, code, host | evaluate basket(0.2)`);
    expect(rows.map((row) => row.slice(1))).toHaveLength(7);
    expect(rows[0]).toEqual([0, 300, 30, "west", "E42", "web1"]);
  });
  test("basket refuses to tell too many", async () => {
    await expect(
      rowsOf(
        "range x from 1 to 20 step 1 | project a=x, b=x, c=x, d=x, e=x, f=x, g=x, h=x, i=x, j=x, k=x, l=x, m=x, n=x, o=x, p=x | evaluate basket(0.02)",
      ),
    ).rejects.toThrow(/more than 20000 patterns/);
  });
  test("diffpatterns tells what one side has and the other has not", async () => {
    const rows = await rowsOf(
      `${planted} | project region, code, host, side | evaluate diffpatterns(side, "bad", "good")`,
    );
    expect(rows[0]).toEqual([0, 300, 0, 75, 0, 75, "west", "E42", "web1", ""]);
  });
  test("reduce keeps the words that texts share", async () => {
    const rows = await rowsOf(
      'range x from 1 to 100 step 1 | extend t = iff(x % 4 == 0, strcat("disk ", x, " is full"), strcat("login of user ", x)) | reduce by t',
    );
    expect(rows.map(([pattern, count]) => [pattern, count])).toEqual([
      ["login of user *", 75],
      ["disk * is full", 25],
    ]);
  });
  test("reduce kind=source keeps the rows", async () => {
    const rows = await rowsOf(
      'datatable(t: string)["a 1", "a 2", "a 3"] | reduce kind=source by t | project t, Pattern, Count',
    );
    expect(rows).toContainEqual(["a 2", "a *", 3]);
  });
});
