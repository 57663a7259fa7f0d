import type { MetricChange, MetricTarget } from "./metric-store.js";

export const minutesPerHour = 60;
export const hoursPerDay = 24;
const hourMs = 3_600_000;

/** ARM ids and namespaces compare without case; a namespace of a custom metric may hold anything. */
const segment = (text: string): string => encodeURIComponent(text.toLowerCase());

/** `%2Fsubscriptions…/`: one folder per resource. */
export const resourcePrefix = (resourceId: string): string =>
  `metrics/${segment(`/${resourceId.replace(/^\/+/, "")}`)}/`;

const targetPrefix = ({ resourceId, namespace }: MetricTarget): string =>
  `${resourcePrefix(resourceId)}${segment(namespace)}/`;

/** `YYYY/MM/DD/hh` */
const timeOf = (hour: number): string => {
  const text = new Date(hour * hourMs).toISOString();
  return `${text.slice(0, 10).replaceAll("-", "/")}/${text.slice(11, 13)}`;
};

/** Cells by minute, of one hour. */
export const minutesBlob = (target: MetricTarget, hour: number): string =>
  `${targetPrefix(target)}${timeOf(hour)}.minutes`;

/** Cells by hour, of one day: sums of the other kind. */
export const hoursBlob = (target: MetricTarget, day: number): string =>
  `${targetPrefix(target)}${timeOf(day * hoursPerDay).slice(0, 10)}.hours`;

export const definitionsBlob = (target: MetricTarget): string => `${targetPrefix(target)}definitions.json`;
export const watermarkBlob = (resourceId: string): string => `${resourcePrefix(resourceId)}watermark.json`;
export const changesBlob = (hour: number): string => `changes/${timeOf(hour)}`;

const dated = /\/(\d{4})\/(\d\d)\/(\d\d)(?:\/(\d\d))?(?:\.minutes|\.hours)?$/;

/** @returns the last hour that a blob is about; undefined if its name holds no time */
export function hourOfBlob(name: string): number | undefined {
  const [, year, month, day, hours] = dated.exec(name) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return Date.parse(`${year}-${month}-${day}T${hours ?? "23"}:00:00Z`) / hourMs;
}

export const changeLine = (change: MetricChange): string => `${JSON.stringify(change)}\n`;
