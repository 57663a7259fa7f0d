/** What `render` asks to be drawn, out of an answer's rows; independent of where it is drawn. */
import { type KustoType } from "../../shared/kql/types.js";
import { type Cell, type RunResult } from "./runner.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export type Chart =
  /** `time`: x is milliseconds since 1970. */
  | {
      readonly kind: "line" | "scatter";
      readonly title: string;
      readonly time: boolean;
      readonly series: readonly Series[];
    }
  | {
      readonly kind: "bar";
      readonly title: string;
      readonly labels: readonly string[];
      readonly series: readonly BarSeries[];
    }
  | { readonly kind: "pie"; readonly title: string; readonly slices: readonly Slice[] };

export interface BarSeries {
  readonly name: string;
  /** One per label; undefined where it has none. */
  readonly values: readonly (number | undefined)[];
}

export interface Slice {
  readonly label: string;
  readonly value: number;
}

type Rows = Extract<RunResult, { kind: "rows" }>;

const kinds: Readonly<Record<string, Chart["kind"]>> = {
  timechart: "line",
  linechart: "line",
  areachart: "line",
  stackedareachart: "line",
  anomalychart: "line",
  scatterchart: "scatter",
  barchart: "bar",
  columnchart: "bar",
  piechart: "pie",
};

const numeric: readonly KustoType[] = ["int", "long", "real", "decimal", "timespan"];

/** @returns undefined when the query has no `render`, or asks for a table
 * @throws Error when the kind cannot be drawn, or the rows have no numbers */
export function chartOf({ columns, rows, render }: Rows): Chart | undefined {
  if (render === undefined || render.kind === "table") return undefined;
  const kind = kinds[render.kind];
  if (kind === undefined)
    throw new Error(`render ${render.kind} cannot be drawn here; ${Object.keys(kinds).join(", ")} can`);
  const title = render.properties["title"] ?? "";
  const measures = columns.flatMap(({ type }, index) => (numeric.includes(type) ? [index] : []));
  const lead = kind === "line" || kind === "scatter" ? leadOf(columns, measures) : 0;
  const values = measures.filter((index) => index !== lead);
  if (lead === undefined || values.length === 0) throw new Error(`render ${render.kind} needs a column of numbers`);
  const splits = columns.flatMap((_, index) => (index === lead || values.includes(index) ? [] : [index]));
  const nameOf = (row: readonly Cell[], value: number) => {
    const split = splits.map((index) => textOf(row[index] ?? null)).filter((text) => text !== "");
    const own = columns[value]?.name ?? "";
    return split.length === 0 ? own : values.length > 1 ? `${split.join(", ")}: ${own}` : split.join(", ");
  };
  if (kind === "pie") {
    const [value = 0] = values;
    return {
      kind,
      title,
      slices: rows.map((row) => ({ label: textOf(row[lead] ?? null), value: numberOf(row[value] ?? null) ?? 0 })),
    };
  }
  if (kind === "bar") {
    const labels = [...new Set(rows.map((row) => textOf(row[lead] ?? null)))];
    const found = new Map<string, (number | undefined)[]>();
    for (const row of rows) {
      for (const value of values) {
        const name = nameOf(row, value);
        const list = found.get(name) ?? labels.map(() => undefined);
        list[labels.indexOf(textOf(row[lead] ?? null))] = numberOf(row[value] ?? null);
        found.set(name, list);
      }
    }
    return { kind, title, labels, series: [...found].map(([name, list]) => ({ name, values: list })) };
  }
  const time = columns[lead]?.type === "datetime";
  const found = new Map<string, Point[]>();
  for (const row of rows) {
    for (const value of values) {
      const [x, y] = [
        time ? Date.parse(textOf(row[lead] ?? null)) : numberOf(row[lead] ?? null),
        numberOf(row[value] ?? null),
      ];
      if (x === undefined || Number.isNaN(x) || y === undefined) continue;
      const name = nameOf(row, value);
      found.set(name, [...(found.get(name) ?? []), { x, y }]);
    }
  }
  const series = [...found].map(([name, points]) => ({ name, points: points.toSorted((a, b) => a.x - b.x) }));
  return { kind, title, time, series };
}

/** The x axis: the first column of times, else the first of numbers. */
function leadOf(columns: Rows["columns"], measures: readonly number[]): number | undefined {
  const time = columns.findIndex(({ type }) => type === "datetime");
  return time >= 0 ? time : measures[0];
}

function textOf(cell: Cell): string {
  return cell === null ? "" : typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Timespans count in seconds. */
function numberOf(cell: Cell): number | undefined {
  if (typeof cell === "string") {
    const span = /^(-?)(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(cell);
    if (span !== null) {
      const [, sign, days = "0", hours, minutes, seconds] = span;
      const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
      return sign === "-" ? -total : total;
    }
  }
  const number = cell === null || cell === "" ? NaN : Number(cell);
  return Number.isFinite(number) ? number : undefined;
}
