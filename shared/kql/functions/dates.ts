/** Functions on dates and timespans. Datetimes are TIMESTAMP in UTC, timespans ticks. */
import { unsupported } from "../diagnostic.js";
import { native, scalar } from "./define.js";
import { type CallSite, type ScalarFunction } from "./function.js";

/** Start of the period that is `offset` periods away, and how long one is. */
const periods = {
  day: { start: (t: string) => `date_trunc('day', ${t})`, shift: (n: string) => `to_days((${n})::INTEGER)` },
  // weeks start on Sunday
  week: { start: (t: string) => `kql_start_of_week(${t})`, shift: (n: string) => `to_days((7 * (${n}))::INTEGER)` },
  month: { start: (t: string) => `date_trunc('month', ${t})`, shift: (n: string) => `to_months((${n})::INTEGER)` },
  year: { start: (t: string) => `date_trunc('year', ${t})`, shift: (n: string) => `to_years((${n})::INTEGER)` },
} as const;

function startOf(unit: keyof typeof periods): ScalarFunction {
  const { start, shift } = periods[unit];
  return scalar(`startof${unit}`, ["datetime", "long"], "datetime", ([t = "", n]) =>
    n === undefined ? start(t) : `(${start(t)} + ${shift(n)})`,
  );
}

/** The last microsecond: Kusto's last tick is beyond what the lake stores. */
function endOf(unit: keyof typeof periods): ScalarFunction {
  const { start, shift } = periods[unit];
  return scalar(
    `endof${unit}`,
    ["datetime", "long"],
    "datetime",
    ([t = "", n = "0"]) => `(${start(t)} + ${shift(`${n} + 1`)} - to_microseconds(1))`,
  );
}

function part(name: string, sqlName: string): ScalarFunction {
  return scalar(name, ["datetime"], "int", ([t = ""]) => `${sqlName}(${t})::INTEGER`);
}

const parts: Readonly<Record<string, (t: string) => string>> = {
  year: (t) => `year(${t})`,
  quarter: (t) => `quarter(${t})`,
  month: (t) => `month(${t})`,
  week_of_year: (t) => `weekofyear(${t})`,
  day: (t) => `day(${t})`,
  dayofyear: (t) => `dayofyear(${t})`,
  hour: (t) => `hour(${t})`,
  minute: (t) => `minute(${t})`,
  second: (t) => `second(${t})`,
  // DuckDB's own sub-second parts hold the seconds, too
  millisecond: (t) => `(epoch_us(${t}) // 1000 % 1000)`,
  microsecond: (t) => `(epoch_us(${t}) % 1000000)`,
  nanosecond: (t) => `(epoch_us(${t}) % 1000000 * 1000)`,
};

function unitOf(call: CallSite): string {
  return String(call.constant(0).value).toLowerCase();
}

function datetimePart([, t = ""]: readonly string[], call: CallSite): string {
  const emit = parts[unitOf(call)];
  if (emit === undefined)
    throw unsupported(`the date part ${unitOf(call)}`, call.span, `parts: ${Object.keys(parts).join(", ")}`);
  return `${emit(t)}::INTEGER`;
}

const units = [
  "year",
  "quarter",
  "month",
  "week",
  "day",
  "hour",
  "minute",
  "second",
  "millisecond",
  "microsecond",
  "nanosecond",
];

/** Boundaries crossed; weeks begin on Sunday. */
function datetimeDiff([, a = "", b = ""]: readonly string[], call: CallSite): string {
  const unit = unitOf(call);
  if (!units.includes(unit)) throw unsupported(`the unit ${unit}`, call.span, `units: ${units.join(", ")}`);
  if (unit === "week") return `(date_diff('day', kql_start_of_week(${b}), kql_start_of_week(${a})) // 7)`;
  if (unit === "nanosecond") return `(date_diff('microsecond', ${b}, ${a}) * 1000)`;
  return `date_diff('${unit}', ${b}, ${a})`;
}

const shifts: Readonly<Record<string, (n: string) => string>> = {
  year: (n) => `to_years((${n})::INTEGER)`,
  quarter: (n) => `to_months((${n} * 3)::INTEGER)`,
  month: (n) => `to_months((${n})::INTEGER)`,
  week: (n) => `to_days((${n} * 7)::INTEGER)`,
  day: (n) => `to_days((${n})::INTEGER)`,
  hour: (n) => `to_hours(${n})`,
  minute: (n) => `to_minutes(${n})`,
  second: (n) => `to_seconds(${n})`,
  millisecond: (n) => `to_microseconds(${n} * 1000)`,
  microsecond: (n) => `to_microseconds(${n})`,
  nanosecond: (n) => `to_microseconds(${n} // 1000)`,
};

function datetimeAdd([, n = "", t = ""]: readonly string[], call: CallSite): string {
  const shift = shifts[unitOf(call)];
  if (shift === undefined) throw unsupported(`the unit ${unitOf(call)}`, call.span, `units: ${units.join(", ")}`);
  return `(${t} + ${shift(n)})`;
}

const strftime: Readonly<Record<string, string>> = {
  yyyy: "%Y",
  yy: "%y",
  MM: "%m",
  M: "%-m",
  dd: "%d",
  d: "%-d",
  HH: "%H",
  H: "%-H",
  hh: "%I",
  h: "%-I",
  mm: "%M",
  m: "%-M",
  ss: "%S",
  s: "%-S",
  tt: "%p",
  fff: "%g",
  ffffff: "%f",
};

/** A constant format of tokens that strftime has is SQL; the others are written in TypeScript. */
function formatDatetime([t = "", format = ""]: readonly string[], call: CallSite): string {
  const given = call.args[1];
  if (given?.kind === "constant") {
    const pieces = String(given.value).match(/y+|M+|d+|H+|h+|m+|s+|t+|f+|F+|[^a-zA-Z]+/g) ?? [];
    const translated = pieces.map((piece) => (/^[a-zA-Z]/.test(piece) ? strftime[piece] : piece.replaceAll("%", "%%")));
    if (translated.every((piece) => piece !== undefined) && pieces.join("") === String(given.value)) {
      return `coalesce(strftime(${t}, ${call.parameter(translated.join(""))}), '')`;
    }
  }
  return `coalesce(${call.native("format_datetime", t, format)}, '')`;
}

function sinceEpoch(name: string, perSecond: number): ScalarFunction {
  const micros = 1_000_000 / perSecond;
  return scalar(
    `unixtime_${name}_todatetime`,
    ["real"],
    "datetime",
    ([n = ""]) => `try(make_timestamp(trunc(${n} * ${micros})::BIGINT))`,
  );
}

/** Windows time zone names are not known to DuckDB; IANA names are. */
function zoned(inner: (t: string, zone: string) => string) {
  return ([t = "", zone = ""]: readonly string[]): string => inner(t, zone);
}

/** The time in UTC by the offset that holds a day later, when the time read back differs; else null. */
function afterGap(t: string, zone: string): string {
  const utc = `((${t} AT TIME ZONE ${zone}) AT TIME ZONE 'UTC')`;
  const later = `(${t} + INTERVAL 1 DAY)`;
  const back = `((${utc} AT TIME ZONE 'UTC') AT TIME ZONE ${zone})`;
  return `(CASE WHEN ${back} <> ${t} THEN ${t} - (${later} - ((${later} AT TIME ZONE ${zone}) AT TIME ZONE 'UTC')) END)`;
}

export const dateFunctions: readonly ScalarFunction[] = [
  scalar("todatetime", ["datetime"], "datetime", ([t = ""]) => t),
  scalar("totimespan", ["timespan"], "timespan", ([k = ""]) => k),
  scalar("totime", ["timespan"], "timespan", ([k = ""]) => k, { source: "query/totimespan-function" }),
  scalar(
    "datetime_shift",
    ["datetime", "timespan", "long"],
    "datetime",
    ([t = "", k = "", sign = ""]) => `make_timestamp(epoch_us(${t}) + ${sign} * ${k} // 10)`,
    { source: "query/ago-function" },
  ),
  ...(["day", "week", "month", "year"] as const).flatMap((unit) => [startOf(unit), endOf(unit)]),
  scalar("dayofweek", ["datetime"], "timespan", ([t = ""]) => `(dayofweek(${t}) * 864000000000)`),
  part("dayofmonth", "day"),
  part("dayofyear", "dayofyear"),
  part("monthofyear", "month"),
  part("getmonth", "month"),
  part("getyear", "year"),
  part("hourofday", "hour"),
  part("week_of_year", "weekofyear"),
  part("weekofyear", "weekofyear"),
  scalar("datetime_part", ["string", "datetime"], "int", datetimePart),
  scalar("datepart", ["string", "datetime"], "int", datetimePart, { source: "query/datetime-part-function" }),
  scalar("datetime_diff", ["string", "datetime", "datetime"], "long", datetimeDiff),
  scalar("datetime_add", ["string", "long", "datetime"], "datetime", datetimeAdd),
  scalar("format_datetime", ["datetime", "string"], "string", formatDatetime),
  native("format_timespan", ["timespan", "string"], "string"),
  native("make_datetime", ["long", "long", "long", "long", "long", "real"], "datetime"),
  native("make_timespan", ["long", "long", "real", "real"], "timespan"),
  sinceEpoch("seconds", 1),
  sinceEpoch("milliseconds", 1_000),
  sinceEpoch("microseconds", 1_000_000),
  sinceEpoch("nanoseconds", 1_000_000_000),
  scalar(
    "datetime_utc_to_local",
    ["datetime", "string"],
    "datetime",
    zoned((t, zone) => `((${t} AT TIME ZONE 'UTC') AT TIME ZONE ${zone})`),
  ),
  scalar(
    "datetime_local_to_utc",
    ["datetime", "string"],
    "datetime",
    // a time that the clock skips when summer begins counts as summer time; DuckDB takes it for winter time
    zoned((t, zone) => `least(((${t} AT TIME ZONE ${zone}) AT TIME ZONE 'UTC'), ${afterGap(t, zone)})`),
  ),
];
