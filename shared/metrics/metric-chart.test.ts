import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { expect, test } from "vitest";

import { maxChartSeries, renderChart, type Chart } from "./metric-chart.js";

const start = Date.parse("2026-01-01T10:00:00Z");
const chart = (fields: Partial<Chart> = {}): Chart => ({
  title: "Transactions",
  unit: "Count",
  times: [0, 1, 2, 3].map((minute) => start + minute * 60_000),
  series: [{ name: "GetBlob", values: [1, 2, undefined, 4] }],
  ...fields,
});

const named = (svg: string, element: string): number => svg.split(`<${element} `).length - 1;

test("a chart has a title, a scale, times and a legend", () => {
  const svg = renderChart(chart());
  for (const text of ["Transactions (count)", ">GetBlob<", ">10:00<", ">4<", ">0<"]) expect(svg).toContain(text);
});

test("a gap in the data is a gap in the line, and a point alone is a dot", () => {
  const svg = renderChart(chart());
  expect([named(svg, "path"), named(svg, "circle")]).toEqual([1, 1]);
});

test.each([
  { unit: "Bytes", value: 3_500_000, text: "4 MiB" },
  { unit: "Percent", value: 99.5, text: "100 %" },
  { unit: "MilliSeconds", value: 3_200, text: "4 k ms" },
  { unit: "Count", value: 1_500_000, text: "2 M" },
] as const)("$value of unit $unit is below $text", ({ unit, value, text }) => {
  const svg = renderChart(chart({ unit, series: [{ name: "a", values: [value] }] }));
  const shown = [...svg.matchAll(/text-anchor="end"[^>]*>([^<]*)</g)].map(([, label]) => label);
  expect(shown.length).toBe(5);
  expect(shown).toContain(text);
});

test("without data it says so", () => {
  for (const series of [[], [{ name: "a", values: [undefined] }]]) {
    expect(renderChart(chart({ series }))).toContain("No data");
  }
  expect(renderChart(chart({ times: [], series: [] }))).toContain("No data");
});

test("series beyond the limit are left out, and that is said", () => {
  const series = Array.from({ length: maxChartSeries + 3 }, (_, index) => ({ name: `s${index}`, values: [1, 2] }));
  const svg = renderChart(chart({ series }));
  expect(named(svg, "path")).toBe(maxChartSeries);
  expect(svg).toContain("3 more series not drawn");
});

test("whatever names and numbers are, the chart is well-formed XML whose texts are the names, and nothing else", () => {
  const name = fc.string({ unit: "binary", maxLength: 30 });
  const value = fc.option(fc.double({ min: -1e15, max: 1e15, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(
      name,
      fc.array(fc.record({ name, values: fc.array(value, { maxLength: 4 }) }), { maxLength: 3 }),
      (title, series) => {
        const svg = renderChart(chart({ title, series }));
        // one element or its text per line of markup: nothing that a name holds opens or closes anything
        expect(svg.replaceAll(/<[a-z]+(?: [a-zA-Z0-9-]+="[^"<]*")*\/?>|<\/[a-z]+>/g, "")).not.toMatch(/[<>]/);
        expect(() => new XMLParser().parse(svg) as unknown).not.toThrow();
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        const elements = new Set([...svg.matchAll(/<([a-zA-Z]+)/g)].map(([, element]) => element));
        for (const element of elements) expect(["svg", "rect", "text", "line", "path", "circle"]).toContain(element);
      },
    ),
  );
});

test("a name full of markup is text", () => {
  const svg = renderChart(chart({ title: '<script>alert("x")</script>', series: [] }));
  expect(svg).not.toContain("<script");
  const parsed = new XMLParser({ ignoreAttributes: false, htmlEntities: true }).parse(svg) as {
    svg: { text: unknown };
  };
  expect(JSON.stringify(parsed.svg.text)).toContain("alert(");
});
