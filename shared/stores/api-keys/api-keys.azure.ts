import type { TableClient } from "@azure/data-tables";

import type { ApiKey } from "../../access/api-key.js";
import { isRole } from "../../access/role.js";
import { parseScope } from "../../access/scope.js";
import { failedWith } from "../azure-error.js";
import { findRow, queryRows, withTable } from "../table-rows.js";
import type { ApiKeys } from "./api-keys.js";

export const apiKeysTable = "VigilApiKeys";

interface KeyRow {
  readonly partitionKey: string;
  /** Id of the key. */
  readonly rowKey: string;
  readonly label: string;
  readonly role: string;
  readonly scope: string;
  readonly salt: string;
  readonly hash: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
}

/** All in one: a few hundred keys are many, and they are listed together. */
const partitionKey = "key";

/** One row per key in Table Storage. */
export function apiKeysIn(table: TableClient): ApiKeys {
  const find = async (id: string): Promise<ApiKey | undefined> => {
    const row = await findRow<KeyRow>(table, partitionKey, id);
    return row && parseRow(row);
  };
  return {
    find,
    add: async (key) => {
      try {
        await withTable(table, () => table.createEntity(rowOf(key)));
      } catch (error) {
        if (!failedWith(error, "EntityAlreadyExists")) throw new Error(`keeping API key ${key.id}`, { cause: error });
        if ((await find(key.id))?.hash !== key.hash) throw new Error(`the id ${key.id} belongs to another API key`);
      }
    },
    list: async () => {
      const keys: ApiKey[] = [];
      for await (const row of queryRows<KeyRow>(table, `PartitionKey eq '${partitionKey}'`)) keys.push(parseRow(row));
      return keys.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
    },
    revoke: async (id, at) => {
      const found = await find(id);
      if (found === undefined) return { kind: "not-found" };
      if (found.revokedAt !== undefined) return { kind: "already-revoked", at: found.revokedAt };
      // rows are never deleted and nothing else changes them; of two who revoke, either time is true
      await table.updateEntity({ partitionKey, rowKey: id, revokedAt: at }, "Merge");
      return { kind: "revoked", at };
    },
  };
}

function rowOf({ id, label, role, scope, salt, hash, createdAt, expiresAt, revokedAt }: ApiKey): KeyRow {
  return {
    ...{ partitionKey, rowKey: id, label, role, scope: scope.id, salt, hash, createdAt },
    ...(expiresAt && { expiresAt }),
    ...(revokedAt && { revokedAt }),
  };
}

function parseRow({ rowKey: id, label, role, scope: text, salt, hash, ...times }: KeyRow): ApiKey {
  const scope = parseScope(text);
  if (!isRole(role) || scope === undefined) throw new Error(`API key ${id} has a role or scope that is none`);
  const time = (at: Date | undefined): Date | undefined => at && new Date(at);
  return {
    ...{ id, label, role, scope, salt, hash },
    createdAt: new Date(times.createdAt),
    expiresAt: time(times.expiresAt),
    revokedAt: time(times.revokedAt),
  };
}
