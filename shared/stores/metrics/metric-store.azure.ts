import type { BlobServiceClient, ContainerClient } from "@azure/storage-blob";

import { sumCells, type Dimensions, type SeriesCells } from "../../metrics/metric-cell.js";
import { chunkHeadLength, decodeChunk, scanChunk } from "../../metrics/metric-chunk.js";
import { joinCells, leaveOut } from "../../metrics/packed-cells.js";
import { SeriesCollector, seriesMatcher } from "../../metrics/series-query.js";
import { failedWith } from "../azure-error.js";
import {
  changeLine,
  changesBlob,
  definitionsBlob,
  hourOfBlob,
  hoursBlob,
  hoursPerDay,
  minutesBlob,
  minutesPerHour,
  resourcePrefix,
  watermarkBlob,
} from "./metric-blob-names.js";
import { KnownChunks, type KnownChunk } from "./known-chunks.js";
import { readBlob, readBlobHead, readText, replaceBlob } from "./metric-blobs.js";
import { parseDefinitions, parseWatermark, readChanges } from "./metric-records.js";
import type { MetricChange, MetricQuery, MetricStore, MetricTarget, MinuteUpdate } from "./metric-store.js";

export const metricsContainer = "vigil-metrics";

/** Bytes of a chunk that are read first: a chunk without its sketches seldom has more. */
const firstRead = 256 * 1_024;
/** Blobs that one query reads at a time. */
const concurrentReads = 32;
const hourMs = 3_600_000;
const minutesPerDay = hoursPerDay * minutesPerHour;

/**
 * Metrics in Blob Storage: per resource and namespace a blob of minutes for each hour, and one of hours for each day,
 * which is made of the former and is what long queries read.
 */
export function metricStoreIn(service: BlobServiceClient, clock: () => Date): MetricStore {
  const container = service.getContainerClient(metricsContainer);
  const chunks = new KnownChunks(container);
  /** Metrics and dimensions known to be in the definitions, so that they are not read for every minute. */
  const defined = new Set<string>();

  async function define(target: MetricTarget, series: readonly SeriesCells[]): Promise<void> {
    const name = definitionsBlob(target);
    const names = series.flatMap(({ metric, dimensions }) =>
      ["", ...Object.keys(dimensions)].map((each) => [metric, each] as const),
    );
    const unknown = names.filter(([metric, dimension]) => !defined.has(`${name} ${metric} ${dimension}`));
    if (unknown.length === 0) return;
    await replaceBlob(container, name, (before) => {
      const metrics = parseDefinitions(before).metrics;
      const all = new Map(Object.entries(metrics).map(([metric, dimensions]) => [metric, new Set(dimensions)]));
      for (const [metric, dimension] of names) {
        const dimensions = all.get(metric) ?? new Set<string>();
        if (dimension !== "") dimensions.add(dimension);
        all.set(metric, dimensions);
      }
      const merged = Object.fromEntries([...all].map(([metric, dimensions]) => [metric, [...dimensions].sort()]));
      return Promise.resolve(Buffer.from(JSON.stringify({ namespace: target.namespace, metrics: merged })));
    });
    for (const [metric, dimension] of names) defined.add(`${name} ${metric} ${dimension}`);
  }

  /** Sums the minutes of an hour up into its day, unless that was done with just these minutes. */
  async function updateDay(target: MetricTarget, hour: number, minutes: KnownChunk): Promise<void> {
    await chunks.replace(hoursBlob(target, Math.floor(hour / hoursPerDay)), async (before, isFresh) => {
      const day = before ?? { series: [], sources: {} };
      const source = (hour % hoursPerDay).toString();
      // whoever else wrote the day may have summed up later minutes than ours
      const current = isFresh ? await chunks.read(minutesBlob(target, hour)) : minutes;
      if (current === undefined || day.sources[source] === current.etag) return undefined;
      const others = without(day.series, (minute) => Math.floor(minute / minutesPerHour) === hour);
      const sums = current.chunk.series.map((series) => sumOf(series, hour * minutesPerHour));
      return { series: joined([...others, ...sums]), sources: { ...day.sources, [source]: current.etag } };
    });
  }

  async function note(change: MetricChange): Promise<void> {
    const blob = container.getAppendBlobClient(changesBlob(Math.floor(clock().getTime() / hourMs)));
    const line = Buffer.from(changeLine(change));
    try {
      await blob.appendBlock(line, line.length);
    } catch (error) {
      if (!failedWith(error, "BlobNotFound")) throw new Error("noting a change of metrics", { cause: error });
      await blob.createIfNotExists();
      await blob.appendBlock(line, line.length);
    }
  }

  return {
    update: async (target, hour, compute) => {
      let update: MinuteUpdate = { minutes: [], series: [] };
      const minutes = await chunks.replace(minutesBlob(target, hour), async (before) => {
        update = await compute();
        if (update.minutes.length === 0) return undefined;
        const { minutes: of, metrics } = update;
        const replaced = new Set(of);
        const kept = (before?.series ?? []).flatMap((each) =>
          metrics?.includes(each.metric) === false ? [each] : without([each], (minute) => replaced.has(minute)),
        );
        const series = without(update.series, (minute) => !replaced.has(minute));
        return { series: joined([...kept, ...series.map(copyOf)]), sources: {} };
      });
      if (update.minutes.length === 0 || minutes === undefined) return;
      await define(target, update.series);
      if (update.sumLater !== true) await updateDay(target, hour, minutes);
      await note({ ...target, from: Math.min(...update.minutes), to: Math.max(...update.minutes) });
    },
    query: async (query) => {
      const collector = new SeriesCollector(query);
      const wanted = seriesMatcher(query);
      const { sketches = false } = query;
      const read = async ({ name }: Piece): Promise<Uint8Array | undefined> =>
        sketches
          ? (await readBlob(container, name))?.bytes
          : await readBlobHead(container, name, firstRead, chunkHeadLength);
      const collect = (bytes: Uint8Array, { from, to }: Piece): void => {
        if (!sketches) scanChunk(bytes, from, to, collector);
        else
          for (const each of without(decodeChunk(bytes, wanted).series, (at) => at < from || at >= to))
            collector.add(each);
      };
      // of the latest hours the sums may be to come
      const pieces = piecesOf(query, (Math.floor(clock().getTime() / hourMs) - 1) * minutesPerHour);
      for (let start = 0; start < pieces.length; start += concurrentReads) {
        const some = pieces.slice(start, start + concurrentReads);
        const all = await Promise.all(some.map(read));
        // one after the other, so that points are in order
        for (const [index, piece] of some.entries()) {
          const bytes = all[index];
          if (bytes !== undefined) collect(bytes, piece);
        }
      }
      return collector.series();
    },
    definitions: async (resourceId) => {
      const names = await namesUnder(container, resourcePrefix(resourceId), "/definitions.json");
      const all = await Promise.all(
        names.map(async (name) => parseDefinitions((await readBlob(container, name))?.bytes)),
      );
      return all.flatMap(({ namespace, metrics }) =>
        Object.entries(metrics).map(([metric, dimensions]) => ({ namespace, metric, dimensions })),
      );
    },
    watermark: async (resourceId) => parseWatermark((await readBlob(container, watermarkBlob(resourceId)))?.bytes),
    advanceWatermark: async (resourceId, minute) => {
      await replaceBlob(container, watermarkBlob(resourceId), (before) => {
        const last = parseWatermark(before);
        const further = last === undefined || minute > last;
        return Promise.resolve(further ? Buffer.from(JSON.stringify({ minute })) : undefined);
      });
    },
    changedSince: (token, now) => readChanges((name, from) => readText(container, name, from), token, now),
    removeBefore: async (hour, limit) => {
      let removed = 0;
      try {
        for await (const { name } of container.listBlobsFlat()) {
          const of = hourOfBlob(name);
          if (of === undefined || of >= hour) continue;
          await container.getBlobClient(name).deleteIfExists();
          if (++removed >= limit) break;
        }
      } catch (error) {
        if (!failedWith(error, "ContainerNotFound")) throw new Error("deleting old metrics", { cause: error });
      }
      return removed;
    },
  };
}

/** Cells whose minute is not one of those. */
function without(series: readonly SeriesCells[], leftOut: (minute: number) => boolean): readonly SeriesCells[] {
  return series.flatMap((each) => {
    const cells = leaveOut(each.cells, leftOut);
    if (cells.size === 0) return [];
    return cells === each.cells ? [each] : [{ ...each, cells }];
  });
}

/** One series for each metric and combination of dimensions; no two of the given ones have the same minute. */
function joined(series: readonly SeriesCells[]): readonly SeriesCells[] {
  const all = new Map<string, SeriesCells>();
  for (const each of series) {
    const key = `${each.metric} ${keyOf(each.dimensions)}`;
    const found = all.get(key);
    all.set(key, found === undefined ? each : { ...found, cells: joinCells(found.cells, each.cells) });
  }
  return [...all.values()];
}

/** Dimensions go on as the same object for as long as their chunk is remembered. */
const dimensionKeys = new WeakMap<Dimensions, string>();

function keyOf(dimensions: Dimensions): string {
  let key = dimensionKeys.get(dimensions);
  if (key === undefined)
    dimensionKeys.set(dimensions, (key = JSON.stringify(Object.entries(dimensions).sort().flat())));
  return key;
}

/** Sketches may belong to a ledger that goes on. */
const copyOf = (series: SeriesCells): SeriesCells => ({
  ...series,
  cells: new Map([...series.cells].map(([minute, cell]) => [minute, sumCells([cell]) ?? cell])),
});

function sumOf(series: SeriesCells, minute: number): SeriesCells {
  const sum = sumCells(series.cells.values());
  return { ...series, cells: new Map(sum === undefined ? [] : [[minute, sum]]) };
}

interface Piece {
  readonly name: string;
  /** Minutes that are read from this blob and no other. */
  readonly from: number;
  readonly to: number;
}

/**
 * An hour is read as one where it is in one point whole, the rest as minutes.
 * @param openFrom minute from which on hours may be without their sums
 */
function piecesOf(query: MetricQuery, openFrom: number): readonly Piece[] {
  const { from, to, grain } = query;
  const pointOf = (minute: number): number => Math.floor((minute - from) / grain);
  const isWhole = (minute: number): boolean => {
    const end = minute + minutesPerHour;
    return minute % minutesPerHour === 0 && end <= Math.min(to, openFrom) && pointOf(minute) === pointOf(end - 1);
  };
  const pieces: Piece[] = [];
  for (let at = from; at < to;) {
    const start = at;
    const day = Math.floor(at / minutesPerDay);
    while (isWhole(at) && Math.floor(at / minutesPerDay) === day) at += minutesPerHour;
    if (at > start) {
      pieces.push({ name: hoursBlob(query, day), from: start, to: at });
    } else {
      const hour = Math.floor(at / minutesPerHour);
      at = Math.min((hour + 1) * minutesPerHour, to);
      pieces.push({ name: minutesBlob(query, hour), from: start, to: at });
    }
  }
  return pieces;
}

async function namesUnder(container: ContainerClient, prefix: string, suffix: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const item of container.listBlobsByHierarchy("/", { prefix })) {
      if (item.kind === "prefix") names.push(`${item.name.slice(0, -1)}${suffix}`);
    }
  } catch (error) {
    if (!failedWith(error, "ContainerNotFound")) throw new Error(`listing metrics under ${prefix}`, { cause: error });
  }
  return names;
}
