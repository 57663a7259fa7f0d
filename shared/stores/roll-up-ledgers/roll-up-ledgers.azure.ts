import type { AppendBlobClient, BlobServiceClient } from "@azure/storage-blob";

import { services } from "../../storage-analytics/log-entry.js";
import { failedWith } from "../azure-error.js";
import { readContent, withContainer } from "../blob-content.js";
import type { LedgerName, LedgerPiece, RollUpLedgers } from "./roll-up-ledgers.js";

export const rollUpContainer = "vigil-rollups";

const hourMs = 3_600_000;

/** `<account>/<service>/YYYY/MM/DD/hh.ledger` */
function blobNameOf({ account, service, hour }: LedgerName): string {
  const [date = "", time = ""] = new Date(hour * hourMs).toISOString().split("T");
  return `${account}/${service}/${date.replaceAll("-", "/")}/${time.slice(0, 2)}.ledger`;
}

const blobName = /^([^/]+)\/([a-z]+)\/(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\.ledger$/;

function parseBlobName(name: string): LedgerName | undefined {
  const [, account, of, year, month, day, hours] = blobName.exec(name) ?? [];
  const service = services.find((known) => known === of);
  const time = Date.parse(`${year ?? ""}-${month ?? ""}-${day ?? ""}T${hours ?? ""}:00:00Z`);
  return account === undefined || service === undefined || Number.isNaN(time)
    ? undefined
    : { account, service, hour: time / hourMs };
}

/** Ledgers as append blobs, each guarded by its ETag. An append blob takes 50,000 records, of up to 100 MiB each. */
export function rollUpLedgersIn(service: BlobServiceClient): RollUpLedgers {
  const container = service.getContainerClient(rollUpContainer);
  let last: AppendBlobClient | undefined;
  /** A client costs as much as half a call, and a ledger is appended to many times in a row. */
  function blobOf(ledger: LedgerName): AppendBlobClient {
    const name = blobNameOf(ledger);
    if (last?.name !== name) last = container.getAppendBlobClient(name);
    return last;
  }

  /** @returns the ETag of a new, empty ledger; undefined if somebody was faster */
  async function create(name: LedgerName): Promise<string | undefined> {
    const blob = blobOf(name);
    try {
      return (await withContainer(container, () => blob.create({ conditions: { ifNoneMatch: "*" } }))).etag;
    } catch (error) {
      if (failedWith(error, "BlobAlreadyExists")) return undefined;
      throw error;
    }
  }

  async function read(name: LedgerName, from: number): Promise<LedgerPiece> {
    // with one byte that is known: to a range that begins at the end Azure answers as to one beyond it, with a refusal,
    // and the emulator with nothing
    const overlap = Math.min(from, 1);
    try {
      const { bytes, etag } = await readContent(blobOf(name), { offset: from - overlap });
      if (bytes.length < overlap) return { kind: "restarted" };
      return { kind: "read", bytes: bytes.subarray(overlap), etag };
    } catch (error) {
      if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return { kind: "not-found" };
      if (failedWith(error, "InvalidRange")) return { kind: "restarted" };
      throw new Error(`reading ledger ${blobNameOf(name)}`, { cause: error });
    }
  }

  return {
    read,
    append: async (name, record, etag) => {
      try {
        const ifMatch = etag ?? (await create(name));
        if (ifMatch === undefined) return { kind: "conflict" };
        const appended = await blobOf(name).appendBlock(record, record.length, { conditions: { ifMatch } });
        return { kind: "appended", etag: appended.etag ?? "" };
      } catch (error) {
        if (failedWith(error, "ConditionNotMet", "BlobNotFound")) return { kind: "conflict" };
        throw new Error(`appending to ledger ${blobNameOf(name)}`, { cause: error });
      }
    },
    list: async function* (account) {
      try {
        for await (const { name } of container.listBlobsFlat({ prefix: `${account}/` })) {
          const ledger = parseBlobName(name);
          if (ledger !== undefined) yield ledger;
        }
      } catch (error) {
        if (!failedWith(error, "ContainerNotFound")) throw new Error(`listing ledgers of ${account}`, { cause: error });
      }
    },
    remove: async (name) => {
      try {
        await blobOf(name).delete();
      } catch (error) {
        if (failedWith(error, "BlobNotFound", "ContainerNotFound")) return;
        throw new Error(`removing ledger ${blobNameOf(name)}`, { cause: error });
      }
    },
  };
}
