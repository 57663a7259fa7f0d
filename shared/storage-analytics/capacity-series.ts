import { type MetricCell, type SeriesCells } from "../metrics/metric-cell.js";
import { type CapacityProgress } from "./capacity-count.js";

const state = (value: number): MetricCell => ({ sum: value, count: 1, min: value, max: value });

const series = (
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  minute: number,
  value: number,
): SeriesCells => ({ metric, dimensions, gauge: true, cells: new Map([[minute, state(value)]]) });

/**
 * Blob capacity as metrics of `blobServices`, at the start of the hour in which it was counted.
 * @param hour since the epoch
 */
export function blobCapacitySeries(progress: CapacityProgress, hour: number): readonly SeriesCells[] {
  const minute = hour * 60;
  const blobs = Object.entries(progress.data).flatMap(([key, counted]) => {
    const [BlobType = "", Tier = ""] = key.split(" ");
    const dimensions = { BlobType, Tier };
    return [
      series("BlobCapacity", dimensions, minute, counted.bytes),
      series("BlobCount", dimensions, minute, counted.blobs),
    ];
  });
  const containers = Object.entries(progress.containerCounts).map(([AccessLevel, count]) =>
    series("ContainerCount", { AccessLevel }, minute, count),
  );
  return [...blobs, ...containers];
}

/** What the queues or tables of an account hold. Bytes are not known: no API tells them. */
export const queueCapacitySeries = (queues: number, messages: number, hour: number): readonly SeriesCells[] => [
  series("QueueCount", {}, hour * 60, queues),
  series("QueueMessageCount", {}, hour * 60, messages),
];

export const tableCapacitySeries = (tables: number, entities: number, hour: number): readonly SeriesCells[] => [
  series("TableCount", {}, hour * 60, tables),
  series("TableEntityCount", {}, hour * 60, entities),
];

/** What the services of an account hold together, as far as it is known. */
export const accountCapacitySeries = (bytes: number, hour: number): readonly SeriesCells[] => [
  series("UsedCapacity", {}, hour * 60, bytes),
];
