import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";

import { formatLogBlobMetadata } from "../../storage-analytics/log-blob.js";
import { listLogBlobs, type RemovableLogBlobs } from "./log-blobs.js";

/** An account's `$logs` and a way to file blobs there, as Azure does. */
export interface LogBlobsFixture {
  readonly logBlobs: RemovableLogBlobs;
  put(name: string, content: string, metadata?: Record<string, string>): Promise<void>;
  remove(name: string): Promise<void>;
  /** @returns what gives the lease back */
  lease(name: string): Promise<() => Promise<void>>;
}

const metadata = {
  logTypes: ["read", "write"],
  startTime: new Date("2026-01-01T10:00:01Z"),
  endTime: new Date("2026-01-01T10:04:59Z"),
  version: "1.0",
} as const;

/** What every view on log blobs does. @param open one of an account without `$logs` */
export const logBlobsContract = (name: string, open: () => Promise<LogBlobsFixture>): void => {
  describe(`${name} shows log blobs`, () => {
    let fixture: LogBlobsFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    const names = async (prefix: string): Promise<string[]> =>
      (await listLogBlobs(fixture.logBlobs, prefix)).map((blob) => blob.name);

    test("an account without $logs has none", async () => {
      expect(await fixture.logBlobs.page("")).toEqual({ blobs: [], next: undefined });
      expect(await fixture.logBlobs.open("blob/2026/01/01/1000/000000.log")).toEqual({ kind: "not-found" });
    });

    test("a prefix selects, names sort, and what is no log blob is left out", async () => {
      for (const each of [
        "blob/2026/01/01/1000/000001.log",
        "blob/2026/01/01/1000/000000.log",
        "blob/2026/01/01/1100/000000.log",
        "blob/2026/01/01/1000/readme.txt",
        "queue/2026/01/01/1000/000000.log",
      ]) {
        await fixture.put(each, "x");
      }
      expect(await names("blob/2026/01/01/1000/")).toEqual([
        "blob/2026/01/01/1000/000000.log",
        "blob/2026/01/01/1000/000001.log",
      ]);
      expect((await names("")).length).toBe(4);
    });

    test("a listing tells size, metadata and the ETag that opening tells", async () => {
      const blob = "blob/2026/01/01/1000/000000.log";
      await fixture.put(blob, "12345", formatLogBlobMetadata(metadata));
      const [listed] = await listLogBlobs(fixture.logBlobs, "blob/");
      const opened = await fixture.logBlobs.open(blob);
      if (opened.kind !== "open") throw new Error("it is there");
      expect((await buffer(opened.content)).toString()).toBe("12345");
      expect(listed).toMatchObject({ name: blob, size: 5, metadata, etag: opened.etag });
      expect(opened.etag).toMatch(/^[A-Za-z0-9_-]+$/);
    });

    test("a blob without the documented metadata is listed without", async () => {
      await fixture.put("blob/2026/01/01/1000/000000.log", "x", { LogType: "everything" });
      expect((await listLogBlobs(fixture.logBlobs, "blob/"))[0]?.metadata).toBeUndefined();
    });

    test("a range of a blob can be read", async () => {
      await fixture.put("blob/2026/01/01/1000/000000.log", "0123456789");
      const opened = await fixture.logBlobs.open("blob/2026/01/01/1000/000000.log", { offset: 3, length: 4 });
      if (opened.kind !== "open") throw new Error("it is there");
      expect((await buffer(opened.content)).toString()).toBe("3456");
      expect(opened.size).toBe(4);
    });

    test("an empty blob can be read", async () => {
      await fixture.put("blob/2026/01/01/1000/000000.log", "");
      const opened = await fixture.logBlobs.open("blob/2026/01/01/1000/000000.log");
      if (opened.kind !== "open") throw new Error("it is there");
      expect((await buffer(opened.content)).length).toBe(0);
    });

    test("a blob is removed as it was listed, and only once", async () => {
      const blob = "blob/2026/01/01/1000/000000.log";
      await fixture.put(blob, "one");
      const [listed] = await listLogBlobs(fixture.logBlobs, "blob/");
      await fixture.remove(blob);
      await fixture.put(blob, "another");
      expect(await fixture.logBlobs.remove(blob, listed?.etag ?? "")).toEqual({ kind: "gone" });
      const [again] = await listLogBlobs(fixture.logBlobs, "blob/");
      expect(await fixture.logBlobs.remove(blob, again?.etag ?? "")).toEqual({ kind: "removed" });
      expect(await fixture.logBlobs.remove(blob, again?.etag ?? "")).toEqual({ kind: "gone" });
    });

    test("a blob that a lease holds stays, with the reason", async () => {
      const blob = "blob/2026/01/01/1000/000000.log";
      await fixture.put(blob, "one");
      const release = await fixture.lease(blob);
      const [listed] = await listLogBlobs(fixture.logBlobs, "blob/");
      const removed = await fixture.logBlobs.remove(blob, listed?.etag ?? "");
      expect(removed).toEqual({ kind: "held", reason: "LeaseIdMissing" });
      await release();
    });

    test("a deleted blob is not found, and other content has another ETag", async () => {
      const blob = "blob/2026/01/01/1000/000000.log";
      await fixture.put(blob, "one");
      const [before] = await listLogBlobs(fixture.logBlobs, "blob/");
      await fixture.remove(blob);
      expect(await fixture.logBlobs.open(blob)).toEqual({ kind: "not-found" });
      await fixture.put(blob, "two");
      const [after] = await listLogBlobs(fixture.logBlobs, "blob/");
      expect(after?.etag).not.toBe(before?.etag);
    });
  });
};
