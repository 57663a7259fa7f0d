import { type Draw } from "../../shared/testing/random-draw.js";
import { type Behaviour, type Family, type IncidentKind, type Span } from "./labelled-series.js";

const up: readonly IncidentKind[] = ["spike", "bump"];
const both: readonly IncidentKind[] = ["spike", "dip", "bump", "sag"];

/** A wave over the day with a second harmonic; 1 on average. */
const wave = (day: number, depth: number, phase: number): number =>
  1 + depth * (0.8 * Math.sin(2 * Math.PI * (day - phase)) + 0.2 * Math.sin(4 * Math.PI * (day - phase)));

/** 1 on working days, `weekend` on Saturday and Sunday; the series begin on a Monday. */
const workingWeek = (day: number, weekend: number): number => (Math.floor(day) % 7 < 5 ? 1 : weekend);

function additive(
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

const steady = (draw: Draw): { readonly level: number; readonly sd: number } => {
  const level = 10 ** draw.between(0, 4);
  return { level, sd: level * draw.between(0.02, 0.08) };
};

/** Short windows over ten days of history, as at a rule's creation. */
const tenDays = { stepMinutes: 15, historyDays: 10, judgedDays: 14 } as const;
const fineTenDays = { stepMinutes: 5, historyDays: 10, judgedDays: 7 } as const;
/** Enough for a weekly season. */
const fourWeeks = { stepMinutes: 30, historyDays: 28, judgedDays: 14 } as const;

/** What the method was developed on. */
export const families: readonly Family[] = [
  {
    name: "steady, gaussian noise",
    ...tenDays,
    make: (draw, _day, count) => {
      const { level, sd } = steady(draw);
      return additive(
        count,
        () => level,
        () => sd,
        draw.normal,
        both,
      );
    },
  },
  {
    name: "trend",
    ...tenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const slope = draw.between(-0.02, 0.04) * level;
      return additive(
        count,
        (index) => level + slope * day(index),
        () => sd,
        draw.normal,
        both,
      );
    },
  },
  {
    name: "daily season",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.3, 0.8), draw.uniform()];
      return additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.normal,
        both,
      );
    },
  },
  {
    name: "hourly and daily season",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.3, 0.8), draw.uniform()];
      const job = draw.between(0.2, 0.6) * level;
      const expected = (index: number) => level * wave(day(index), depth, phase) + (index % 12 < 2 ? job : 0);
      return additive(count, expected, () => sd, draw.normal, both);
    },
  },
  {
    name: "weekly season",
    ...fourWeeks,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase, weekend] = [draw.between(0.3, 0.8), draw.uniform(), draw.between(0.2, 0.6)];
      const expected = (index: number) => level * wave(day(index), depth, phase) * workingWeek(day(index), weekend);
      return additive(count, expected, () => sd, draw.normal, both);
    },
  },
  {
    name: "holidays",
    ...fourWeeks,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase, weekend] = [draw.between(0.3, 0.8), draw.uniform(), draw.between(0.2, 0.6)];
      const days = [7 * Math.floor(draw.between(0, 4)) + 2, 28 + Math.floor(draw.between(0, 5)), 36];
      const free = (index: number) => days.includes(Math.floor(day(index)));
      const expected = (index: number) =>
        level * wave(day(index), depth, phase) * (free(index) ? weekend : workingWeek(day(index), weekend));
      const perDay = count / day(count);
      const spans = days.map((at) => ({ from: at * perDay, to: (at + 1) * perDay + 3 }));
      return additive(count, expected, () => sd, draw.normal, both, spans);
    },
  },
  {
    name: "level shifts",
    ...tenDays,
    judgedDays: 21,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const depth = draw.between(0, 0.3);
      return additive(
        count,
        (index) => level * wave(day(index), depth, 0),
        () => sd,
        draw.normal,
        ["shift"],
      );
    },
  },
  {
    name: "outages",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.3, 0.7), draw.uniform()];
      return additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.normal,
        ["outage"],
      );
    },
  },
  {
    name: "gaps",
    ...tenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.2, 0.6), draw.uniform()];
      const behaviour = additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.normal,
        both,
      );
      for (let from = 0; from < count; from += Math.floor(draw.between(20, 200))) {
        behaviour.values.fill(Number.NaN, from, from + Math.floor(draw.between(1, draw.uniform() < 0.2 ? 60 : 6)));
      }
      return behaviour;
    },
  },
  {
    name: "spikes",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.1, 0.8), draw.uniform()];
      return additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.normal,
        ["spike", "dip"],
      );
    },
  },
  {
    name: "heavy-tailed noise",
    ...tenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0, 0.5), draw.uniform()];
      const behaviour = additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.heavy,
        both,
      );
      return { ...behaviour, spread: () => 2 * sd };
    },
  },
  {
    name: "multiplicative noise",
    ...fineTenDays,
    make: (draw, day, count) => {
      const level = 10 ** draw.between(1, 5);
      const [depth, phase, width] = [draw.between(0.4, 0.9), draw.uniform(), draw.between(0.1, 0.25)];
      const expected = (index: number) => level * wave(day(index), depth, phase);
      const values = Float64Array.from(
        { length: count },
        (_, index) => expected(index) * Math.exp(width * draw.normal()),
      );
      return { expected, spread: (index) => width * expected(index), values, incidents: up };
    },
  },
  {
    name: "counts",
    ...fineTenDays,
    make: (draw, day, count) => {
      const mean = 10 ** draw.between(-0.3, 2);
      const [depth, phase] = [draw.between(0.2, 0.9), draw.uniform()];
      const expected = (index: number) => mean * wave(day(index), depth, phase);
      const values = Float64Array.from({ length: count }, (_, index) => draw.poisson(expected(index)));
      return { expected, spread: (index) => Math.ceil(Math.sqrt(Math.max(1, expected(index)))), values, incidents: up };
    },
  },
  {
    name: "mostly zero",
    ...fineTenDays,
    make: (draw, _day, count) => {
      const [share, size] = [draw.between(0.005, 0.1), draw.between(1, 4)];
      const values = Float64Array.from({ length: count }, () =>
        draw.uniform() < share ? 1 + draw.poisson(size - 1) : 0,
      );
      return { expected: () => share * size, spread: () => Math.ceil(Math.sqrt(size)), values, incidents: up };
    },
  },
  {
    name: "autocorrelated noise",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, memory] = [draw.between(0, 0.4), draw.between(0.8, 0.97)];
      let state = draw.normal();
      const noise = () => (state = memory * state + Math.sqrt(1 - memory ** 2) * draw.normal());
      return additive(
        count,
        (index) => level * wave(day(index), depth, 0),
        () => sd,
        noise,
        both,
      );
    },
  },
];

/**
 * Families that the method was not developed on. They are looked at when it is finished, and what comes out is reported
 * as it is.
 */
export const unseenFamilies: readonly Family[] = [
  {
    name: "slow random drift",
    ...fineTenDays,
    make: (draw, _day, count) => {
      const { level, sd } = steady(draw);
      const behaviour = additive(
        count,
        () => level,
        () => sd,
        () => 0,
        both,
      );
      let [drift, target] = [0, 0];
      for (let index = 0; index < count; index++) {
        if (index % 144 === 0) target = 0.7 * target + 2.5 * draw.normal();
        drift += (target - drift) / 144;
        behaviour.values[index] = level + sd * (drift + 0.7 * draw.normal());
      }
      return { ...behaviour, spread: () => 1.5 * sd };
    },
  },
  {
    name: "latency, gamma-like",
    ...fineTenDays,
    make: (draw, day, count) => {
      const base = 10 ** draw.between(0, 3);
      const depth = draw.between(0.1, 0.4);
      const expected = (index: number) => base * wave(day(index), depth, 0.2);
      const gamma = () => (draw.normal() ** 2 + draw.normal() ** 2 + draw.normal() ** 2 + draw.normal() ** 2) / 4;
      const values = Float64Array.from({ length: count }, (_, index) => expected(index) * (0.6 + 0.4 * gamma()));
      return { expected, spread: (index) => 0.4 * expected(index), values, incidents: up };
    },
  },
  {
    name: "nightly job of varying hour",
    ...fineTenDays,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const starts = Array.from({ length: Math.ceil(day(count)) }, (_, night) => night + 0.1 + draw.between(0, 0.02));
      const length = draw.between(0.02, 0.06);
      const job = (index: number) => starts.some((from) => day(index) >= from && day(index) < from + length);
      const height = draw.between(8, 20) * sd;
      const behaviour = additive(
        count,
        (index) => level + (job(index) ? height : 0),
        () => sd,
        draw.normal,
        both,
      );
      return behaviour;
    },
  },
  {
    name: "weekly counts, half hours",
    ...fourWeeks,
    make: (draw, day, count) => {
      const mean = 10 ** draw.between(1.5, 4);
      const [depth, weekend, noise] = [draw.between(0.5, 0.9), draw.between(0.6, 1.2), draw.between(0.03, 0.1)];
      const expected = (index: number) => mean * wave(day(index), depth, 0.35) * workingWeek(day(index), weekend);
      const values = Float64Array.from({ length: count }, (_, index) =>
        draw.poisson(expected(index) * Math.exp(noise * draw.normal())),
      );
      const spread = (index: number) => Math.sqrt(expected(index) + (noise * expected(index)) ** 2);
      return { expected, spread, values, incidents: ["spike", "bump", "sag", "outage"] };
    },
  },
  {
    name: "sawtooth of memory",
    ...fineTenDays,
    make: (draw, _day, count) => {
      const { level, sd } = steady(draw);
      const period = Math.floor(draw.between(20, 200));
      const height = draw.between(4, 12) * sd;
      const expected = (index: number) => level + (height * (index % period)) / period;
      const behaviour = additive(count, expected, () => sd, draw.normal, up);
      return { ...behaviour, spread: () => sd + height / 3 };
    },
  },
  {
    name: "processor with bursts",
    ...fineTenDays,
    make: (draw, _day, count) => {
      const idle = draw.between(2, 30);
      const values = new Float64Array(count);
      let left = 0;
      for (let index = 0; index < count; index++) {
        if (left <= 0 && draw.uniform() < 0.01) left = 1 + Math.floor(draw.between(0, 6));
        values[index] = Math.max(
          0,
          idle + 0.05 * idle * draw.normal() + (left-- > 0 ? idle * draw.between(0.2, 0.6) : 0),
        );
      }
      return { expected: () => idle, spread: () => 0.2 * idle, values, incidents: ["bump", "spike"] };
    },
  },
  {
    name: "hourly windows, two weeks",
    stepMinutes: 60,
    historyDays: 14,
    judgedDays: 21,
    make: (draw, day, count) => {
      const { level, sd } = steady(draw);
      const [depth, phase] = [draw.between(0.2, 0.7), draw.uniform()];
      return additive(
        count,
        (index) => level * wave(day(index), depth, phase),
        () => sd,
        draw.normal,
        both,
      );
    },
  },
];
