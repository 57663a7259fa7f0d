import { createApiKey, type ApiKey } from "../../shared/access/api-key.js";
import { deriveWorkspaceKey } from "../../shared/access/workspace-key.js";
import type { ApiKeys } from "../../shared/stores/api-keys/api-keys.js";
import type { KeyCommand } from "./key-command.js";

/** What a command has to say: `result` for programs (standard output), `note` for people (standard error). */
export interface KeyReport {
  readonly result: readonly string[];
  readonly note: readonly string[];
  readonly exitCode: 0 | 1;
}

const dayMs = 24 * 60 * 60_000;
const day = (at: Date): string => at.toISOString().slice(0, 10);
const report = (result: readonly string[], note: readonly string[] = [], exitCode: 0 | 1 = 0): KeyReport => ({
  result,
  note,
  exitCode,
});

/** Does what a command asks for. Only the results of `create` and `workspace` hold a secret, once. */
export async function runKeyCommand(
  command: KeyCommand,
  keys: ApiKeys,
  keySecret: Uint8Array,
  now: Date,
): Promise<KeyReport> {
  switch (command.kind) {
    case "create": {
      const { label, role, scope, days } = command;
      const expiresAt = days === undefined ? undefined : new Date(now.getTime() + days * dayMs);
      const { key, text } = createApiKey(keySecret, { label, role, scope, createdAt: now, expiresAt });
      await keys.add(key);
      return report(
        [text],
        [
          `API key ${key.id}: ${role} on ${scope.id}, ${expiresAt === undefined ? "never expires" : `until ${day(expiresAt)}`}.`,
          "It is shown this once. Send it as Authorization: Bearer <key>, or as X-Api-Key.",
        ],
      );
    }
    case "list": {
      const rows = (await keys.list()).map((key) => describe(key, now));
      return rows.length === 0 ? report([], ["There are no API keys."]) : report(table(rows));
    }
    case "revoke": {
      const revocation = await keys.revoke(command.id, now);
      switch (revocation.kind) {
        case "revoked":
          return report([], [`API key ${command.id} is revoked.`]);
        case "already-revoked":
          return report([], [`API key ${command.id} was revoked on ${day(revocation.at)}.`]);
        case "not-found":
          return report([], [`There is no API key ${command.id}; list shows all.`], 1);
        default:
          throw new Error(`unknown revocation ${JSON.stringify(revocation satisfies never)}`);
      }
    }
    case "workspace": {
      const { customerId, version } = command;
      return report(
        [deriveWorkspaceKey(keySecret, customerId, version).toString("base64")],
        [
          `Shared key of workspace ${customerId}, version ${version}: good while VIGIL_KEY_VERSIONS has ${version} and the workspace is in VIGIL_WORKSPACES.`,
        ],
      );
    }
    default:
      throw new Error(`unknown command ${JSON.stringify(command satisfies never)}`);
  }
}

function describe({ id, label, role, scope, createdAt, expiresAt, revokedAt }: ApiKey, now: Date): readonly string[] {
  const expired = expiresAt !== undefined && now.getTime() >= expiresAt.getTime();
  const until = expiresAt === undefined ? "never expires" : `${expired ? "expired" : "until"} ${day(expiresAt)}`;
  const state = revokedAt === undefined ? until : `revoked ${day(revokedAt)}`;
  return [id, role, scope.id, `made ${day(createdAt)}`, state, label];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
