import { parseResourceId, formatResourceId, fullType } from "../../arm/resource-id.js";
import { SeriesCollector } from "../../metrics/series-query.js";
import { servicesOfAccount } from "../../metrics/storage-metrics.js";
import type { MetricQuery, MetricStore, MetricTarget } from "./metric-store.js";

const accountNamespace = "microsoft.storage/storageaccounts";

/** The services of a storage account; undefined if the id is not one of an account. */
function servicesOf(resourceId: string): readonly MetricTarget[] | undefined {
  const id = parseResourceId(resourceId);
  return id === undefined || fullType(id).toLowerCase() !== accountNamespace
    ? undefined
    : servicesOfAccount(formatResourceId(id));
}

/**
 * A store in which the requests of a storage account are those of its services together, without being kept twice.
 * Everything else is the store's own.
 */
export function withStorageAccounts(store: MetricStore): MetricStore {
  return {
    ...store,
    query: async (query: MetricQuery) => {
      const services = query.namespace.toLowerCase() === accountNamespace ? servicesOf(query.resourceId) : undefined;
      if (services === undefined) return await store.query(query);
      const answers = await Promise.all([query, ...services].map((target) => store.query({ ...query, ...target })));
      // filtered already, and left with the dimensions that it is split by
      const collector = new SeriesCollector({ ...query, filter: [] });
      for (const { metric, dimensions, points } of answers.flat()) {
        collector.add({ metric, dimensions, gauge: false, cells: points });
      }
      return collector.series();
    },
    /** Of an account, the one of its service that is furthest behind. */
    watermark: async (resourceId) => {
      const services = servicesOf(resourceId);
      if (services === undefined) return await store.watermark(resourceId);
      const all = await Promise.all(services.map((service) => store.watermark(service.resourceId)));
      const known = all.filter((minute) => minute !== undefined);
      return known.length === 0 ? undefined : Math.min(...known);
    },
  };
}
