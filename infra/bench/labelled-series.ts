import { levelShiftHours } from "../../shared/alerts/moving-level.js";
import { minutesPerDay, minutesPerHour } from "../../shared/alerts/timed-samples.js";
import { drawFrom, type Draw } from "../../shared/testing/random-draw.js";

/** A series of which it is known when something was wrong. */
export interface LabelledSeries {
  readonly firstMinute: number;
  readonly stepMinutes: number;
  readonly values: Float64Array;
  /** From this index on it is judged; before it lies history only. */
  readonly judgedFrom: number;
  /** Incidents, by index, both ends included. */
  readonly incidents: readonly Span[];
  /** Neither right nor wrong to alert: holidays, and the time after one that a rule needs to see it end. */
  readonly exempt: readonly Span[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How the metric behaves and what befalls it. */
export interface Family {
  readonly name: string;
  readonly stepMinutes: number;
  readonly historyDays: number;
  readonly judgedDays: number;
  readonly make: (draw: Draw, day: (index: number) => number, count: number) => Behaviour;
}

/** A metric without incidents: what is expected of it, how far it scatters there, and one draw of it. */
export interface Behaviour {
  readonly expected: (index: number) => number;
  readonly spread: (index: number) => number;
  readonly values: Float64Array;
  /** Kinds of incident, taken in turns. */
  readonly incidents: readonly IncidentKind[];
  readonly holidays?: readonly Span[];
}

export type IncidentKind = "spike" | "dip" | "bump" | "sag" | "outage" | "shift";

/** A Monday, 00:00 UTC. */
const start = Date.UTC(2026, 0, 5) / 60_000;
/** An incident every two days or so, in the history as well as where it is judged. */
const incidentEveryDays = 2.5;
/** Shifts are so rare that the level before and after one can be learned. */
const shiftEveryDays = 5;

export function makeSeries({ make, stepMinutes, historyDays, judgedDays }: Family, seed: number): LabelledSeries {
  const draw = drawFrom(seed);
  const perDay = minutesPerDay / stepMinutes;
  const count = Math.round((historyDays + judgedDays) * perDay);
  const behaviour = make(draw, (index) => index / perDay, count);
  const values = Float64Array.from(behaviour.values);
  const incidents: Span[] = [];
  const kinds = behaviour.incidents;
  const every = (kinds.includes("shift") ? shiftEveryDays : incidentEveryDays) * perDay;
  let turn = Math.floor(draw.uniform() * kinds.length);
  for (let index = every * draw.between(0.3, 0.8); index < count - perDay; index += every * draw.between(0.7, 1.3)) {
    const kind = kinds[turn++ % kinds.length];
    if (kind !== undefined) incidents.push(befall(kind, values, Math.floor(index), behaviour, draw, stepMinutes));
  }
  return {
    firstMinute: start,
    stepMinutes,
    values,
    judgedFrom: Math.round(historyDays * perDay),
    incidents,
    exempt: behaviour.holidays ?? [],
  };
}

/** Puts an incident into the values, and says where. Sizes are in spreads of the time and place. */
function befall(
  kind: IncidentKind,
  values: Float64Array,
  from: number,
  { expected, spread }: Behaviour,
  draw: Draw,
  stepMinutes: number,
): Span {
  const perHour = minutesPerHour / stepMinutes;
  const add = (length: number, size: (index: number) => number): Span => {
    const to = Math.min(values.length - 1, from + Math.max(1, Math.round(length)) - 1);
    for (let index = from; index <= to; index++) values[index] = (values[index] ?? 0) + size(index);
    return { from, to };
  };
  switch (kind) {
    case "spike": {
      const size = draw.between(9, 16);
      return add(draw.between(1, 3), (index) => size * spread(index));
    }
    case "dip": {
      const size = draw.between(9, 16);
      return add(draw.between(1, 3), (index) => -size * spread(index));
    }
    case "bump": {
      const size = draw.between(5, 9);
      return add(draw.between(2, 6) * perHour, (index) => size * spread(index));
    }
    case "sag": {
      const size = draw.between(5, 9);
      return add(draw.between(2, 6) * perHour, (index) => -size * spread(index));
    }
    case "outage": {
      const hours = draw.between(1, 8);
      const share = draw.between(0, 0.1);
      return add(hours * perHour, (index) => share * expected(index) - (values[index] ?? 0));
    }
    case "shift": {
      // an incident for as long as the level is new
      const size = draw.between(8, 14) * (draw.uniform() < 0.5 ? -1 : 1) * spread(from);
      for (let index = from; index < values.length; index++) values[index] = (values[index] ?? 0) + size;
      return { from, to: Math.min(values.length - 1, from + levelShiftHours * perHour) };
    }
    default:
      throw new Error(`making a series: no incident ${JSON.stringify(kind satisfies never)}`);
  }
}
