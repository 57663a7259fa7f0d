import { beforeEach, describe, expect, test } from "vitest";

import { newDelivery, type Delivery, type Notification } from "../../actions/delivery.js";
import { asciiJson } from "../table-properties.js";
import type { Deliveries } from "./deliveries.js";

const now = new Date("2026-11-24T12:00:00.123Z");
const notification: Notification = {
  alertId: "7a6e2b1c-0000-4000-8000-000000000001",
  transition: "Fired",
  receiver: { actionGroupId: "/subscriptions/s/…/actionGroups/it's", kind: "webhookReceivers", name: "hook ü" },
  payload: '{"a":"ü"}',
};
const planned = (changes: Partial<Notification> = {}, at = now): Delivery =>
  newDelivery({ ...notification, ...changes }, at);

/** @param open empty ones */
export const deliveriesContract = (name: string, open: () => Promise<Deliveries>): void => {
  describe(`${name} keeps deliveries`, () => {
    let deliveries: Deliveries;
    beforeEach(async () => {
      deliveries = await open();
    });

    test("each is found as it was planned, however long its payload is", async () => {
      const long = planned({ payload: asciiJson("ü".repeat(40 * 1024)) });
      expect(await deliveries.find(long.alertId, long.id)).toBeUndefined();
      const kept = await deliveries.add(long);
      expect(kept.delivery).toEqual(long);
      expect(await deliveries.find(long.alertId, long.id)).toEqual(kept);
    });

    test("one that is planned again stays as it is", async () => {
      const kept = await deliveries.add(planned());
      const told = await deliveries.replace(kept, { ...kept.delivery, status: "delivered", endedAt: now });
      expect(await deliveries.add(planned())).toEqual(told);
    });

    test("of those who read the same, one records and the others are told", async () => {
      const kept = await deliveries.add(planned());
      const record = (detail: string) =>
        deliveries.replace(kept, { ...kept.delivery, startedAt: now, attempts: 2, turn: 3, repeats: 1, detail });
      const written = await Promise.all(["a", "b", "c"].map(record));
      const [winner, ...more] = written.filter((each) => each !== undefined);
      expect(more).toEqual([]);
      expect(await deliveries.find(kept.delivery.alertId, kept.delivery.id)).toEqual(winner);
    });

    test("those of an alert, and those in a state, are listed", async () => {
      const [first, second] = [planned(), planned({ transition: "Resolved" })];
      const other = planned({ alertId: "it's another" });
      expect(await deliveries.ofAlert(first.alertId)).toEqual([]);
      for (const each of [first, second, other]) await deliveries.add(each);
      const byId = (a: { readonly id: string }, b: { readonly id: string }) => a.id.localeCompare(b.id);
      expect([...(await deliveries.ofAlert(first.alertId))].sort(byId)).toEqual([first, second].sort(byId));
      expect(await deliveries.ofAlert(other.alertId)).toEqual([other]);
      const kept = await deliveries.find(other.alertId, other.id);
      if (kept !== undefined) await deliveries.replace(kept, { ...other, status: "failed" });
      const failed = { ...other, status: "failed", payload: undefined };
      expect(await deliveries.withStatus("failed", 10)).toEqual([failed]);
      expect(await deliveries.withStatus("pending", 1)).toHaveLength(1);
    });

    test("old ones are removed, and then nothing can be recorded of them", async () => {
      const old = await deliveries.add(planned({}, new Date(now.getTime() - 1)));
      const young = await deliveries.add(planned({ transition: "Resolved" }));
      expect(await deliveries.removeBefore(now, 10)).toBe(1);
      expect(await deliveries.removeBefore(now, 10)).toBe(0);
      expect(await deliveries.ofAlert(notification.alertId)).toEqual([young.delivery]);
      expect(await deliveries.replace(old, old.delivery)).toBeUndefined();
    });
  });
};
