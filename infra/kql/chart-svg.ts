/** Charts as SVG documents. */
import { type BarSeries, type Chart, type Series, type Slice } from "./chart.js";
import { boundsOf, share, short, timeText } from "./chart-terminal.js";

const size = { width: 900, height: 420 } as const;
/** Room around the plot for title, figures and legend. */
const margin = { top: 40, right: 190, bottom: 50, left: 80 } as const;
const plot = {
  width: size.width - margin.left - margin.right,
  height: size.height - margin.top - margin.bottom,
} as const;
/** Okabe and Ito's palette: told apart without red-green vision. */
const colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#000000"];
const ticks = 5;

export function drawSvg(chart: Chart): string {
  const title = text(margin.left, 24, chart.title, "start", 16);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    ...(chart.title === "" ? [] : [title]),
    ...bodyOf(chart),
    "</svg>\n",
  ].join("\n");
}

function bodyOf(chart: Chart): readonly string[] {
  switch (chart.kind) {
    case "line":
    case "scatter":
      return drawPoints(chart.series, chart.time, chart.kind === "line");
    case "bar":
      return drawBars(chart.labels, chart.series);
    case "pie":
      return drawPie(chart.slices);
    default:
      throw new Error(`cannot draw ${JSON.stringify(chart satisfies never)}`);
  }
}

function escapeText(value: string): string {
  return value
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, "�")
    .replace(/[&<>"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character] ?? "");
}

function text(x: number, y: number, value: string, anchor: "start" | "middle" | "end", fontSize = 12): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${fontSize}">${escapeText(value)}</text>`;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function color(index: number): string {
  return colors[index % colors.length] ?? "#000";
}

function legend(names: readonly string[]): readonly string[] {
  const x = size.width - margin.right + 16;
  return names.flatMap((name, index) => [
    `<rect x="${x}" y="${margin.top + index * 20}" width="12" height="12" fill="${color(index)}"/>`,
    text(x + 18, margin.top + 10 + index * 20, name.length > 24 ? `${name.slice(0, 23)}…` : name, "start"),
  ]);
}

function yAxis(low: number, high: number): readonly string[] {
  return Array.from({ length: ticks + 1 }, (_, index) => {
    const y = margin.top + plot.height - (plot.height * index) / ticks;
    const figure = text(margin.left - 8, y + 4, short(low + ((high - low) * index) / ticks), "end");
    return `<line x1="${margin.left}" x2="${margin.left + plot.width}" y1="${round(y)}" y2="${round(y)}" stroke="#ddd"/>${figure}`;
  });
}

function drawPoints(series: readonly Series[], time: boolean, joined: boolean): readonly string[] {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return [text(margin.left, margin.top + 20, "(no points)", "start")];
  const { low, high } = boundsOf(all);
  const place = ({ x, y }: { x: number; y: number }) => [
    round(margin.left + share(x, low.x, high.x) * plot.width),
    round(margin.top + (1 - share(y, low.y, high.y)) * plot.height),
  ];
  const label = (x: number) => (time ? timeText(x) : short(x));
  const axis = [low.x, (low.x + high.x) / 2, high.x].map((x, index) =>
    text(margin.left + (plot.width * index) / 2, size.height - 24, label(x), "middle"),
  );
  const shapes = series.flatMap(({ points }, index) => {
    const line = points.map((point) => place(point).join(",")).join(" ");
    const dots = points.map((point) => {
      const [x, y] = place(point);
      return `<circle cx="${x}" cy="${y}" r="${joined ? 2 : 4}" fill="${color(index)}"/>`;
    });
    return joined
      ? [`<polyline points="${line}" fill="none" stroke="${color(index)}" stroke-width="2"/>`, ...dots]
      : dots;
  });
  return [...yAxis(low.y, high.y), ...axis, ...shapes, ...legend(series.map(({ name }) => name))];
}

function drawBars(labels: readonly string[], series: readonly BarSeries[]): readonly string[] {
  const values = series.flatMap((one) => one.values).map((value) => value ?? 0);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const group = plot.width / Math.max(1, labels.length);
  const width = (group * 0.8) / Math.max(1, series.length);
  const y = (value: number) => margin.top + (1 - share(value, low, high)) * plot.height;
  const shapes = labels.flatMap((label, index) => {
    const left = margin.left + group * (index + 0.1);
    const boxes = series.map(({ values: own }, one) => {
      const value = own[index] ?? 0;
      const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
      return `<rect x="${round(left + width * one)}" y="${round(top)}" width="${round(width)}" height="${round(bottom - top)}" fill="${color(one)}"/>`;
    });
    const short_ = label.length > 14 ? `${label.slice(0, 13)}…` : label;
    return [...boxes, text(left + group * 0.4, size.height - 30, short_, "middle", labels.length > 12 ? 8 : 12)];
  });
  return [...yAxis(low, high), ...shapes, ...legend(series.map(({ name }) => name))];
}

function drawPie(slices: readonly Slice[]): readonly string[] {
  const positive = slices.filter(({ value }) => value > 0);
  const total = positive.reduce((sum, { value }) => sum + value, 0);
  const [x, y, radius] = [margin.left + plot.width / 2, margin.top + plot.height / 2, plot.height / 2];
  const at = (angle: number) => `${round(x + radius * Math.sin(angle))},${round(y - radius * Math.cos(angle))}`;
  let from = 0;
  const shapes = positive.map(({ value }, index) => {
    const to = from + (2 * Math.PI * value) / total;
    // a whole circle is no arc
    const shape =
      positive.length === 1
        ? `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${color(index)}"/>`
        : `<path d="M${round(x)},${round(y)} L${at(from)} A${radius},${radius} 0 ${to - from > Math.PI ? 1 : 0} 1 ${at(to)} Z" fill="${color(index)}"/>`;
    from = to;
    return shape;
  });
  return [...shapes, ...legend(positive.map(({ label, value }) => `${label} ${((100 * value) / total).toFixed(1)} %`))];
}
