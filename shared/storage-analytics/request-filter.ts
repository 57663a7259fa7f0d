import { clientAddress, isInRange, parseAddress, parseAddressRange, type AddressRange } from "./client-address.js";
import { type LogEntry } from "./log-entry.js";
import { type StartTimeRange } from "./log-parser.js";
import { authentications, type Authentication } from "./request-counts.js";
import { formatStartTime } from "./start-time.js";

/** Which requests are asked for; what is undefined does not matter. Several values of one field: any of them. */
export interface RequestFilter {
  /** Start of the request, inclusive. */
  readonly from: Date | undefined;
  /** Start of the request, exclusive. */
  readonly to: Date | undefined;
  readonly operations: readonly string[] | undefined;
  /** As logged, prefixes included; upper and lower case are the same. */
  readonly statuses: readonly string[] | undefined;
  /** `404`, `4xx` or `Unknown`. */
  readonly httpStatuses: readonly string[] | undefined;
  readonly authentications: readonly Authentication[] | undefined;
  readonly clientIp: AddressRange | undefined;
  /** Start of the object key, `/account/container/…`. */
  readonly pathPrefix: string | undefined;
  readonly clientRequestId: string | undefined;
  /** End-to-end latency, milliseconds. */
  readonly minLatencyMs: number | undefined;
}

/** What is wrong with one query parameter: its name, and what it should be. */
export interface ParameterProblem {
  readonly parameter: string;
  readonly message: string;
}

export type FilterOutcome =
  | { readonly kind: "filter"; readonly filter: RequestFilter }
  | { readonly kind: "invalid"; readonly problems: readonly ParameterProblem[] };

/** Values of one parameter, comma-separated ones included. */
export const maxFilterValues = 50;
/** Characters of one parameter. */
export const maxParameterLength = 2_048;

type Reading<Value> = { readonly value: Value } | { readonly expected: string };

const name = (text: string): Reading<string> =>
  /^[A-Za-z0-9]{1,64}$/.test(text) ? { value: text.toLowerCase() } : { expected: "a name such as GetBlob" };

const httpStatus = (text: string): Reading<string> =>
  /^(?:[1-5]\d\d|[1-5]xx|unknown)$/i.test(text)
    ? { value: text.toLowerCase() }
    : { expected: "an HTTP status such as 404, a class such as 4xx, or Unknown" };

function authentication(text: string): Reading<Authentication> {
  const known = authentications.find((candidate) => candidate === text.toLowerCase());
  return known === undefined ? { expected: `one of ${authentications.join(", ")}` } : { value: known };
}

const offsetTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d))?$/;

function time(written: string): Reading<Date> {
  // a + that was not encoded came as a space
  const text = written.replace(/ (?=\d\d:\d\d$)/, "+");
  const value = new Date(text);
  const isTime = offsetTime.test(text) && !Number.isNaN(value.getTime()) && value.toISOString().length === 24;
  // a Date rolls 31 February over into March
  const dayExists = isTime && new Date(`${text.slice(0, 10)}T00:00Z`).toISOString().startsWith(text.slice(0, 10));
  return dayExists
    ? { value }
    : { expected: "a time such as 2024-01-31T15:00:00Z, 2024-01-31T17:00:00+02:00, or a UTC day such as 2024-01-31" };
}

function addressRange(text: string): Reading<AddressRange> {
  const value = parseAddressRange(text);
  return value === undefined
    ? { expected: "an IPv4 or IPv6 address, or a range such as 10.0.0.0/8 or 2001:db8::/32" }
    : { value };
}

const objectKey = (text: string): Reading<string> =>
  text.startsWith("/")
    ? { value: text }
    : { expected: "the start of an object key, such as /account/container/folder/" };

const milliseconds = (text: string): Reading<number> =>
  /^\d{1,9}$/.test(text) ? { value: Number(text) } : { expected: "a whole number of milliseconds from 0" };

const anyText = (text: string): Reading<string> => (text === "" ? { expected: "not empty" } : { value: text });

/** Parameters that a filter is made of; those of a list take several values, with commas or by repetition. */
export const filterParameters = [
  "from",
  "to",
  "operation",
  "status",
  "httpStatus",
  "authentication",
  "clientIp",
  "pathPrefix",
  "clientRequestId",
  "minLatencyMs",
] as const;
type FilterParameter = (typeof filterParameters)[number];

/**
 * Reads a filter from query parameters. Others are left to the caller, who refuses those that nobody reads: a misspelt
 * filter would silently answer everything.
 */
export function parseRequestFilter(query: URLSearchParams): FilterOutcome {
  const problems: ParameterProblem[] = [];

  function one<Value>(parameter: FilterParameter, read: (text: string) => Reading<Value>): Value | undefined {
    const texts = query.getAll(parameter);
    if (texts.length > 1) problems.push({ parameter, message: "must be given once" });
    return texts[0] === undefined ? undefined : valueOf(parameter, texts[0], read);
  }

  function several<Value>(
    parameter: FilterParameter,
    read: (text: string) => Reading<Value>,
  ): readonly Value[] | undefined {
    const texts = query.getAll(parameter).flatMap((text) => text.split(","));
    if (texts.length === 0) return undefined;
    if (texts.length > maxFilterValues) {
      problems.push({ parameter, message: `must have at most ${maxFilterValues} values` });
      return undefined;
    }
    return texts.flatMap((text) => valueOf(parameter, text.trim(), read) ?? []);
  }

  function valueOf<Value>(parameter: string, text: string, read: (text: string) => Reading<Value>): Value | undefined {
    const reading =
      text.length > maxParameterLength ? { expected: `at most ${maxParameterLength} characters` } : read(text);
    if ("value" in reading) return reading.value;
    problems.push({ parameter, message: `must be ${reading.expected}` });
    return undefined;
  }

  const filter: RequestFilter = {
    from: one("from", time),
    to: one("to", time),
    operations: several("operation", name),
    statuses: several("status", name),
    httpStatuses: several("httpStatus", httpStatus),
    authentications: several("authentication", authentication),
    clientIp: one("clientIp", addressRange),
    pathPrefix: one("pathPrefix", objectKey),
    clientRequestId: one("clientRequestId", anyText),
    minLatencyMs: one("minLatencyMs", milliseconds),
  };
  if (filter.from !== undefined && filter.to !== undefined && filter.to <= filter.from) {
    problems.push({ parameter: "to", message: "must be later than from" });
  }
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "filter", filter };
}

/** Sort before and after every time that four digits of a year can hold. */
const [beforeAllTimes, afterAllTimes] = ["", "~"];

/** The start times that a filter asks for, for `LogParser`; undefined if it asks for no time. */
export function startTimeRange({ from, to }: Pick<RequestFilter, "from" | "to">): StartTimeRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  return {
    from: from === undefined ? beforeAllTimes : formatStartTime(from),
    to: to === undefined ? afterAllTimes : formatStartTime(to),
  };
}

type Predicate = (entry: LogEntry) => boolean;

/** Compiles a filter: the answer tells whether an entry is asked for. */
export function compileRequestFilter(filter: RequestFilter): Predicate {
  const predicates: Predicate[] = [];
  const range = startTimeRange(filter);
  if (range !== undefined) {
    predicates.push(({ requestStartTime }) => requestStartTime >= range.from && requestStartTime < range.to);
  }
  const { operations, statuses, httpStatuses, authentications: kinds } = filter;
  if (operations !== undefined)
    predicates.push(({ operationType }) => operations.includes(operationType.toLowerCase()));
  if (statuses !== undefined) predicates.push(({ requestStatus }) => statuses.includes(requestStatus.toLowerCase()));
  if (httpStatuses !== undefined) {
    predicates.push(({ httpStatusCode }) => {
      const status = httpStatusCode.toLowerCase();
      return httpStatuses.includes(status) || (status.length === 3 && httpStatuses.includes(`${status.charAt(0)}xx`));
    });
  }
  if (kinds !== undefined) {
    predicates.push(({ authenticationType }) => kinds.some((kind) => kind === authenticationType));
  }
  const { clientIp, pathPrefix, clientRequestId, minLatencyMs } = filter;
  if (clientIp !== undefined) {
    predicates.push(({ requesterIpAddress }) => {
      const address = parseAddress(clientAddress(requesterIpAddress));
      return address !== undefined && isInRange(address, clientIp);
    });
  }
  if (pathPrefix !== undefined) predicates.push(({ requestedObjectKey }) => requestedObjectKey.startsWith(pathPrefix));
  if (clientRequestId !== undefined) predicates.push((entry) => entry.clientRequestId === clientRequestId);
  if (minLatencyMs !== undefined) {
    predicates.push(({ endToEndLatencyMs }) => endToEndLatencyMs !== undefined && endToEndLatencyMs >= minLatencyMs);
  }
  return (entry) => predicates.every((matches) => matches(entry));
}
