import fc from "fast-check";
import { expect, test } from "vitest";

import { SeriesCollector } from "../metrics/series-query.js";
import {
  addBlobPage,
  addContainerPage,
  capacityCounts,
  nextCapacityStep,
  noCapacityCounted,
  type CapacityProgress,
} from "./capacity-count.js";
import { blobCapacitySeries } from "./capacity-series.js";

interface Container {
  readonly name: string;
  readonly accessLevel: string;
  readonly blobs: readonly { readonly type: string; readonly tier: string; readonly bytes: number }[];
}

/** An account that is listed in pages of a few. */
function pageOf<T>(
  all: readonly T[],
  marker: string | undefined,
  limit: number,
): { page: readonly T[]; next: string | undefined } {
  const start = Number(marker ?? 0);
  const end = start + limit;
  return { page: all.slice(start, end), next: end < all.length ? `${end}` : undefined };
}

function countOn(
  progress: CapacityProgress,
  account: readonly Container[],
  pageSize: number,
): CapacityProgress | undefined {
  const step = nextCapacityStep(progress);
  switch (step.kind) {
    case "list-containers": {
      const { page, next } = pageOf(account, step.marker, pageSize);
      return addContainerPage(progress, { containers: page, next });
    }
    case "list-blobs": {
      const blobs = account.find(({ name }) => name === step.container)?.blobs ?? [];
      const { page, next } = pageOf(blobs, step.marker, pageSize);
      return addBlobPage(progress, { blobs: page, next });
    }
    default:
      return undefined;
  }
}

const blob = fc.record({
  type: fc.constantFrom("BlockBlob", "PageBlob"),
  tier: fc.constantFrom("Hot", "Archive", "Untiered"),
  bytes: fc.nat(),
});
const account = fc
  .array(fc.record({ accessLevel: fc.constantFrom("Private", "Blob"), blobs: fc.array(blob, { maxLength: 12 }) }), {
    maxLength: 8,
  })
  .chain((containers) =>
    fc
      .boolean()
      .map((logged) => [
        ...(logged
          ? [{ name: "$logs", accessLevel: "Private", blobs: [{ type: "BlockBlob", tier: "Hot", bytes: 7 }] }]
          : []),
        ...containers.map((each, index): Container => ({ name: `c${index}`, ...each })),
      ]),
  );

test("page by page, through as many hands as there are pages, every blob and container is counted once", () => {
  fc.assert(
    fc.property(account, fc.integer({ min: 1, max: 5 }), (containers, pageSize) => {
      let progress = noCapacityCounted;
      for (
        let next: CapacityProgress | undefined = progress;
        next !== undefined;
        next = countOn(progress, containers, pageSize)
      ) {
        expect(next.step).toBeGreaterThanOrEqual(progress.step);
        progress = JSON.parse(JSON.stringify(next)) as CapacityProgress; // it is kept as JSON
      }
      const users = containers.filter(({ name }) => name !== "$logs");
      const blobs = users.flatMap((each) => each.blobs);
      const logged = containers.length > users.length;
      expect(capacityCounts(progress)).toEqual({
        data: {
          capacity: blobs.reduce((sum, { bytes }) => sum + bytes, 0),
          containers: users.length,
          objects: blobs.length,
        },
        analytics: { capacity: logged ? 7 : 0, containers: logged ? 1 : 0, objects: logged ? 1 : 0 },
      });
      const metrics = ["BlobCapacity", "BlobCount", "ContainerCount"];
      const collector = new SeriesCollector({ metrics, filter: [], splitBy: [], from: 0, to: 60, grain: 60 });
      for (const each of blobCapacitySeries(progress, 0)) collector.add(each);
      const count = collector
        .series()
        .find(({ metric }) => metric === "BlobCount")
        ?.points.get(0)?.sum;
      expect(count ?? 0).toBe(blobs.length);
    }),
  );
});

test("a container that is deleted while it is counted is over", () => {
  const listed = addContainerPage(noCapacityCounted, {
    containers: [{ name: "gone", accessLevel: "Private" }],
    next: undefined,
  });
  expect(nextCapacityStep(addBlobPage(listed, { blobs: [], next: undefined }))).toEqual({ kind: "done" });
});
