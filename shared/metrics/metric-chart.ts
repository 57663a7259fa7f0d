import { type MetricUnit } from "./metric-definition.js";

export interface ChartSeries {
  readonly name: string;
  /** One for each time of the chart; undefined: no data. */
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: MetricUnit;
  /** Milliseconds since the epoch at which points begin, ascending and evenly spaced. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
}

/** Series beyond these are not drawn, and said to be left out: more can't be told apart. */
export const maxChartSeries = 8;

const width = 800;
const height = 320;
const plot = { left: 72, top: 44, right: 784, bottom: 232 };
const gridLines = 4;
const timeLabels = 6;
/** Told apart by people who don't see red and green (Okabe and Ito), and on white and dark grounds. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#808080", "#999900"];
const ink = "#555555";
const ground = "#ffffff";

/** Names in a legend are cut at this length. */
const maxNameLength = 40;

/**
 * A chart of metrics as SVG, for pages and mails: no script, no fonts, no links; whatever is in a name is text.
 * A gap in the data is a gap in the line; a single point is a dot.
 */
export function renderChart({ title, unit, times, series }: Chart): string {
  const drawn = series.slice(0, maxChartSeries);
  const values = drawn.flatMap((each) => each.values).filter((value) => value !== undefined);
  const low = Math.min(0, ...values);
  const high = niceCeiling(Math.max(low, ...values), low, unit);
  const x = (index: number): number =>
    times.length < 2
      ? (plot.left + plot.right) / 2
      : plot.left + ((plot.right - plot.left) * index) / (times.length - 1);
  const y = (value: number): number => plot.bottom - ((plot.bottom - plot.top) * (value - low)) / (high - low);
  const parts = [
    `<rect width="${width}" height="${height}" fill="${ground}"/>`,
    text(plot.left, 24, `${title} (${unitName(unit)})`, { size: 15, weight: "bold" }),
    ...grid(low, high, unit, y),
    ...timeAxis(times, x),
    ...drawn.flatMap((each, index) => line(each, colours[index % colours.length] ?? ink, x, y)),
    ...legend(drawn, series.length),
    ...(values.length === 0 ? [text(width / 2, 140, "No data", { anchor: "middle", size: 15 })] : []),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(describe(title, drawn, unit))}" font-family="system-ui, sans-serif">`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function describe(title: string, series: readonly ChartSeries[], unit: MetricUnit): string {
  const highest = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? `${name}: no data` : `${name}: at most ${formatValue(Math.max(...known), unit)}`;
  });
  return [title, ...highest].join("; ");
}

function grid(low: number, high: number, unit: MetricUnit, y: (value: number) => number): readonly string[] {
  return Array.from({ length: gridLines + 1 }, (_, index) => {
    const value = low + ((high - low) * index) / gridLines;
    const at = round(y(value));
    const rule = `<line x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}" stroke="#dddddd"/>`;
    return rule + text(plot.left - 8, at + 4, formatValue(value, unit), { anchor: "end" });
  });
}

function timeAxis(times: readonly number[], x: (index: number) => number): readonly string[] {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const days = last - first > 86_400_000;
  const step = Math.max(1, Math.ceil(times.length / timeLabels));
  return times.flatMap((time, index) => {
    if (index % step !== 0) return [];
    const iso = new Date(time).toISOString();
    const label = days ? `${iso.slice(5, 10)} ${iso.slice(11, 16)}` : iso.slice(11, 16);
    return [text(round(x(index)), plot.bottom + 20, label, { anchor: "middle" })];
  });
}

function line(
  { values }: ChartSeries,
  colour: string,
  x: (index: number) => number,
  y: (value: number) => number,
): readonly string[] {
  const runs: string[][] = [];
  values.forEach((value, index) => {
    if (value === undefined) return;
    const point = `${round(x(index))} ${round(y(value))}`;
    const run = index > 0 && values[index - 1] !== undefined ? runs.at(-1) : undefined;
    if (run === undefined) runs.push([point]);
    else run.push(point);
  });
  return runs.map((run) => {
    const [first = ""] = run;
    const [cx = "", cy = ""] = first.split(" ");
    return run.length === 1
      ? `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`
      : `<path d="M${run.join("L")}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
  });
}

function legend(drawn: readonly ChartSeries[], all: number): readonly string[] {
  const columns = 4;
  const columnWidth = (plot.right - plot.left) / columns;
  const entries = drawn.map(({ name }, index) => {
    const left = plot.left + (index % columns) * columnWidth;
    const top = plot.bottom + 42 + Math.floor(index / columns) * 18;
    const colour = colours[index % colours.length] ?? ink;
    const label = name.length > maxNameLength ? `${name.slice(0, maxNameLength - 1)}…` : name;
    return `<rect x="${left}" y="${top - 9}" width="10" height="10" fill="${colour}"/>${text(left + 15, top, label)}`;
  });
  const left = all - drawn.length;
  return left === 0 ? entries : [...entries, text(plot.right, 24, `${left} more series not drawn`, { anchor: "end" })];
}

interface TextStyle {
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
  readonly weight?: "bold";
}

const text = (x: number, y: number, value: string, { anchor = "start", size = 11, weight }: TextStyle = {}): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}"${weight === undefined ? "" : ` font-weight="${weight}"`} fill="${ink}">${escape(value)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

/** XML has neither halves of characters nor control characters but tab and line ends, not even escaped. */
const notXml = /[\p{Surrogate}\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

const escape = (value: string): string =>
  value.replaceAll(notXml, "\ufffd").replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The next of 1, 2, 4, 5 or 8 times a power of ten (bytes: of two) above the lowest value: grid lines are round numbers. */
function niceCeiling(value: number, low: number, unit: MetricUnit): number {
  const span = value - low;
  if (!(span > 0)) return low + 1;
  if (unit.startsWith("Byte")) return low + 2 ** Math.ceil(Math.log2(span));
  const power = 10 ** Math.floor(Math.log10(span));
  const factor = [1, 2, 4, 5, 8, 10].find((each) => each * power >= span) ?? 10;
  return low + factor * power;
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const countUnits = ["", "k", "M", "G", "T"];

function formatValue(value: number, unit: MetricUnit): string {
  const bytes = unit.startsWith("Byte");
  const units = bytes ? byteUnits : countUnits;
  const base = bytes ? 1024 : 1000;
  const magnitude = Math.abs(value);
  const step = Math.min(units.length - 1, magnitude < base ? 0 : Math.floor(Math.log(magnitude) / Math.log(base)));
  const number = Number((value / base ** step).toPrecision(4));
  const suffix = unit === "Percent" ? " %" : unit === "MilliSeconds" ? " ms" : "";
  return `${number}${units[step] === "" ? "" : ` ${units[step] ?? ""}`}${suffix}`;
}

function unitName(unit: MetricUnit): string {
  switch (unit) {
    case "MilliSeconds":
      return "milliseconds";
    case "Unspecified":
      return "no unit";
    default:
      return unit.replaceAll(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  }
}
