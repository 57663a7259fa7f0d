import { createHash } from "node:crypto";
import { hostname } from "node:os";

const longest = 32;

/** Id that names timer status and locks in storage: a given one, else machine name and a hash of the app's folder (§10.3). */
export function hostIdOf(appFolder: string, configured: string | undefined): string {
  if (configured !== undefined && configured !== "") {
    return configured.slice(0, longest).toLowerCase().replace(/-+$/, "");
  }
  const machine = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
  const hash = createHash("sha256").update(appFolder).digest().readUInt32BE(0);
  const tail = `-${hash}`;
  return `${machine.slice(0, longest - tail.length)}${tail}`.replace(/^-/, "");
}
