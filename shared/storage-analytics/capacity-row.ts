/** `data`: blobs of users; `analytics`: `$logs`. */
export type CapacityKind = "data" | "analytics";

/** What a row of `$MetricsCapacityBlob` counts. */
export interface CapacityCounts {
  /** Bytes. */
  readonly capacity: number;
  readonly containers: number;
  /** Blobs: committed ones with their snapshots and versions, and uncommitted ones. */
  readonly objects: number;
}

/** Columns besides the keys. */
export const capacityColumns = ["Capacity", "ContainerCount", "ObjectCount"] as const;

/** A row of `$MetricsCapacityBlob`; all columns are `Edm.Int64`. */
export interface CapacityRow {
  /** `yyyyMMddT0000`, the day that was measured, UTC. */
  readonly partitionKey: string;
  readonly rowKey: CapacityKind;
  readonly columns: Readonly<Record<(typeof capacityColumns)[number], number>>;
}

/** @throws RangeError if the year has no four digits */
export function capacityPartitionKey(day: Date): string {
  const text = day.toISOString();
  if (text.length !== 24) throw new RangeError(`naming a capacity row: the year of ${text} has no four digits`);
  return `${text.slice(0, 10).replaceAll("-", "")}T0000`;
}

/** The two rows of a day. Source: "Storage Analytics metrics table schema". */
export function capacityRows(
  day: Date,
  counts: Readonly<Record<CapacityKind, CapacityCounts>>,
): readonly CapacityRow[] {
  const partitionKey = capacityPartitionKey(day);
  return (["data", "analytics"] as const).map((rowKey) => {
    const { capacity, containers, objects } = counts[rowKey];
    return { partitionKey, rowKey, columns: { Capacity: capacity, ContainerCount: containers, ObjectCount: objects } };
  });
}
