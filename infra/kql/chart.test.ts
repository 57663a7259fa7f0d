import { describe, expect, test } from "vitest";
import { chartOf } from "./chart.js";
import { drawSvg } from "./chart-svg.js";
import { drawInTerminal } from "./chart-terminal.js";
import { ask } from "./testing.js";

async function chart(query: string) {
  const result = await ask(query);
  if (result.kind !== "rows") throw new Error(JSON.stringify(result));
  return chartOf(result);
}

const cases =
  'datatable(t: datetime, host: string, n: long)[datetime(2024-01-01), "a", 1, datetime(2024-01-01), "b", 5, datetime(2024-01-02), "a", 3]';

describe("render", () => {
  test("a time chart has a line per text", async () => {
    expect(await chart(`${cases} | render timechart with (title="Load")`)).toEqual({
      kind: "line",
      title: "Load",
      time: true,
      series: [
        {
          name: "a",
          points: [
            { x: Date.UTC(2024, 0, 1), y: 1 },
            { x: Date.UTC(2024, 0, 2), y: 3 },
          ],
        },
        { name: "b", points: [{ x: Date.UTC(2024, 0, 1), y: 5 }] },
      ],
    });
  });
  test("a bar chart has a bar per text", async () => {
    const found = await chart(`${cases} | summarize n = sum(n) by host | sort by host asc | render barchart`);
    expect(found).toMatchObject({ kind: "bar", labels: ["a", "b"], series: [{ name: "n", values: [4, 5] }] });
    if (found === undefined) throw new Error("nothing to draw");
    expect(drawInTerminal(found, { width: 40, height: 5 })).toBe("a │████████████ 4\nb │███████████████ 5");
  });
  test("a pie says each share", async () => {
    const found = await chart('datatable(s: string, n: long)["x", 1, "y", 3] | render piechart');
    if (found === undefined) throw new Error("nothing to draw");
    expect(drawInTerminal(found, { width: 40, height: 5 })).toContain("75.0 %");
    expect(drawSvg(found).match(/<path /g)).toHaveLength(2);
  });
  test("a scatter chart draws points without lines", async () => {
    const found = await chart("range x from 1 to 5 step 1 | extend y = x * x | render scatterchart");
    if (found === undefined) throw new Error("nothing to draw");
    expect(drawSvg(found)).not.toContain("<polyline");
    expect(drawSvg(found).match(/<circle /g)).toHaveLength(5);
  });
  test("text in a chart is no markup", async () => {
    const found = await chart('print s = "<script>&", n = 1 | render piechart with (title="<b>")');
    if (found === undefined) throw new Error("nothing to draw");
    expect(drawSvg(found)).not.toMatch(/<script|<b>/);
  });
  test("what cannot be drawn is named", async () => {
    await expect(chart("print 1 | render treemap")).rejects.toThrow("render treemap cannot be drawn here");
  });
});
