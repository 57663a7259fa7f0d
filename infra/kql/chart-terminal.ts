/** Charts as lines of text. */
import { type Chart, type Point, type Series } from "./chart.js";

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

const marks = ["●", "○", "◆", "◇", "■", "□", "▲", "△"];
/** Eighths of a character, for the end of a bar. */
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const longestLabel = 24;

export function drawInTerminal(chart: Chart, size: TerminalSize): string {
  const heading = chart.title === "" ? [] : [chart.title, ""];
  return [...heading, ...bodyOf(chart, size)].join("\n");
}

function bodyOf(chart: Chart, size: TerminalSize): readonly string[] {
  switch (chart.kind) {
    case "line":
    case "scatter":
      return drawPoints(chart.series, chart.time, chart.kind === "line", size);
    case "bar": {
      const rows = chart.labels.flatMap((label, index) =>
        chart.series.map(({ name, values }, series) => ({
          label: series === 0 ? label : "",
          value: values[index],
          note: chart.series.length > 1 ? name : "",
        })),
      );
      return bars(rows, size.width);
    }
    case "pie": {
      const total = chart.slices.reduce((sum, { value }) => sum + value, 0);
      const share = (value: number) => (total === 0 ? "" : `${((100 * value) / total).toFixed(1)} %`);
      return bars(
        chart.slices.map(({ label, value }) => ({ label, value, note: share(value) })),
        size.width,
      );
    }
    default:
      throw new Error(`cannot draw ${JSON.stringify(chart satisfies never)}`);
  }
}

interface Bar {
  readonly label: string;
  readonly value: number | undefined;
  readonly note: string;
}

function bars(rows: readonly Bar[], width: number): readonly string[] {
  const labels = rows.map(({ label }) =>
    label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label,
  );
  const labelWidth = Math.max(...labels.map(({ length }) => length), 0);
  const most = Math.max(...rows.map(({ value }) => Math.abs(value ?? 0)), 0);
  const room = Math.max(10, width - labelWidth - 24);
  return rows.map(({ value, note }, index) => {
    const filled = most === 0 ? 0 : (Math.abs(value ?? 0) / most) * room;
    const bar = "█".repeat(Math.floor(filled)) + (eighths[Math.floor((filled % 1) * 8)] ?? "");
    const figure = value === undefined ? "" : short(value);
    return `${(labels[index] ?? "").padStart(labelWidth)} │${bar} ${[figure, note].filter((text) => text !== "").join("  ")}`;
  });
}

export function short(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 3 });
}

function drawPoints(series: readonly Series[], time: boolean, joined: boolean, size: TerminalSize): readonly string[] {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return ["(no points)"];
  const bounds = boundsOf(all);
  const [top, bottom] = [short(bounds.high.y), short(bounds.low.y)];
  const margin = Math.max(top.length, bottom.length);
  const [width, height] = [Math.max(20, size.width - margin - 2), Math.max(5, size.height)];
  const grid = Array.from({ length: height }, () => Array.from({ length: width }, () => " "));
  const cell = ({ x, y }: Point): Point => ({
    x: Math.round(share(x, bounds.low.x, bounds.high.x) * (width - 1)),
    y: Math.round((1 - share(y, bounds.low.y, bounds.high.y)) * (height - 1)),
  });
  for (const [index, { points }] of series.entries()) {
    const cells = points.map(cell);
    if (joined) for (const [at, to] of cells.entries()) connect(grid, cells[at - 1] ?? to, to);
    for (const { x, y } of cells) put(grid, x, y, marks[index % marks.length] ?? "●");
  }
  const sides = grid.map((row, index) => {
    const label = index === 0 ? top : index === height - 1 ? bottom : "";
    return `${label.padStart(margin)} │${row.join("")}`.trimEnd();
  });
  const [from, to] = [bounds.low.x, bounds.high.x].map((x) => (time ? timeText(x) : short(x)));
  const axis = `${" ".repeat(margin + 2)}${from ?? ""}${(to ?? "").padStart(Math.max(1, width - (from ?? "").length))}`;
  const legend = series.map(({ name }, index) => `${marks[index % marks.length] ?? ""} ${name}`).join("   ");
  return [...sides, `${" ".repeat(margin)} └${"─".repeat(width)}`, axis, legend];
}

export function timeText(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace("T", " ")
    .replace(/(:00)?\.\d+Z$/, "");
}

export function boundsOf(points: readonly Point[]): { readonly low: Point; readonly high: Point } {
  let [lowX, highX, lowY, highY] = [Infinity, -Infinity, 0, -Infinity];
  for (const { x, y } of points) {
    [lowX, highX, lowY, highY] = [Math.min(lowX, x), Math.max(highX, x), Math.min(lowY, y), Math.max(highY, y)];
  }
  return { low: { x: lowX, y: lowY }, high: { x: highX, y: highY } };
}

export function share(value: number, low: number, high: number): number {
  return high === low ? 0.5 : (value - low) / (high - low);
}

function put(grid: readonly string[][], x: number, y: number, mark: string): void {
  const row = grid[y];
  if (row !== undefined) row[x] = mark;
}

function connect(grid: readonly string[][], from: Point, to: Point): void {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  for (let step = 1; step < steps; step++) {
    const [x, y] = [from.x + ((to.x - from.x) * step) / steps, from.y + ((to.y - from.y) * step) / steps];
    put(grid, Math.round(x), Math.round(y), "·");
  }
}
