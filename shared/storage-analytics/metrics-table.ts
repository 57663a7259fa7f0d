import { type Service } from "./log-entry.js";
import { type GeoType } from "./roll-up-cells.js";

export type MetricsLevel = "Hour" | "Minute";

/** What a table of metrics is about. */
export type MetricsTable =
  | {
      readonly kind: "transactions";
      readonly level: MetricsLevel;
      readonly location: GeoType;
      readonly service: Service;
    }
  | { readonly kind: "capacity" };

const serviceNames: Readonly<Record<Service, string>> = { blob: "Blob", queue: "Queue", table: "Table" };

const nameOf = (table: MetricsTable): string =>
  table.kind === "capacity"
    ? "MetricsCapacityBlob"
    : `Metrics${table.level}${table.location}Transactions${serviceNames[table.service]}`;

/** As Azure names it: `$MetricsHourPrimaryTransactionsBlob`, `$MetricsCapacityBlob`. */
export const azureMetricsTableName = (table: MetricsTable): string => `$${nameOf(table)}`;

/**
 * Name for an account that lets nobody create a table with a `$`. Never the bare name: the emulator takes a table `X`
 * for `$X`.
 */
export const vigilMetricsTableName = (table: MetricsTable): string => `Vigil${nameOf(table)}`;
