import { type Family } from "./labelled-series.js";
import {
  additive,
  both,
  dailySeason,
  fineTenDays,
  fourWeeks,
  steady,
  up,
  wave,
  workingWeek,
} from "./series-behaviour.js";

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
      return additive(
        count,
        (index) => level + (job(index) ? height : 0),
        () => sd,
        draw.normal,
        both,
      );
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
    make: (draw, day, count) => dailySeason(draw, day, count, [0.2, 0.7]),
  },
];
