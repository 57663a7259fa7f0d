import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["functions/**/*.test.ts", "shared/**/*.test.ts", "infra/**/*.test.ts"],
    // the count that .ci/run prints comes from this file
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
    // tests start real processes (Azurite, the functions host); two at a time is what two cores carry
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
