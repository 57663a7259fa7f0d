import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Makes the data folder this process's own: two Azurites on one folder overwrite each other's data without a word.
 * A lock that a killed process has left is taken over.
 *
 * @returns gives the folder back
 * @throws where another process that is alive has it
 */
export async function claimDataFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "vigil.pid");
  // linked when it is written: whoever finds the lock finds its owner in it, too
  const own = join(folder, `vigil.pid.${randomUUID()}`);
  await writeFile(own, String(process.pid));
  try {
    return await claim(folder, file, own);
  } finally {
    await rm(own, { force: true });
  }
}

async function claim(folder: string, file: string, own: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await link(own, file);
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new Error(`claiming the data folder ${resolve(folder)}`, { cause: error });
      }
    }
    const owner = Number(await readFile(file, "utf8"));
    if (isAlive(owner)) {
      throw new Error(
        `the data folder ${resolve(folder)} is in use by process ${owner}; choose another with: npm start -- --data FOLDER (or remove ${file} if that process is not Vigil)`,
      );
    }
    await rm(file, { force: true });
  }
}

/** Whether there is such a process, be it somebody else's. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
