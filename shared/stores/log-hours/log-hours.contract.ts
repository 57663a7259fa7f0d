import { beforeEach, describe, expect, test } from "vitest";

import { formatLogBlobName } from "../../storage-analytics/log-blob.js";
import type { Service } from "../../storage-analytics/log-entry.js";
import type { ListedLogBlob } from "../log-blobs/log-blobs.js";
import { maxKeptBlobs, type ListedLogHour, type LogHour, type LogHours } from "./log-hours.js";

const start = Date.UTC(2026, 0, 31, 10);
const hour = (hours: number, service: Service = "blob"): LogHour => ({
  service,
  hour: new Date(start + hours * 3_600_000),
});
const listed = (of: LogHour, blobs = 2, etag = "0x8D"): ListedLogHour => ({
  ...of,
  blobs: Array.from({ length: blobs }, (_, counter): ListedLogBlob => {
    const parsed = { service: of.service, hour: of.hour, counter };
    const metadata = {
      logTypes: ["read", "delete"],
      startTime: new Date(of.hour.getTime() - 1_000),
      endTime: new Date(of.hour.getTime() + counter * 1_000),
      version: counter % 2 === 0 ? "1.0" : "2.0",
    } as const;
    const name = formatLogBlobName(parsed);
    return { name, parsed, etag, size: 1_000, metadata: counter === 1 ? undefined : metadata };
  }),
});

/** What every keeper of hours does. @param open a new, empty one */
export const logHoursContract = (name: string, open: () => Promise<LogHours>): void => {
  describe(`${name} keeps the listings of hours`, () => {
    let hours: LogHours;
    beforeEach(async () => {
      hours = await open();
    });
    const kept = async (service: Service = "blob", account = "account"): Promise<number[]> =>
      [...(await hours.read(account, service, hour(-50).hour, hour(50).hour)).keys()].map(
        (time) => (time - start) / 3_600_000,
      );

    test("nothing is kept at first", async () => {
      expect(await kept()).toEqual([]);
    });

    test("a listing comes back as it was", async () => {
      await hours.replace("account", undefined, undefined, [listed(hour(0), 5)]);
      const found = await hours.read("account", "blob", hour(0).hour, hour(1).hour);
      expect(found).toEqual(new Map([[start, listed(hour(0), 5).blobs]]));
    });

    test("a range gives its hours alone, of one service and account", async () => {
      const all = [0, 1, 2, 3].map((each) => listed(hour(each)));
      await hours.replace("account", undefined, undefined, [...all, listed(hour(1, "table"))]);
      expect([...(await hours.read("account", "blob", hour(1).hour, hour(3).hour)).keys()].length).toBe(2);
      expect(await kept("table")).toEqual([1]);
      expect(await kept("queue")).toEqual([]);
      expect(await kept("blob", "other")).toEqual([]);
    });

    test("a span is made what was listed; beside it everything stays", async () => {
      await hours.replace(
        "account",
        undefined,
        undefined,
        [0, 1, 2, 3, 4].map((each) => listed(hour(each))).concat(listed(hour(2, "queue"))),
      );
      await hours.replace("account", hour(0), hour(3), [listed(hour(3), 3)]);
      expect(await kept()).toEqual([0, 3, 4]);
      expect(await kept("queue")).toEqual([2]);
      const found = await hours.read("account", "blob", hour(3).hour, hour(4).hour);
      expect(found.get(hour(3).hour.getTime())).toEqual(listed(hour(3), 3).blobs);
      await hours.replace("account", hour(3), undefined, []);
      expect(await kept()).toEqual([0, 3]);
      expect(await kept("queue")).toEqual([]);
    });

    test("other content under the same name is other", async () => {
      await hours.replace("account", undefined, undefined, [listed(hour(0))]);
      await hours.replace("account", undefined, undefined, [listed(hour(0), 2, "0x9")]);
      const found = await hours.read("account", "blob", hour(0).hour, hour(1).hour);
      expect(found.get(start)).toEqual(listed(hour(0), 2, "0x9").blobs);
    });

    test("an hour of as many blobs as there may be is kept, one with more is known to have too many", async () => {
      await hours.replace("account", undefined, undefined, [
        listed(hour(0), maxKeptBlobs),
        listed(hour(1), maxKeptBlobs + 1),
      ]);
      const found = await hours.read("account", "blob", hour(0).hour, hour(2).hour);
      expect(found.get(start)?.length).toBe(maxKeptBlobs);
      expect(found.get(hour(1).hour.getTime())).toBe("too-many");
    });

    test("two that replace the same span at once leave what they agree on", async () => {
      await hours.replace("account", undefined, undefined, [listed(hour(0)), listed(hour(1))]);
      const replace = (): Promise<void> => hours.replace("account", undefined, undefined, [listed(hour(1), 3)]);
      await Promise.all([replace(), replace()]);
      expect(await kept()).toEqual([1]);
    });
  });
};
