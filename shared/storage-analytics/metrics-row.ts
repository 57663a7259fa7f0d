import { unknownOperation } from "./operations.js";
import { requestCategories, type CounterPrefix, type RequestCategory, type ResponseType } from "./request-status.js";
import { type Access, type Authentication, type RollUpCell } from "./roll-up-cells.js";

/** Row with the sums of all APIs. */
export const allApis = "All";

const prefixes: readonly CounterPrefix[] = ["", "Anonymous", "SAS"];

type CounterColumn = `${CounterPrefix}${RequestCategory}`;

/** In the order of Azure's documentation: of each category the plain counter, then `Anonymous…`, then `SAS…`. */
export const counterColumns: readonly CounterColumn[] = requestCategories.flatMap((category) =>
  prefixes.map((prefix): CounterColumn => `${prefix}${category}`),
);

const totalColumns = ["TotalRequests", "TotalBillableRequests", "TotalIngress", "TotalEgress"] as const;
const measureColumns = [
  "Availability",
  "AverageE2ELatency",
  "AverageServerLatency",
  "PercentSuccess",
  "PercentThrottlingError",
  "PercentTimeoutError",
  "PercentServerOtherError",
  "PercentClientOtherError",
  "PercentAuthorizationError",
  "PercentNetworkError",
] as const;

/** Columns of type `Edm.Int64`. */
export const int64Columns = [...totalColumns, ...counterColumns];
/** Columns of type `Edm.Double`. */
export const doubleColumns = measureColumns;

/** Bytes that keys and Timestamp of a row take, with operation names of about 12 letters. */
const keyBytes = 2 * (13 + 17) + 8;
/**
 * Bytes that a row takes, about, as the Table service counts them: 4, its keys, and for each property 8, its name with two
 * bytes per letter, and its value. Source: "Understanding the Table service data model".
 */
export const metricsRowBytes = [...int64Columns, ...doubleColumns].reduce(
  (sum, { length }) => sum + 8 + 2 * length + 8,
  4 + keyBytes,
);

type MetricsColumn = (typeof totalColumns)[number] | (typeof measureColumns)[number] | CounterColumn;
/** All 38 columns besides the keys; each is in every row. */
export type MetricsColumns = Readonly<Record<MetricsColumn, number>>;

/** A row of a `$Metrics…Transactions…` table. */
export interface MetricsRow {
  /** `yyyyMMddTHHmm`, start of the minute or hour, UTC. */
  readonly partitionKey: string;
  /** `user;All`, `user;GetBlob`, `system;All`. */
  readonly rowKey: string;
  readonly columns: MetricsColumns;
}

export const metricsRowKey = (access: Access, api: string): string => `${access};${api}`;

/** @throws RangeError if the year has no four digits */
export function metricsPartitionKey(time: Date): string {
  const text = time.toISOString();
  if (text.length !== 24) throw new RangeError(`naming metrics: the year of ${text} has no four digits`);
  return text.slice(0, 16).replaceAll(/[-:]/g, "");
}

/** @returns undefined if the text is no partition key of metrics */
export function parseMetricsPartitionKey(key: string): Date | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})$/.exec(key);
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1);
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return !Number.isNaN(time.getTime()) && metricsPartitionKey(time) === key ? time : undefined;
}

/** Billable, and so the numerator of availability; the counters below make up its denominator with them. */
const billableCategories: readonly RequestCategory[] = [
  "Success",
  "NetworkError",
  "ClientOtherError",
  "ClientTimeoutError",
];
const unavailableCategories: readonly RequestCategory[] = ["ServerTimeoutError", "ServerOtherError"];

/**
 * Whether a request counts as billable (the service was there for it), as not available, or as neither: throttling and
 * `AnonymousAuthorizationError`. Source: formulas of "Windows Azure Storage Metrics", which agree with the billable and
 * availability columns of the REST reference.
 */
export function availabilityOf(
  category: RequestCategory,
  prefix: CounterPrefix,
): "billable" | "unavailable" | "neither" {
  if (billableCategories.includes(category)) return "billable";
  if (category === "AuthorizationError" && prefix !== "Anonymous") return "billable";
  return unavailableCategories.includes(category) ? "unavailable" : "neither";
}

/** Category of a response type; both kinds of throttling are one in the tables. */
export const categoryOfResponseType = (responseType: ResponseType): RequestCategory =>
  responseType === "ServerBusyError" || responseType === "ClientThrottlingError" ? "ThrottlingError" : responseType;

/** Prefix of the counters of an authentication. There are no OAuth counters: those have none. */
export function prefixOfAuthentication(authentication: Authentication): CounterPrefix {
  switch (authentication) {
    case "SAS":
      return "SAS";
    case "Anonymous":
    case "AnonymousPreflight":
      return "Anonymous";
    default:
      return "";
  }
}

/** Sums from which all columns of one row follow. */
class RowSums {
  readonly #counters = new Map<CounterColumn, number>(counterColumns.map((column) => [column, 0]));
  #billable = 0;
  #unavailable = 0;
  #ingress = 0;
  #egress = 0;
  #endToEndMs = 0;
  #serverMs = 0;

  add({ series, requests, ingress, egress, latency }: RollUpCell): void {
    const category = categoryOfResponseType(series.responseType);
    const prefix = prefixOfAuthentication(series.authentication);
    const column: CounterColumn = `${prefix}${category}`;
    this.#counters.set(column, this.#counter(column) + requests);
    const availability = availabilityOf(category, prefix);
    if (availability === "billable") this.#billable += requests;
    if (availability === "unavailable") this.#unavailable += requests;
    this.#ingress += ingress.sum;
    this.#egress += egress.sum;
    this.#endToEndMs += latency?.endToEnd.sum ?? 0;
    this.#serverMs += latency?.server.sum ?? 0;
  }

  columns(): MetricsColumns {
    const requests = counterColumns.reduce((sum, column) => sum + this.#counter(column), 0);
    const successes = this.#of("Success");
    const percent = (...categories: readonly RequestCategory[]): number =>
      singlePrecision(requests === 0 ? 0 : (100 * this.#of(...categories)) / requests);
    const average = (sum: number): number => singlePrecision(successes === 0 ? 0 : sum / successes);
    const applicable = this.#billable + this.#unavailable;
    return {
      TotalRequests: requests,
      TotalBillableRequests: this.#billable,
      TotalIngress: this.#ingress,
      TotalEgress: this.#egress,
      // without a request to judge by, the documentation says nothing: nothing was unavailable
      Availability: singlePrecision(applicable === 0 ? 100 : (100 * this.#billable) / applicable),
      AverageE2ELatency: average(this.#endToEndMs),
      AverageServerLatency: average(this.#serverMs),
      PercentSuccess: percent("Success"),
      PercentThrottlingError: percent("ThrottlingError"),
      PercentTimeoutError: percent("ClientTimeoutError", "ServerTimeoutError"),
      PercentServerOtherError: percent("ServerOtherError"),
      PercentClientOtherError: percent("ClientOtherError"),
      PercentAuthorizationError: percent("AuthorizationError"),
      PercentNetworkError: percent("NetworkError"),
      ...(Object.fromEntries(this.#counters) as Record<CounterColumn, number>),
    };
  }

  #counter(column: CounterColumn): number {
    return this.#counters.get(column) ?? 0;
  }

  #of(...categories: readonly RequestCategory[]): number {
    return categories
      .flatMap((category) => prefixes.map((prefix) => this.#counter(`${prefix}${category}`)))
      .reduce((sum, count) => sum + count, 0);
  }
}

/** Azure's published rows show seven significant digits: 731 ms over 7 requests are 104.4286. */
const singlePrecision = (value: number): number => Number(value.toPrecision(7));

/**
 * The rows of one minute or hour: `user;All` always, `system;All` if analytics itself did something or if it is asked
 * for, and a row for each API that was called. `All` is the sum of the APIs; system requests are in `system;All` only.
 * @param cells of one service and one geo type, from all minutes that the rows are about
 * @param withSystem whether there is a `system;All` row even without system requests
 */
export function metricsRows(
  partitionKey: string,
  cells: Iterable<RollUpCell>,
  withSystem: boolean,
): readonly MetricsRow[] {
  const user = new RowSums();
  const system = new RowSums();
  const apis = new Map<string, RowSums>();
  let anySystem = withSystem;
  for (const cell of cells) {
    if (cell.series.access === "system") {
      system.add(cell);
      anySystem = true;
      continue;
    }
    user.add(cell);
    // a row named like the sum would be taken for it
    const operation = cell.series.operation === allApis ? unknownOperation : cell.series.operation;
    let api = apis.get(operation);
    if (api === undefined) apis.set(operation, (api = new RowSums()));
    api.add(cell);
  }
  const row = (access: Access, api: string, sums: RowSums): MetricsRow => ({
    partitionKey,
    rowKey: metricsRowKey(access, api),
    columns: sums.columns(),
  });
  return [
    row("user", allApis, user),
    ...(anySystem ? [row("system", allApis, system)] : []),
    ...[...apis].map(([api, sums]) => row("user", api, sums)),
  ];
}
