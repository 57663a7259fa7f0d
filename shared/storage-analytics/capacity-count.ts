import { type CapacityCounts, type CapacityKind } from "./capacity-row.js";
import { logContainer } from "./log-blob.js";

/** Containers whose names are kept between two steps; with names of 63 letters this is 6 KB of progress. */
export const containersPerPage = 100;
/** Blobs of one page; the most that List Blobs gives. */
export const blobsPerPage = 5_000;

/** Bytes and number of the blobs of one type and tier. */
export interface CountedBlobs {
  readonly bytes: number;
  readonly blobs: number;
}

/**
 * How far the blobs of an account are counted, small enough for a row or a message. Whoever holds it can go on: after
 * each page there is a new one, and counting a page twice from the same progress gives the same.
 */
export interface CapacityProgress {
  /** Pages so far: a message for an earlier step than the one that was saved is superseded. */
  readonly step: number;
  /** Containers that are still to be counted, the current one first. */
  readonly containers: readonly string[];
  /** Where the next page of blobs of the first one begins; undefined: at its start. */
  readonly blobMarker: string | undefined;
  /** Where the next page of containers begins; undefined: at the start. */
  readonly containerMarker: string | undefined;
  readonly containersListed: boolean;
  /** Containers of users by access level: `Private`, `Blob`, `Container`. */
  readonly containerCounts: Readonly<Record<string, number>>;
  /** Blobs of users by `<type> <tier>`. */
  readonly data: Readonly<Record<string, CountedBlobs>>;
  readonly analytics: CountedBlobs;
  readonly hasAnalytics: boolean;
}

export const noCapacityCounted: CapacityProgress = {
  step: 0,
  containers: [],
  blobMarker: undefined,
  containerMarker: undefined,
  containersListed: false,
  containerCounts: {},
  data: {},
  analytics: { bytes: 0, blobs: 0 },
  hasAnalytics: false,
};

/** The page that is to be listed next. */
export type CapacityStep =
  | { readonly kind: "list-containers"; readonly marker: string | undefined; readonly limit: number }
  | {
      readonly kind: "list-blobs";
      readonly container: string;
      readonly marker: string | undefined;
      readonly limit: number;
    }
  | { readonly kind: "done" };

export function nextCapacityStep({
  containers,
  blobMarker,
  containerMarker,
  containersListed,
}: CapacityProgress): CapacityStep {
  const [container] = containers;
  if (container !== undefined) return { kind: "list-blobs", container, marker: blobMarker, limit: blobsPerPage };
  return containersListed
    ? { kind: "done" }
    : { kind: "list-containers", marker: containerMarker, limit: containersPerPage };
}

export interface ContainerPage {
  /** `$logs` among them, if there is one. */
  readonly containers: readonly { readonly name: string; readonly accessLevel: string }[];
  /** undefined after the last page. */
  readonly next: string | undefined;
}

export interface BlobPage {
  /** Snapshots, versions and uncommitted blobs are blobs of their own. */
  readonly blobs: readonly { readonly type: string; readonly tier: string; readonly bytes: number }[];
  /** undefined after the last page, and for a container that is gone. */
  readonly next: string | undefined;
}

export function addContainerPage(progress: CapacityProgress, { containers, next }: ContainerPage): CapacityProgress {
  const counts: Record<string, number> = { ...progress.containerCounts };
  for (const { name, accessLevel } of containers) {
    if (name !== logContainer) counts[accessLevel] = (counts[accessLevel] ?? 0) + 1;
  }
  return {
    ...progress,
    step: progress.step + 1,
    containers: containers.map(({ name }) => name),
    containerMarker: next,
    containersListed: next === undefined,
    containerCounts: counts,
    hasAnalytics: progress.hasAnalytics || containers.some(({ name }) => name === logContainer),
  };
}

export function addBlobPage(progress: CapacityProgress, { blobs, next }: BlobPage): CapacityProgress {
  const [container, ...others] = progress.containers;
  const data: Record<string, CountedBlobs> = { ...progress.data };
  let { analytics } = progress;
  for (const { type, tier, bytes } of blobs) {
    if (container === logContainer) {
      analytics = addBlob(analytics, bytes);
    } else {
      const key = `${type} ${tier}`;
      data[key] = addBlob(data[key], bytes);
    }
  }
  return {
    ...progress,
    step: progress.step + 1,
    containers: next === undefined ? others : progress.containers,
    blobMarker: next,
    data,
    analytics,
  };
}

const addBlob = (counted: CountedBlobs = { bytes: 0, blobs: 0 }, bytes: number): CountedBlobs => ({
  bytes: counted.bytes + bytes,
  blobs: counted.blobs + 1,
});

/** What the rows of `$MetricsCapacityBlob` say, once all is counted. */
export function capacityCounts(progress: CapacityProgress): Readonly<Record<CapacityKind, CapacityCounts>> {
  const data = Object.values(progress.data);
  return {
    data: {
      capacity: data.reduce((sum, { bytes }) => sum + bytes, 0),
      containers: Object.values(progress.containerCounts).reduce((sum, count) => sum + count, 0),
      objects: data.reduce((sum, { blobs }) => sum + blobs, 0),
    },
    analytics: {
      capacity: progress.analytics.bytes,
      containers: progress.hasAnalytics ? 1 : 0,
      objects: progress.analytics.blobs,
    },
  };
}
