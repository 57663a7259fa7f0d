import { randomUUID } from "node:crypto";

import { type BlobLeaseClient, type BlockBlobClient, type ContainerClient } from "@azure/storage-blob";

import { storageErrorCode, storageStatus } from "../storage/storage-clients.js";
import { isGone, ownIdentity, type ProcessIdentity } from "./process-identity.js";

export type Acquired =
  | { readonly kind: "acquired"; readonly tookOverFrom: number | undefined }
  | { readonly kind: "held"; readonly by: string };

/** A renewal that failed is tried again this soon (§7.6). */
const renewRetryMs = 1_000;

/** The listener lock of one timer function: a lease on an empty blob, renewed at half-life (§7.6).
 * The holder's process and lease id stand in the blob's metadata, so that a later process of the same machine takes over
 * the lease of a dead one at once. Changing the lease id does it: of two that try, the service lets only one succeed.
 */
export class SingletonLease {
  readonly #blob: BlockBlobClient;
  readonly #container: ContainerClient;
  readonly #leaseMs: number;
  readonly #onLost: (reason: string) => void;
  readonly #identity: ProcessIdentity;
  #lease: BlobLeaseClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #validUntil = 0;

  /** @param leaseMs 15 to 60 seconds, as the service demands */
  constructor(container: ContainerClient, blobName: string, leaseMs: number, onLost: (reason: string) => void) {
    this.#container = container;
    this.#blob = container.getBlockBlobClient(blobName);
    this.#leaseMs = leaseMs;
    this.#onLost = onLost;
    this.#identity = ownIdentity();
  }

  async acquire(): Promise<Acquired> {
    const leaseId = randomUUID();
    let lease = this.#blob.getBlobLeaseClient(leaseId);
    let tookOverFrom: number | undefined;
    const asked = performance.now();
    try {
      await this.#acquireOrCreate(lease);
    } catch (error) {
      if (storageErrorCode(error) !== "LeaseAlreadyPresent") throw error;
      const holder = await this.#holder();
      if (holder === undefined || !isGone(holder.identity, this.#identity))
        return { kind: "held", by: describe(holder) };
      lease = this.#blob.getBlobLeaseClient(holder.leaseId);
      try {
        await lease.changeLease(leaseId);
        await lease.renewLease();
      } catch (takeOverError) {
        if (storageStatus(takeOverError) !== 409) throw takeOverError;
        return { kind: "held", by: "another host that took it over in the same moment" };
      }
      tookOverFrom = holder.identity.pid;
    }
    await this.#blob.setMetadata(toMetadata(this.#identity, leaseId), { conditions: { leaseId } });
    this.#lease = lease;
    this.#validUntil = asked + this.#leaseMs;
    this.#schedule(this.#leaseMs / 2);
    return { kind: "acquired", tookOverFrom };
  }

  async release(): Promise<void> {
    clearTimeout(this.#timer);
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.releaseLease();
  }

  async #acquireOrCreate(lease: BlobLeaseClient): Promise<void> {
    const seconds = Math.round(this.#leaseMs / 1_000);
    try {
      await lease.acquireLease(seconds);
    } catch (error) {
      if (storageStatus(error) !== 404) throw error;
      await this.#container.createIfNotExists();
      try {
        await this.#blob.upload("", 0, { conditions: { ifNoneMatch: "*" } });
      } catch (uploadError) {
        // another host was quicker
        if (!["BlobAlreadyExists", "LeaseIdMissing"].includes(storageErrorCode(uploadError) ?? "")) throw uploadError;
      }
      await lease.acquireLease(seconds);
    }
  }

  async #holder(): Promise<Holder | undefined> {
    const { metadata } = await this.#blob.getProperties();
    return fromMetadata(metadata ?? {});
  }

  #schedule(ms: number): void {
    this.#timer = setTimeout(() => void this.#renew(), ms);
  }

  async #renew(): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined) return;
    const asked = performance.now();
    try {
      await lease.renewLease();
      if (this.#lease !== lease) return;
      this.#validUntil = asked + this.#leaseMs;
      this.#schedule(this.#leaseMs / 2);
    } catch (error) {
      if (this.#lease !== lease) return;
      const status = storageStatus(error);
      if (status === 404 || status === 409 || status === 412) this.#lose("somebody else has it");
      else if (performance.now() + renewRetryMs > this.#validUntil) this.#lose("storage does not answer");
      else this.#schedule(renewRetryMs);
    }
  }

  #lose(reason: string): void {
    this.#lease = undefined;
    this.#onLost(reason);
  }
}

type Holder = { readonly identity: ProcessIdentity; readonly leaseId: string };

function toMetadata(identity: ProcessIdentity, leaseId: string): Record<string, string> {
  return { machine: identity.machine, pid: String(identity.pid), started: identity.started, leaseid: leaseId };
}

function fromMetadata(metadata: Readonly<Record<string, string>>): Holder | undefined {
  const { machine, pid, started = "", leaseid } = metadata;
  if (machine === undefined || pid === undefined || leaseid === undefined) return undefined;
  return { identity: { machine, pid: Number(pid), started }, leaseId: leaseid };
}

function describe(holder: Holder | undefined): string {
  if (holder === undefined) return "another host";
  return `the host with process id ${holder.identity.pid} (machine ${holder.identity.machine})`;
}
