import { BlobSASPermissions, type BlobClient } from "@azure/storage-blob";
import type { Clients } from "./clients.js";
import type { Draw, ServiceSteps, Step } from "./workload.js";

const preparedBlobs = 8;
const blocks = 3;
const blockSize = 64 * 1024;
const page = 512;
const hour = 60 * 60_000;

/** What programs do to the Blob service: by key, by SAS, anonymously, and wrongly. */
export function blobSteps(clients: Clients, name: string): ServiceSteps {
  const step = (rest: Omit<Step, "service" | "weight"> & { readonly weight?: number }): Step => ({
    weight: 2,
    ...rest,
    service: "blob",
  });
  const container = clients.blobs.getContainerClient(name);
  const someBlob = ({ random }: Draw) => `prepared/${Math.floor(random() * preparedBlobs)}.txt`;
  const newBlob = ({ number }: Draw) => `new/${number} ü;"&.bin`;
  const content = ({ random }: Draw) => Buffer.alloc(1 + Math.floor(random() * 4096), "vigil ");
  const bySas = async (blob: string, permissions: string): Promise<BlobClient> => {
    const expiresOn = new Date(Date.now() + hour);
    const signing = { permissions: BlobSASPermissions.parse(permissions), expiresOn };
    return clients.blobAt(await container.getBlobClient(blob).generateSasUrl(signing));
  };

  return {
    prepare: [
      step({ operations: ["CreateContainer"], run: () => container.create({ access: "blob" }) }),
      ...Array.from({ length: preparedBlobs }, (_, index) =>
        step({
          operations: ["PutBlob"],
          run: (draw) => {
            const bytes = content(draw);
            return container.getBlockBlobClient(`prepared/${index}.txt`).upload(bytes, bytes.length);
          },
        }),
      ),
    ],
    mix: [
      step({
        weight: 12,
        operations: ["PutBlob"],
        run: (draw) => {
          const bytes = content(draw);
          return container.getBlockBlobClient(newBlob(draw)).upload(bytes, bytes.length);
        },
      }),
      step({
        operations: ["PutBlock", "PutBlockList"],
        requests: blocks + 1,
        run: (draw) =>
          container.getBlockBlobClient(newBlob(draw)).uploadData(Buffer.alloc(blocks * blockSize), {
            blockSize,
            maxSingleShotSize: blockSize,
            // one after another: the order of requests is the order of the operations above
            concurrency: 1,
          }),
      }),
      step({
        weight: 20,
        operations: ["GetBlob"],
        run: (draw) => container.getBlobClient(someBlob(draw)).downloadToBuffer(0, 1),
      }),
      step({
        weight: 4,
        operations: ["GetBlob"],
        run: (draw) => bySas(someBlob(draw), "r").then((blob) => blob.downloadToBuffer(0, 1)),
      }),
      step({
        weight: 4,
        operations: ["GetBlob"],
        run: (draw) => clients.blobAt(container.getBlobClient(someBlob(draw)).url).downloadToBuffer(0, 1),
      }),
      step({
        weight: 8,
        operations: ["GetBlobProperties"],
        run: (draw) => container.getBlobClient(someBlob(draw)).getProperties(),
      }),
      step({
        operations: ["SetBlobMetadata"],
        run: (draw) => container.getBlobClient(someBlob(draw)).setMetadata({ draw: String(draw.number) }),
      }),
      step({
        operations: ["SetBlobProperties"],
        run: (draw) => container.getBlobClient(someBlob(draw)).setHTTPHeaders({ blobContentType: "text/plain" }),
      }),
      step({
        operations: ["SetBlobTags", "GetBlobTags"],
        run: async (draw) => {
          const blob = container.getBlobClient(someBlob(draw));
          await blob.setTags({ draw: String(draw.number) });
          await blob.getTags();
        },
      }),
      step({
        operations: ["SnapshotBlob"],
        run: (draw) => container.getBlobClient(someBlob(draw)).createSnapshot(),
      }),
      step({
        operations: ["AcquireBlobLease", "ReleaseBlobLease"],
        run: async (draw) => {
          const lease = container.getBlobClient(someBlob(draw)).getBlobLeaseClient();
          await lease.acquireLease(15);
          await lease.releaseLease();
        },
      }),
      step({
        operations: ["PutBlob", "AppendBlock"],
        run: async (draw) => {
          const log = container.getAppendBlobClient(newBlob(draw));
          await log.create();
          await log.appendBlock("a line\n", 7);
        },
      }),
      step({
        operations: ["PutBlob", "PutPage", "ClearPage", "GetPageRanges"],
        run: async (draw) => {
          const disk = container.getPageBlobClient(newBlob(draw));
          await disk.create(4 * page);
          await disk.uploadPages(Buffer.alloc(2 * page, 1), 0, 2 * page);
          await disk.clearPages(0, page);
          await disk.getPageRanges();
        },
      }),
      step({
        operations: ["CopyBlob"],
        run: async (draw) => {
          const source = container.getBlobClient(someBlob(draw)).url;
          const copy = await container.getBlobClient(newBlob(draw)).beginCopyFromURL(source);
          return copy.pollUntilDone();
        },
      }),
      step({
        operations: ["PutBlob", "PutBlob", "SubmitBatch"],
        run: async (draw) => {
          const pair = [1, 2].map((half) => container.getBlockBlobClient(`batch/${draw.number}-${half}`));
          for (const blob of pair) await blob.upload("x", 1);
          await container.getBlobBatchClient().deleteBlobs(pair);
        },
      }),
      step({
        weight: 4,
        operations: ["PutBlob", "DeleteBlob"],
        run: async (draw) => {
          const blob = container.getBlockBlobClient(newBlob(draw));
          await blob.upload("x", 1);
          await blob.delete();
        },
      }),
      step({
        weight: 4,
        operations: ["ListBlobs"],
        run: () => container.listBlobsFlat({ prefix: "prepared/" }).byPage().next(),
      }),
      step({ operations: ["ListContainers"], run: () => clients.blobs.listContainers().byPage().next() }),
      step({
        operations: ["GetBlobProperties", "GetBlob"],
        fails: 304,
        run: async (draw) => {
          const blob = container.getBlobClient(someBlob(draw));
          const { etag } = await blob.getProperties();
          await blob.download(0, undefined, { conditions: { ifNoneMatch: etag ?? "" } });
        },
      }),
      step({
        operations: ["PutBlob"],
        fails: 412,
        run: (draw) =>
          container.getBlockBlobClient(someBlob(draw)).upload("x", 1, { conditions: { ifMatch: '"0x0"' } }),
      }),
      step({
        weight: 4,
        operations: ["GetBlob"],
        fails: 404,
        run: (draw) => container.getBlobClient(`missing/${draw.number}`).download(),
      }),
      step({
        // not a blob of this public container: Azurite serves those whatever the signature says
        operations: ["ListBlobs"],
        fails: 403,
        run: () => clients.blobsWithWrongKey.getContainerClient(name).listBlobsFlat().byPage().next(),
      }),
      step({
        operations: ["DeleteBlob"],
        fails: 403,
        run: (draw) => bySas(someBlob(draw), "r").then((blob) => blob.delete()),
      }),
      step({
        operations: ["GetBlob"],
        fails: 404,
        logged: false,
        run: (draw) => clients.blobAt(container.getBlobClient(`missing/${draw.number}`).url).download(),
      }),
    ],
    cleanUp: [step({ operations: ["DeleteContainer"], run: () => container.delete() })],
  };
}
