import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimDataFolder } from "./data-folder.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "vigil-data-")), "deep", "data");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder belongs to one process until it gives it back", async () => {
  const release = await claimDataFolder(folder);
  await expect(claimDataFolder(folder)).rejects.toThrow(
    `is in use by process ${process.pid}; choose another with: npm start -- --data FOLDER`,
  );
  await release();
  await (
    await claimDataFolder(folder)
  )();
});

test("of many at once one gets it", async () => {
  const claims = await Promise.allSettled(Array.from({ length: 8 }, () => claimDataFolder(folder)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test.each(["a process that was killed", "a file without a number"])("what %s has left is taken over", async (left) => {
  await (
    await claimDataFolder(folder)
  )();
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  await writeFile(join(folder, "vigil.pid"), left.startsWith("a file") ? "" : String(child.pid));
  const release = await claimDataFolder(folder);
  expect(await readFile(join(folder, "vigil.pid"), "utf8")).toBe(String(process.pid));
  await release();
});
