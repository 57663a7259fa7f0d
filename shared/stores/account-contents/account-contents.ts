import type { BlobPage, ContainerPage } from "../../storage-analytics/capacity-count.js";
import type { HolderPage, ItemPage } from "../../storage-analytics/item-count.js";

/**
 * What a monitored account holds, a page at a time. What is deleted while it is listed ends its list.
 *
 * A page is one call to the service, so it is small and takes seconds at most.
 */
export interface AccountContents {
  /** `$logs` among them. */
  containers(marker: string | undefined, limit: number): Promise<ContainerPage>;
  /** Snapshots, versions, soft-deleted and uncommitted blobs included. */
  blobs(container: string, marker: string | undefined, limit: number): Promise<BlobPage>;
  queues(marker: string | undefined, limit: number): Promise<HolderPage>;
  /** Messages of a queue: the service's own estimate. There is one page. */
  messages(queue: string): Promise<ItemPage>;
  /** `$Metrics…` among them, where the service lists them. */
  tables(marker: string | undefined, limit: number): Promise<HolderPage>;
  /** The service decides how many entities a page has, 1,000 at most. */
  entities(table: string, marker: string | undefined): Promise<ItemPage>;
}
