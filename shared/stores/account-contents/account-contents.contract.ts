import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";

import type { StorageClients } from "../../runtime/storage-clients.js";
import type { AccountContents } from "./account-contents.js";

export interface AccountContentsFixture {
  readonly contents: AccountContents;
  /** Clients of the same account, which others may use at the same time. */
  readonly clients: StorageClients;
}

const unique = (): string => `c${randomBytes(8).toString("hex")}`;

/** All pages of a list, and how many there were. */
async function all<T>(
  list: (marker: string | undefined) => Promise<{ readonly next: string | undefined } & T>,
): Promise<T[]> {
  const pages: T[] = [];
  let marker: string | undefined;
  do {
    const page = await list(marker);
    pages.push(page);
    marker = page.next;
  } while (marker !== undefined);
  return pages;
}

/** @param open called once per test; may give the same account each time */
export const accountContentsContract = (name: string, open: () => Promise<AccountContentsFixture>): void => {
  describe(`${name} tells what an account holds`, () => {
    test("containers come page by page, $logs among them, with what strangers may read", async () => {
      const { contents, clients } = await open();
      const [one, two] = [unique(), unique()];
      await clients.blobs.createContainer(one);
      await clients.blobs.createContainer(two, { access: "container" });
      await clients.blobs.getContainerClient("$logs").createIfNotExists();
      const pages = await all((marker) => contents.containers(marker, 1));
      expect(pages.every(({ containers }) => containers.length === 1)).toBe(true);
      const containers = pages.flatMap((page) => page.containers);
      expect(containers).toEqual(
        expect.arrayContaining([
          { name: one, accessLevel: "Private" },
          { name: two, accessLevel: "Container" },
          { name: "$logs", accessLevel: "Private" },
        ]),
      );
    });

    test("blobs come page by page, with snapshots and those whose blocks were never committed", async () => {
      const { contents, clients } = await open();
      const container = clients.blobs.getContainerClient(unique());
      await container.create();
      await container.getBlockBlobClient("a").upload("12345", 5);
      await container.getBlockBlobClient("a").createSnapshot();
      await container.getBlockBlobClient("b").upload("123", 3, { tier: "Cool" });
      await container.getBlockBlobClient("c").stageBlock("AAAA", "1234567", 7);
      await container.getPageBlobClient("d").create(1024);
      await container.getAppendBlobClient("e").create();
      const pages = await all((marker) => contents.blobs(container.containerName, marker, 2));
      expect(pages.length).toBe(3);
      const blobs = pages.flatMap((page) => page.blobs);
      expect(blobs.map(({ type, tier }) => `${type} ${tier}`).sort()).toEqual([
        "AppendBlob Untiered",
        "BlockBlob Cool",
        "BlockBlob Hot",
        "BlockBlob Hot",
        "BlockBlob Untiered", // the one that is not committed has none yet
        "PageBlob Untiered",
      ]);
      // nothing says how large blocks are that were not committed
      expect(blobs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(5 + 5 + 3 + 1024);
    });

    test("queues and tables come page by page, with their messages and entities", async () => {
      const { contents, clients } = await open();
      const [one, two] = [unique(), unique()];
      for (const each of [one, two]) {
        await clients.queues.createQueue(each);
        await clients.tables.createTable(each);
      }
      await clients.queues.getQueueClient(one).sendMessage("x");
      const rows = Array.from({ length: 3 }, (_, index) => ({ partitionKey: "p", rowKey: `${index}` }));
      for (const row of rows) await clients.table(two).createEntity(row);
      // the emulator's pages of queues overlap and leave some out: one page, then
      const queues = await all((marker) => contents.queues(marker, 1_000));
      expect(queues.flatMap(({ names }) => names)).toEqual(expect.arrayContaining([one, two]));
      const tables = await all((marker) => contents.tables(marker, 1));
      expect(tables.flatMap(({ names }) => names)).toEqual(expect.arrayContaining([one, two]));
      expect(await contents.messages(one)).toEqual({ items: 1, next: undefined });
      const entities = await all((marker) => contents.entities(two, marker));
      expect(entities.reduce((sum, { items }) => sum + items, 0)).toBe(3);
    });

    test("what is gone holds nothing", async () => {
      const { contents } = await open();
      expect(await contents.blobs(unique(), undefined, 10)).toEqual({ blobs: [], next: undefined });
      expect(await contents.messages(unique())).toEqual({ items: 0, next: undefined });
      expect(await contents.entities(unique(), undefined)).toEqual({ items: 0, next: undefined });
    });
  });
};
