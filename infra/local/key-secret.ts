import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { minKeySecretBytes } from "../../shared/access/access-settings.js";
import { fileMode, readIfThere, secretFolderMode, writeWhole } from "./whole-file.js";

/**
 * `VIGIL_KEY_SECRET` of a data folder, base64: made at the first call and kept in `<data>/identity/key-secret`, so that
 * API keys made by `npm run keys` are good at the next start, too.
 */
export async function openKeySecret(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, "identity");
  await mkdir(folder, { recursive: true, mode: secretFolderMode });
  const file = join(folder, "key-secret");
  const kept = (await readIfThere(file))?.trim();
  if (kept !== undefined && kept !== "") return kept;
  const fresh = randomBytes(minKeySecretBytes).toString("base64");
  await writeWhole(file, `${fresh}\n`, fileMode.secret);
  return fresh;
}
