import type { BlobServiceClient } from "@azure/storage-blob";
import { Readable } from "node:stream";

import { logContainer, parseLogBlobMetadata, parseLogBlobName } from "../../storage-analytics/log-blob.js";
import { failedWith, storageErrorCode } from "../azure-error.js";
import type { ListedLogBlob, RemovableLogBlobs } from "./log-blobs.js";

/** The most that List Blobs answers with at once. */
const pageSize = 5_000;

/** What refusals to delete mean. Trying again does not change them. */
const refusals: ReadonlyMap<string, "held" | "forbidden"> = new Map([
  ["BlobImmutableDueToPolicy", "held"],
  ["LeaseIdMissing", "held"],
  ["AuthorizationFailure", "forbidden"],
  ["AuthorizationPermissionMismatch", "forbidden"],
  ["InsufficientAccountPermissions", "forbidden"],
]);

const unquote = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

/** `$logs` in Blob Storage. */
export function logBlobsIn(service: BlobServiceClient): RemovableLogBlobs {
  const container = service.getContainerClient(logContainer);
  return {
    page: async (prefix, from, abortSignal) => {
      const options = { prefix, includeMetadata: true, ...(abortSignal && { abortSignal }) };
      const pages = container
        .listBlobsFlat(options)
        .byPage({ maxPageSize: pageSize, ...(from !== undefined && { continuationToken: from }) });
      try {
        const page = await pages.next();
        if (page.done === true) return { blobs: [], next: undefined };
        const { segment, continuationToken = "" } = page.value;
        const blobs = segment.blobItems.flatMap((item): ListedLogBlob[] => {
          const parsed = parseLogBlobName(item.name);
          if (parsed === undefined) return [];
          const { name, properties, metadata = {} } = item;
          const { etag, contentLength = 0 } = properties;
          return [{ name, parsed, etag: unquote(etag), size: contentLength, metadata: parseLogBlobMetadata(metadata) }];
        });
        return { blobs, next: continuationToken === "" ? undefined : continuationToken };
      } catch (error) {
        // the container appears when logging is first switched on
        if (failedWith(error, "ContainerNotFound")) return { blobs: [], next: undefined };
        throw new Error(`listing log blobs ${prefix}`, { cause: error });
      }
    },
    open: async (name, range, abortSignal) => {
      try {
        const options = abortSignal && { abortSignal };
        const {
          readableStreamBody,
          etag,
          contentLength = 0,
        } = await container.getBlobClient(name).download(range?.offset, range?.length, options);
        if (!(readableStreamBody instanceof Readable)) throw new Error("the answer has no stream");
        return { kind: "open", etag: unquote(etag), size: contentLength, content: readableStreamBody };
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return { kind: "not-found" };
        throw new Error(`opening log blob ${name}`, { cause: error });
      }
    },
    remove: async (name, etag) => {
      try {
        await container
          .getBlobClient(name)
          .delete({ conditions: { ifMatch: `"${etag}"` }, deleteSnapshots: "include" });
        return { kind: "removed" };
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound", "ConditionNotMet")) return { kind: "gone" };
        const reason = storageErrorCode(error) ?? "";
        const kind = refusals.get(reason);
        if (kind !== undefined) return { kind, reason };
        throw new Error(`deleting log blob ${name}`, { cause: error });
      }
    },
  };
}
