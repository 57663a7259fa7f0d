import { expect, test } from "vitest";

import { capacityRows } from "./capacity-row.js";
import { azureMetricsTableName, vigilMetricsTableName, type MetricsTable } from "./metrics-table.js";

test.each<{ table: MetricsTable; name: string }>([
  {
    table: { kind: "transactions", level: "Hour", location: "Primary", service: "blob" },
    name: "MetricsHourPrimaryTransactionsBlob",
  },
  {
    table: { kind: "transactions", level: "Minute", location: "Primary", service: "queue" },
    name: "MetricsMinutePrimaryTransactionsQueue",
  },
  {
    table: { kind: "transactions", level: "Minute", location: "Secondary", service: "table" },
    name: "MetricsMinuteSecondaryTransactionsTable",
  },
  { table: { kind: "capacity" }, name: "MetricsCapacityBlob" },
])("$name is named as in Azure, and differs in more than the $ where Azure's name is refused", ({ table, name }) => {
  expect(azureMetricsTableName(table)).toBe(`$${name}`);
  expect(vigilMetricsTableName(table)).toBe(`Vigil${name}`);
});

test("a day has a capacity row for users' data and one for analytics", () => {
  const rows = capacityRows(new Date("2026-01-02T17:30:00Z"), {
    data: { capacity: 10, containers: 2, objects: 3 },
    analytics: { capacity: 5, containers: 1, objects: 4 },
  });
  expect(rows).toEqual([
    { partitionKey: "20260102T0000", rowKey: "data", columns: { Capacity: 10, ContainerCount: 2, ObjectCount: 3 } },
    { partitionKey: "20260102T0000", rowKey: "analytics", columns: { Capacity: 5, ContainerCount: 1, ObjectCount: 4 } },
  ]);
});
