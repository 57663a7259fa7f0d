import { glyphWidth, PngImage, type Colour } from "../metrics/png-image.js";

/** What a mail's chart shows: a metric, and the bounds that it was compared with. */
export interface AlertChart {
  /** Milliseconds since the epoch: time of the first point. */
  readonly from: number;
  readonly stepMinutes: number;
  /** undefined: no data. */
  readonly values: readonly (number | undefined)[];
  /** Drawn across the chart. */
  readonly thresholds: readonly number[];
}

const size = { width: 560, height: 180 };
const plot = { left: 56, top: 12, right: 548, bottom: 152 };
const gridLines = 4;
const dot = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy] as const));
const ground: Colour = [255, 255, 255];
const grid: Colour = [225, 230, 236];
const ink: Colour = [85, 95, 105];
const metric: Colour = [0, 114, 178];
const limit: Colour = [213, 94, 0];

/** The chart as PNG: the metric in blue, bounds dashed in orange, times in UTC. */
export function drawAlertChart({ from, stepMinutes, values, thresholds }: AlertChart): Uint8Array {
  const image = new PngImage(size.width, size.height, ground);
  const known = values.filter((value) => value !== undefined);
  const shown = [...known, ...thresholds.filter((each) => Number.isFinite(each))];
  const low = Math.min(0, ...shown);
  const high = Math.max(low + 1e-9, ...shown) + (Math.max(0, ...shown) - low) * 0.1;
  const x = (index: number): number => plot.left + ((plot.right - plot.left) * index) / Math.max(1, values.length - 1);
  const y = (value: number): number => plot.bottom - ((plot.bottom - plot.top) * (value - low)) / (high - low);
  for (let index = 0; index <= gridLines; index++) {
    const value = low + ((high - low) * index) / gridLines;
    image.line([plot.left, y(value)], [plot.right, y(value)], grid);
    const label = shortNumber(value);
    image.text(plot.left - 6 - label.length * glyphWidth, y(value) - 3, label, ink);
  }
  for (const index of [0, Math.floor((values.length - 1) / 2), values.length - 1]) {
    const label = new Date(from + index * stepMinutes * 60_000).toISOString().slice(11, 16);
    const centre = x(index) - (label.length * glyphWidth) / 2;
    image.text(Math.min(centre, size.width - label.length * glyphWidth - 2), plot.bottom + 10, label, ink);
  }
  for (const threshold of thresholds) {
    if (Number.isFinite(threshold)) image.line([plot.left, y(threshold)], [plot.right, y(threshold)], limit, 5);
  }
  values.forEach((value, index) => {
    if (value === undefined) return;
    const before = values[index - 1];
    const start = before === undefined ? ([x(index), y(value)] as const) : ([x(index - 1), y(before)] as const);
    // a value between two gaps is a dot
    for (const [dx, dy] of dot) image.point(x(index) + dx, y(value) + dy, metric);
    // two points thick
    for (const lift of [0, 1]) image.line([start[0], start[1] - lift], [x(index), y(value) - lift], metric);
  });
  return image.encode();
}

/** `1.5k`; four signs or so. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  for (const [unit, sign] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= unit && size < 1e15) return `${Number((value / unit).toPrecision(3))}${sign}`;
  }
  const rounded = Number(value.toPrecision(3));
  return size >= 1e15 ? rounded.toExponential() : String(rounded);
}
