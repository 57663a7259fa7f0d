import type { Deliveries, KeptDelivery } from "../stores/deliveries/deliveries.js";

/** Deliveries for simulations with thousands of attempts; passes the same contract as those in storage. */
export function deliveriesInMemory(): Deliveries {
  const rows = new Map<string, KeptDelivery>();
  let writes = 0;
  const keep = (key: string, delivery: KeptDelivery["delivery"]): KeptDelivery => {
    const kept = { delivery, etag: `${++writes}` };
    rows.set(key, kept);
    return kept;
  };
  const all = () => [...rows.values()].map(({ delivery }) => delivery);
  const keyOf = (alertId: string, id: string): string => `${alertId} ${id}`;
  return {
    add: async (delivery) => {
      await Promise.resolve();
      const key = keyOf(delivery.alertId, delivery.id);
      return rows.get(key) ?? keep(key, delivery);
    },
    find: async (alertId, id) => {
      await Promise.resolve();
      return rows.get(keyOf(alertId, id));
    },
    replace: async ({ etag }, delivery) => {
      await Promise.resolve();
      const key = keyOf(delivery.alertId, delivery.id);
      return rows.get(key)?.etag === etag ? keep(key, delivery) : undefined;
    },
    ofAlert: async (alertId) => {
      await Promise.resolve();
      return all().filter((each) => each.alertId === alertId);
    },
    withStatus: async (status, limit) => {
      await Promise.resolve();
      const found = all().filter((each) => each.status === status);
      return found.slice(0, limit).map((each) => ({ ...each, payload: undefined }));
    },
    removeBefore: async (before, limit) => {
      await Promise.resolve();
      const old = [...rows].filter(([, { delivery }]) => delivery.createdAt < before).slice(0, limit);
      for (const [key] of old) rows.delete(key);
      return old.length;
    },
  };
}
