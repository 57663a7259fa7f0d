import { type Family } from "./labelled-series.js";
import {
  additive,
  both,
  dailySeason,
  fineTenDays,
  fourWeeks,
  steady,
  tenDays,
  up,
  wave,
  workingWeek,
} from "./series-behaviour.js";

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
    make: (draw, day, count) => dailySeason(draw, day, count, [0.3, 0.8]),
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
    make: (draw, day, count) => dailySeason(draw, day, count, [0.3, 0.7], { incidents: ["outage"] }),
  },
  {
    name: "gaps",
    ...tenDays,
    make: (draw, day, count) => {
      const behaviour = dailySeason(draw, day, count, [0.2, 0.6]);
      for (let from = 0; from < count; from += Math.floor(draw.between(20, 200))) {
        behaviour.values.fill(Number.NaN, from, from + Math.floor(draw.between(1, draw.uniform() < 0.2 ? 60 : 6)));
      }
      return behaviour;
    },
  },
  {
    name: "spikes",
    ...fineTenDays,
    make: (draw, day, count) => dailySeason(draw, day, count, [0.1, 0.8], { incidents: ["spike", "dip"] }),
  },
  {
    name: "heavy-tailed noise",
    ...tenDays,
    make: (draw, day, count) => {
      const behaviour = dailySeason(draw, day, count, [0, 0.5], { noise: draw.heavy });
      return { ...behaviour, spread: (index) => 2 * behaviour.spread(index) };
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
