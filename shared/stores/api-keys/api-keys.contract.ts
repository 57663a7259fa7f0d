import { describe, expect, test } from "vitest";

import { createApiKey, type ApiKey } from "../../access/api-key.js";
import { parseScope, rootScope } from "../../access/scope.js";
import type { ApiKeys } from "./api-keys.js";

const keySecret = Buffer.alloc(32, 1);
const scope = parseScope("/subscriptions/S/resourceGroups/Größe") ?? rootScope;

function newKey(createdAt: Date, changes: Partial<ApiKey> = {}): ApiKey {
  const about = { label: "it's for 'grafana'", role: "Vigil.Reader", scope, createdAt, expiresAt: undefined } as const;
  return { ...createApiKey(keySecret, about).key, ...changes };
}

/** What every keeper of API keys does. @param open a new, empty one */
export const apiKeysContract = (name: string, open: () => Promise<ApiKeys>): void => {
  describe(`${name} keeps API keys`, () => {
    test("and finds each by its id, as it was", async () => {
      const keys = await open();
      const [plain, full] = [
        newKey(new Date(1)),
        newKey(new Date(2), { expiresAt: new Date(4_000_000_000_000), revokedAt: new Date(3), scope: rootScope }),
      ];
      expect(await keys.find(plain.id)).toBeUndefined();
      await keys.add(plain);
      await keys.add(full);
      expect(await keys.find(plain.id)).toEqual(plain);
      expect(await keys.find(full.id)).toEqual(full);
    });

    test("and lists them oldest first", async () => {
      const keys = await open();
      expect(await keys.list()).toEqual([]);
      const made = [newKey(new Date(1)), newKey(new Date(2)), newKey(new Date(3))];
      for (const key of [...made].reverse()) await keys.add(key);
      expect(await keys.list()).toEqual(made);
    });

    test("and takes the same one twice, but no other under its id", async () => {
      const keys = await open();
      const key = newKey(new Date(1));
      await Promise.all([keys.add(key), keys.add(key)]);
      await keys.add(key);
      await expect(keys.add(newKey(new Date(2), { id: key.id }))).rejects.toThrow(/belongs to another API key/);
      expect(await keys.list()).toEqual([key]);
    });

    test("and revokes one once", async () => {
      const keys = await open();
      const [one, other] = [newKey(new Date(1)), newKey(new Date(2))];
      expect(await keys.revoke(one.id, new Date(5))).toEqual({ kind: "not-found" });
      await keys.add(one);
      await keys.add(other);
      expect(await keys.revoke(one.id, new Date(5))).toEqual({ kind: "revoked", at: new Date(5) });
      expect(await keys.revoke(one.id, new Date(6))).toEqual({ kind: "already-revoked", at: new Date(5) });
      expect(await keys.find(one.id)).toEqual({ ...one, revokedAt: new Date(5) });
      expect(await keys.find(other.id)).toEqual(other);
    });

    test("and a repeated add doesn't bring a revoked one back", async () => {
      const keys = await open();
      const key = newKey(new Date(1));
      await keys.add(key);
      await keys.revoke(key.id, new Date(5));
      await keys.add(key);
      expect((await keys.find(key.id))?.revokedAt).toEqual(new Date(5));
    });
  });
};
