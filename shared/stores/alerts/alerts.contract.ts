import { beforeEach, describe, expect, test } from "vitest";

import type { AlertRecord } from "../../alerts/alert-record.js";
import type { Alerts } from "./alerts.js";

const subscription = "00000000-0000-0000-0000-00000000000A";
const at = Date.parse("2026-11-24T12:00:00.123Z");
const record = (about: Partial<AlertRecord> = {}): AlertRecord => ({
  ...{ id: "7a6e2b1c-0000-8000-a000-000000000001", ruleId: "/subscriptions/s", ruleName: "r", severity: "Sev3" },
  ...{
    description: "ü",
    alertState: "New",
    monitorCondition: "Fired",
    targetResource: "/t",
    targetResourceType: "a/b",
  },
  ...{ targetResourceGroup: "g", targetResourceName: "n", startedAt: at, lastModifiedAt: at, lastModifiedBy: "System" },
  ...{ isSuppressed: false, context: { a: 1 }, modifications: [] },
  ...about,
});

/** @param open an empty one */
export const alertsContract = (name: string, open: () => Promise<Alerts>): void => {
  describe(`${name} keeps alerts`, () => {
    let alerts: Alerts;
    beforeEach(async () => {
      alerts = await open();
    });

    test("one is found as it was written, in its subscription, whatever the case of its id", async () => {
      expect(await alerts.find(subscription, record().id)).toBeUndefined();
      const saved = await alerts.save(subscription, record({ description: "ü".repeat(33_333) }), undefined);
      expect(await alerts.find(subscription.toLowerCase(), record().id.toUpperCase())).toEqual(saved);
      expect(await alerts.find("it's another", record().id)).toBeUndefined();
      expect(await alerts.find(subscription, "../it's")).toBeUndefined();
    });

    test("of those who read the same one wins and the others are told", async () => {
      const severities = ["Sev0", "Sev1", "Sev2"];
      const first = await Promise.all(
        severities.map((severity) => alerts.save(subscription, record({ severity }), undefined)),
      );
      expect(first.filter((each) => each !== undefined)).toHaveLength(1);
      const kept = await alerts.find(subscription, record().id);
      const second = await Promise.all(
        severities.map((severity) => alerts.save(subscription, record({ severity }), kept?.etag)),
      );
      expect(second.filter((each) => each !== undefined)).toHaveLength(1);
      expect(await alerts.save(subscription, record(), kept?.etag)).toBeUndefined();
    });

    test("those that changed of late are listed, the last changed first; old ones are removed", async () => {
      const ids = [1, 2, 3].map((each) => `7a6e2b1c-0000-8000-a000-00000000000${each}`);
      for (const [index, id] of ids.entries())
        await alerts.save(subscription, record({ id, lastModifiedAt: at + index }), undefined);
      const since = async (time: number) =>
        (await alerts.changedSince(subscription, new Date(time), 10)).map(({ id }) => id);
      expect(await since(at + 1)).toEqual([ids[2], ids[1]]);
      expect(await alerts.changedSince("another", new Date(at), 10)).toEqual([]);
      expect(await alerts.removeBefore(new Date(at + 2), 10)).toBe(2);
      expect(await since(at)).toEqual([ids[2]]);
    });
  });
};
