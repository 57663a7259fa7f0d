import { type BlobServiceClient } from "@azure/storage-blob";
import { logContainer, logHourPrefix, parseLogBlobName } from "../../../shared/storage-analytics/log-blob.js";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { codeOf, withTimeout } from "./storage-clients.js";

/** What writing the log cost so far, since the process started. */
export interface OwnTraffic {
  requests: number;
  bytes: number;
}

export interface LogBlob {
  readonly content: Buffer;
  readonly md5: Buffer;
  readonly metadata: Record<string, string>;
}

/** `$logs` of one account. Every call throws when storage does not take it. */
export interface LogStore {
  readonly traffic: Readonly<OwnTraffic>;
  /** Makes `$logs` unless it is there. */
  create(): Promise<void>;
  /** Counter of the last log blob in an hour, undefined if there is none. */
  lastCounter(service: Service, hour: Date): Promise<number | undefined>;
  /**
   * Writes a blob unless its name is taken. When an earlier try of the same write got through and its reply was lost,
   * the blob is there with this very content (which holds request ids): that is `written`, not `taken`.
   */
  put(name: string, blob: LogBlob): Promise<"written" | "taken">;
}

/** @param stopped ends requests under way */
export function openLogStore(service: BlobServiceClient, stopped: AbortSignal): LogStore {
  const container = service.getContainerClient(logContainer);
  const traffic: OwnTraffic = { requests: 0, bytes: 0 };
  const counted = async <T>(request: Promise<T>, bytes = 0): Promise<T> => {
    try {
      const reply = await request;
      traffic.requests++;
      traffic.bytes += bytes;
      return reply;
    } catch (error) {
      // a request that nobody answered cost nothing
      if (codeOf(error) !== "") traffic.requests++;
      throw error;
    }
  };

  const makeContainer = async (): Promise<void> => {
    try {
      await counted(container.create({ abortSignal: withTimeout(stopped) }));
    } catch (error) {
      if (codeOf(error) !== "ContainerAlreadyExists") throw error;
    }
  };
  // one try for the logs of all three services; a failed one is forgotten
  let made: Promise<void> | undefined;
  const create = (): Promise<void> => {
    made ??= makeContainer().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };

  const putOnce = async (name: string, { content, md5, metadata }: LogBlob): Promise<"written" | "taken"> => {
    const blob = container.getBlockBlobClient(name);
    try {
      const upload = blob.upload(content, content.length, {
        abortSignal: withTimeout(stopped),
        conditions: { ifNoneMatch: "*" },
        blobHTTPHeaders: { blobContentType: "text/plain", blobContentMD5: md5 },
        metadata,
      });
      await counted(upload, content.length);
      return "written";
    } catch (error) {
      if (codeOf(error) !== "BlobAlreadyExists") throw error;
      const { contentMD5 } = await counted(blob.getProperties({ abortSignal: withTimeout(stopped) }));
      return contentMD5 !== undefined && md5.equals(contentMD5) ? "written" : "taken";
    }
  };

  return {
    traffic,
    create,
    lastCounter: async (kind, hour) => {
      let last: number | undefined;
      const blobs = container.listBlobsFlat({ prefix: logHourPrefix(kind, hour), abortSignal: withTimeout(stopped) });
      try {
        for await (const page of blobs.byPage()) {
          traffic.requests++;
          for (const { name } of page.segment.blobItems) {
            const counter = parseLogBlobName(name)?.counter;
            if (counter !== undefined) last = Math.max(last ?? 0, counter);
          }
        }
      } catch (error) {
        if (codeOf(error) !== "ContainerNotFound") throw error;
      }
      return last;
    },
    put: async (name, blob) => {
      try {
        return await putOnce(name, blob);
      } catch (error) {
        if (codeOf(error) !== "ContainerNotFound") throw error;
        made = undefined;
        await create();
        return await putOnce(name, blob);
      }
    },
  };
}
