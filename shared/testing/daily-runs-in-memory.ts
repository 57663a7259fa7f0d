import type { DailyRuns, KeptRun } from "../stores/daily-runs/daily-runs.js";

/** Daily runs for simulations with thousands of runs; passes the same contract as those in storage. */
export function dailyRunsInMemory<Work>(): DailyRuns<Work> {
  const rows = new Map<string, KeptRun<Work>>();
  let writes = 0;
  return {
    read: (key) => Promise.resolve(rows.get(key)),
    save: async (key, run, etag) => {
      await Promise.resolve();
      if (rows.get(key)?.etag !== etag) return undefined;
      const kept = { run: structuredClone(run), etag: `${++writes}` };
      rows.set(key, kept);
      return kept;
    },
  };
}
