import type { SeriesCells } from "../metrics/metric-cell.js";
import { SeriesCollector } from "../metrics/series-query.js";
import type { MetricChange, MetricStore, MetricTarget } from "../stores/metrics/metric-store.js";

const keyOf = ({ resourceId, namespace }: MetricTarget): string => `${resourceId} ${namespace}`.toLowerCase();

/** A metric store for simulations with thousands of runs; passes the same contract as the one in storage. */
export function metricStoreInMemory(): MetricStore {
  const targets = new Map<
    string,
    { target: MetricTarget; hours: Map<number, { version: number; series: SeriesCells[] }> }
  >();
  const watermarks = new Map<string, number>();
  const changes: MetricChange[] = [];
  const open = (target: MetricTarget) => {
    const found = targets.get(keyOf(target)) ?? {
      target,
      hours: new Map<number, { version: number; series: SeriesCells[] }>(),
    };
    targets.set(keyOf(target), found);
    return found;
  };
  return {
    update: async (target, hour, compute) => {
      const { hours } = open(target);
      for (;;) {
        const version = hours.get(hour)?.version ?? 0;
        const { minutes, metrics, series } = await compute();
        const current = hours.get(hour) ?? { version: 0, series: [] };
        if (current.version !== version) continue;
        if (minutes.length === 0) return;
        const replaced = new Set(minutes);
        const keep = (all: readonly SeriesCells[], wanted: (minute: number) => boolean) =>
          all.map((each) => ({ ...each, cells: new Map([...each.cells].filter(([minute]) => wanted(minute))) }));
        const others = current.series.filter(({ metric }) => metrics?.includes(metric) === false);
        const own = current.series.filter((each) => !others.includes(each));
        hours.set(hour, {
          version: version + 1,
          series: [
            ...others,
            ...keep(own, (minute) => !replaced.has(minute)),
            ...keep(series, (minute) => replaced.has(minute)),
          ].filter(({ cells }) => cells.size > 0),
        });
        changes.push({ ...target, from: Math.min(...minutes), to: Math.max(...minutes) });
        return;
      }
    },
    query: async (query) => {
      await Promise.resolve();
      const collector = new SeriesCollector(query);
      for (const { series } of open(query).hours.values()) for (const each of series) collector.add(each);
      return collector.series();
    },
    definitions: async (resourceId) => {
      await Promise.resolve();
      const mine = [...targets.values()].filter(
        ({ target }) => target.resourceId.toLowerCase() === resourceId.toLowerCase(),
      );
      return mine.flatMap(({ target, hours }) => {
        const metrics = new Map<string, Set<string>>();
        for (const { metric, dimensions } of [...hours.values()].flatMap(({ series }) => series)) {
          const names = metrics.get(metric) ?? new Set<string>();
          for (const name of Object.keys(dimensions)) names.add(name);
          metrics.set(metric, names);
        }
        return [...metrics].map(([metric, names]) => ({
          namespace: target.namespace,
          metric,
          dimensions: [...names].sort(),
        }));
      });
    },
    watermark: (resourceId) => Promise.resolve(watermarks.get(resourceId.toLowerCase())),
    advanceWatermark: async (resourceId, minute) => {
      await Promise.resolve();
      const id = resourceId.toLowerCase();
      watermarks.set(id, Math.max(minute, watermarks.get(id) ?? 0));
    },
    changedSince: async (token) => {
      await Promise.resolve();
      return { changes: token === undefined ? [] : changes.slice(Number(token)), token: `${changes.length}` };
    },
    removeBefore: async (hour, limit) => {
      await Promise.resolve();
      let removed = 0;
      for (const { hours } of targets.values()) {
        for (const each of [...hours.keys()].filter((of) => of < hour)) {
          if (removed >= limit) return removed;
          hours.delete(each);
          removed += 1;
        }
      }
      return removed;
    },
  };
}
