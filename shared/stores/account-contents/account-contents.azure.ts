import type { StorageClients } from "../../runtime/storage-clients.js";
import { failedWith } from "../azure-error.js";
import type { AccountContents } from "./account-contents.js";

/** Access levels and tiers as the dimensions of Azure's capacity metrics name them. */
const accessLevels: Readonly<Record<string, string>> = { blob: "Blob", container: "Container" };
const privateAccess = "Private";
const noTier = "Untiered";

/** The most entities that the Table service answers with at once. */
const entitiesPerPage = 1_000;

type Clients = Pick<StorageClients, "blobs" | "queues" | "tables" | "table">;

/** The contents of an account, listed through its services. */
export function accountContentsOf({ blobs, queues, tables, table }: Clients): AccountContents {
  return {
    containers: async (marker, limit) => {
      const page = await nextPage("containers", blobs.listContainers({ includeSystem: true }), marker, limit);
      return {
        containers: (page?.containerItems ?? []).map(({ name, properties }) => ({
          name,
          accessLevel: accessLevels[properties.publicAccess ?? ""] ?? privateAccess,
        })),
        next: markerOf(page?.continuationToken),
      };
    },
    blobs: async (container, marker, limit) => {
      const options = {
        includeSnapshots: true,
        includeVersions: true,
        includeDeleted: true,
        includeUncommitedBlobs: true,
      };
      const list = blobs.getContainerClient(container).listBlobsFlat(options);
      const page = await nextPage(`blobs of ${container}`, list, marker, limit, "ContainerNotFound");
      return {
        blobs: (page?.segment.blobItems ?? []).map(({ properties }) => ({
          type: properties.blobType ?? "BlockBlob",
          tier: properties.accessTier ?? noTier,
          bytes: properties.contentLength ?? 0,
        })),
        next: markerOf(page?.continuationToken),
      };
    },
    queues: async (marker, limit) => {
      const page = await nextPage("queues", queues.listQueues(), marker, limit);
      return { names: (page?.queueItems ?? []).map(({ name }) => name), next: markerOf(page?.continuationToken) };
    },
    messages: async (queue) => {
      try {
        const { approximateMessagesCount = 0 } = await queues.getQueueClient(queue).getProperties();
        return { items: approximateMessagesCount, next: undefined };
      } catch (error) {
        if (failedWith(error, "QueueNotFound")) return { items: 0, next: undefined };
        throw new Error(`counting messages of ${queue}`, { cause: error });
      }
    },
    tables: async (marker, limit) => {
      const page = await nextPage("tables", tables.listTables(), marker, limit);
      return { names: (page ?? []).flatMap(({ name }) => name ?? []), next: markerOf(page?.continuationToken) };
    },
    entities: async (name, marker) => {
      const list = table(name).listEntities({ queryOptions: { select: ["PartitionKey"] } });
      const page = await nextPage(`entities of ${name}`, list, marker, entitiesPerPage, "TableNotFound");
      return { items: page?.length ?? 0, next: markerOf(page?.continuationToken) };
    },
  };
}

// the last page has an empty one in Blob and Queue Storage, and none in Table Storage
const markerOf = (token: string | undefined): string | undefined => (token === "" ? undefined : token);

interface Paged<Page> {
  byPage(settings: { continuationToken?: string; maxPageSize?: number }): AsyncIterator<Page>;
}

/**
 * One page of an SDK's list.
 * @param gone code of the refusal when what is listed was deleted
 * @returns undefined if it was
 */
async function nextPage<Page extends { readonly continuationToken?: string | undefined }>(
  what: string,
  list: Paged<Page>,
  marker: string | undefined,
  limit: number,
  gone = "",
): Promise<Page | undefined> {
  const settings = { maxPageSize: limit, ...(marker !== undefined && { continuationToken: marker }) };
  try {
    const page = await list.byPage(settings).next();
    return page.done === true ? undefined : page.value;
  } catch (error) {
    if (failedWith(error, gone)) return undefined;
    throw new Error(`listing ${what}`, { cause: error });
  }
}
