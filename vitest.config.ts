import { defineConfig } from "vitest/config";

/** They keep no state, so that their tests can share one process. */
const pureRooms = ["storage-analytics", "metrics", "alerts", "directory-reports", "kql"].map(
  (room) => `shared/${room}/**/*.test.ts`,
);

export default defineConfig(({ mode }) => ({
  test: {
    projects: [
      { extends: true, test: { name: "pure", include: pureRooms, isolate: false } },
      {
        extends: true,
        test: {
          name: "rooms",
          include: [
            ...["functions/**/*.test.ts", "shared/**/*.test.ts", "infra/**/*.test.ts"],
            // what needs a newer Node than the oldest that Vigil runs on: npm run test:node24
            ...(mode === "node24" ? ["functions/**/*.node24.ts"] : []),
          ],
          exclude: pureRooms,
        },
      },
    ],
    // the count that .ci/run prints comes from this file
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
    // tests start real processes (Azurite, the functions host); two at a time is what two cores carry
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
}));
