import { type Draw } from "../../shared/testing/random-draw.js";
import { type Behaviour, type IncidentKind, type Span } from "./labelled-series.js";

export const up: readonly IncidentKind[] = ["spike", "bump"];
export const both: readonly IncidentKind[] = ["spike", "dip", "bump", "sag"];

/** A wave over the day with a second harmonic; 1 on average. */
export const wave = (day: number, depth: number, phase: number): number =>
  1 + depth * (0.8 * Math.sin(2 * Math.PI * (day - phase)) + 0.2 * Math.sin(4 * Math.PI * (day - phase)));

/** 1 on working days, `weekend` on Saturday and Sunday; the series begin on a Monday. */
export const workingWeek = (day: number, weekend: number): number => (Math.floor(day) % 7 < 5 ? 1 : weekend);

export function additive(
  count: number,
  expected: (index: number) => number,
  spread: (index: number) => number,
  noise: () => number,
  incidents: readonly IncidentKind[],
  holidays: readonly Span[] = [],
): Behaviour {
  const values = Float64Array.from({ length: count }, (_, index) => expected(index) + spread(index) * noise());
  return { expected, spread, values, incidents, holidays };
}

export const steady = (draw: Draw): { readonly level: number; readonly sd: number } => {
  const level = 10 ** draw.between(0, 4);
  return { level, sd: level * draw.between(0.02, 0.08) };
};

/** A wave over the day with noise around it. @param depths between which the wave's depth is drawn */
export function dailySeason(
  draw: Draw,
  day: (index: number) => number,
  count: number,
  depths: readonly [number, number],
  { incidents = both, noise = draw.normal }: { incidents?: readonly IncidentKind[]; noise?: () => number } = {},
): Behaviour {
  const { level, sd } = steady(draw);
  const [depth, phase] = [draw.between(...depths), draw.uniform()];
  const expected = (index: number) => level * wave(day(index), depth, phase);
  return additive(count, expected, () => sd, noise, incidents);
}

/** Short windows over ten days of history, as at a rule's creation. */
export const tenDays = { stepMinutes: 15, historyDays: 10, judgedDays: 14 } as const;
export const fineTenDays = { stepMinutes: 5, historyDays: 10, judgedDays: 7 } as const;
/** Enough for a weekly season. */
export const fourWeeks = { stepMinutes: 30, historyDays: 28, judgedDays: 14 } as const;
