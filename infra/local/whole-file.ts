import { randomUUID } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";

/** Modes of files in the data folder: secret ones are their owner's alone. */
export const fileMode = { secret: 0o600, public: 0o644 } as const;
/** Of folders that hold secret files. */
export const secretFolderMode = 0o700;

/** Writes a file so that nobody ever reads half of it, and nobody else reads a secret one, not even for a moment. */
export async function writeWhole(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

/** The text of a file; undefined if it isn't there. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`reading ${file}`, { cause: error });
  }
}
