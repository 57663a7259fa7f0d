import type { CapacityRuns, KeptCapacityRun } from "../stores/capacity-runs/capacity-runs.js";

/** Capacity runs for simulations with thousands of runs; passes the same contract as those in storage. */
export function capacityRunsInMemory(): CapacityRuns {
  const rows = new Map<string, KeptCapacityRun>();
  let writes = 0;
  return {
    read: (account, service) => Promise.resolve(rows.get(`${account} ${service}`)),
    save: async (account, run, etag) => {
      await Promise.resolve();
      const key = `${account} ${run.service}`;
      if (rows.get(key)?.etag !== etag) return undefined;
      const kept = { run: structuredClone(run), etag: `${++writes}` };
      rows.set(key, kept);
      return kept;
    },
  };
}
