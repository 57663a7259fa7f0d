import { beforeEach, describe, expect, test } from "vitest";

import { maxResourceLength, type ArmResource, type ArmResources } from "./arm-resources.js";

interface Note extends ArmResource {
  readonly text: string;
}
const subscription = "/subscriptions/00000000-0000-0000-0000-00000000000A";
const idOf = (name: string, group = "Ops", of = subscription): string =>
  `${of}/resourceGroups/${group}/providers/Microsoft.Insights/metricAlerts/${name}`;
const note = (name: string, text = "", group?: string): Note => ({ id: idOf(name, group), name, text });

/** @param open an empty one */
export const armResourcesContract = (name: string, open: () => Promise<ArmResources<Note>>): void => {
  describe(`${name} keeps resources`, () => {
    let resources: ArmResources<Note>;
    beforeEach(async () => {
      resources = await open();
    });

    test("one that nobody wrote is not there", async () => {
      expect(await resources.find(idOf("none"))).toBeUndefined();
      expect(await resources.list({})).toEqual([]);
      expect(await resources.remove(idOf("none"), "*")).toBe(true);
    });

    test("it is found whatever the case of its id, as it was written, with its owner", async () => {
      const long = note("it's (1) é", "x".repeat(maxResourceLength - 400) + "ü");
      const saved = await resources.save(long, undefined, "rules/a.json");
      expect(saved).toMatchObject({ resource: long, owner: "rules/a.json" });
      expect(await resources.find(long.id.toUpperCase().replace("É", "é"))).toEqual(saved);
      expect(await resources.find(idOf("it's (1) É"))).toBeUndefined();
    });

    test("of those who know the same one wins and the others are told", async () => {
      const first = await Promise.all(["a", "b", "c"].map((text) => resources.save(note("one", text), undefined)));
      expect(first.filter((each) => each !== undefined)).toHaveLength(1);
      const kept = await resources.find(idOf("one"));
      const second = await Promise.all(["d", "e"].map((text) => resources.save(note("one", text), kept?.etag)));
      const [winner, ...more] = second.filter((each) => each !== undefined);
      expect(more).toEqual([]);
      expect(await resources.find(idOf("one"))).toEqual(winner);
      expect(await resources.save(note("one"), kept?.etag)).toBeUndefined();
    });

    test("what was changed in the meantime is neither replaced nor removed", async () => {
      const old = await resources.save(note("one"), undefined);
      const young = await resources.save(note("one", "new"), old?.etag);
      expect(await resources.remove(idOf("one"), old?.etag ?? "")).toBe(false);
      expect(await resources.remove(idOf("ONE"), young?.etag ?? "")).toBe(true);
      expect(await resources.save(note("one"), young?.etag)).toBeUndefined();
      expect(await resources.find(idOf("one"))).toBeUndefined();
    });

    test("they are listed by subscription and by group, in the order of their ids", async () => {
      const elsewhere = { ...note("a"), id: idOf("a", "Ops", "/subscriptions/it's another") };
      for (const each of [note("b"), note("A"), note("c", "", "o'ther"), elsewhere])
        await resources.save(each, undefined);
      const names = async (range: Parameters<typeof resources.list>[0]) =>
        (await resources.list(range)).map(({ resource }) => resource.name);
      expect(await names({ subscriptionId: "00000000-0000-0000-0000-00000000000a" })).toEqual(["c", "A", "b"]);
      expect(await names({ subscriptionId: "00000000-0000-0000-0000-00000000000A", resourceGroup: "OPS" })).toEqual([
        "A",
        "b",
      ]);
      expect(await names({ subscriptionId: "IT'S another" })).toEqual(["a"]);
      expect(await names({})).toHaveLength(4);
    });
  });
};
