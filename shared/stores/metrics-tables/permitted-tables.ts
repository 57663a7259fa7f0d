import type { MetricsTables } from "./metrics-tables.js";

/**
 * Tables that nothing is written into while analytics may not.
 * @param mayWrite asked before every write
 */
export const whilePermitted = (tables: MetricsTables, mayWrite: () => Promise<boolean>): MetricsTables => ({
  ...tables,
  write: async (table, partitionKey, plan) =>
    (await mayWrite()) ? await tables.write(table, partitionKey, plan) : { kind: "stopped" },
  writeCapacity: async (rows) => {
    if (await mayWrite()) await tables.writeCapacity(rows);
  },
});
