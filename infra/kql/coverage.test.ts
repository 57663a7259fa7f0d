import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { coverCommunity, coverDocumentation } from "./coverage.js";
import { readCommunityQueries, readExamples, readExceptions, readSchemas } from "./corpus.js";
import { testEngine } from "./testing.js";

// The ratchet: these figures may only rise. `npm run kql:coverage` lists what fails, and why.
const passingExamples = 400;
/** Every tenth community query runs here; all of them in `npm run kql:coverage`. */
const sampleEvery = 10;
const passingSample = 85;

const folder = fileURLToPath(new URL("../../shared/kql/testdata/corpus", import.meta.url));
const exceptions = readExceptions(folder);

test("no documentation example is lost", { timeout: 120_000 }, async () => {
  const { passed, failures } = await coverDocumentation(
    await testEngine(),
    readExamples(folder),
    exceptions.documentation,
  );
  expect(passed, failures.map(({ source, cause }) => `${source}: ${cause}`).join("\n")).toBeGreaterThanOrEqual(
    passingExamples,
  );
});

test("no community query is lost", { timeout: 120_000 }, async () => {
  const all = readCommunityQueries(folder);
  // queries over all tables take seconds each: the command runs them
  const sample = all.filter(
    ({ line, query }) => line % sampleEvery === 0 && !/\*|\bsearch\b|\bfind\b/.test(query.replace(/\/\/.*/g, "")),
  );
  const { passed, failures } = await coverCommunity(
    await testEngine(),
    sample,
    readSchemas(folder),
    exceptions.community,
  );
  expect(passed, failures.map(({ source, cause }) => `${source}: ${cause}`).join("\n")).toBeGreaterThanOrEqual(
    passingSample,
  );
});

test("the lists of samples in error hold at most one in twenty", () => {
  expect(exceptions.documentation.length).toBeLessThanOrEqual(readExamples(folder).length / 20);
  expect(exceptions.community.length).toBeLessThanOrEqual(readCommunityQueries(folder).length / 20);
});
