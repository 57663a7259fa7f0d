import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  test: {
    include: [
      ...["functions/**/*.test.ts", "shared/**/*.test.ts", "infra/**/*.test.ts"],
      // what needs a newer Node than the oldest that Vigil runs on: npm run test:node24
      ...(mode === "node24" ? ["functions/**/*.node24.ts"] : []),
    ],
    // the count that .ci/run prints comes from this file
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
    // tests start real processes (Azurite, the functions host); two at a time is what two cores carry
    pool: "forks",
    maxWorkers: 2,
    // files share the two processes and what these have loaded: a test leaves nothing behind in its process
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
}));
