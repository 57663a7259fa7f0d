import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Says which process holds a lease, so that another one on the same machine can tell that it is dead. */
export type ProcessIdentity = {
  /** Host name, boot and process-id namespace: within it process ids can be compared. */
  readonly machine: string;
  readonly pid: number;
  /** Start time of the process where the system tells it: process ids are used again. */
  readonly started: string;
};

export function ownIdentity(): ProcessIdentity {
  const parts = [hostname(), read("/proc/sys/kernel/random/boot_id"), link("/proc/self/ns/pid")];
  const machine = createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
  return { machine, pid: process.pid, started: startTime(process.pid) };
}

/** Whether the process is certainly gone. One of another machine never is: only its lease can tell. */
export function isGone(identity: ProcessIdentity, own: ProcessIdentity): boolean {
  if (identity.machine !== own.machine) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  return identity.started !== "" && startTime(identity.pid) !== identity.started;
}

/** Ticks since boot, field 22 of `/proc/<pid>/stat`; empty elsewhere. */
function startTime(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return ""; // no /proc on this system
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // no /proc on this system
  }
}
