import { fileURLToPath } from "node:url";
import { coverCommunity, coverDocumentation, type Coverage } from "./coverage.js";
import { readCommunityQueries, readExamples, readExceptions, readSchemas } from "./corpus.js";
import { openEngine } from "./engine.js";

const folder = fileURLToPath(new URL("../../../shared/kql/testdata/corpus", import.meta.url));
const json = process.argv.includes("--json");

const exceptions = readExceptions(folder);
const instance = await openEngine({ memoryMegabytes: 2_000, threads: 2 });
const documentation = await coverDocumentation(instance, readExamples(folder), exceptions.documentation);
const community = await coverCommunity(
  instance,
  readCommunityQueries(folder),
  readSchemas(folder),
  exceptions.community,
);
if (json) {
  const figures = ({ passed, total }: Coverage) => ({ passed, total });
  console.log(JSON.stringify({ documentation: figures(documentation), community: figures(community) }));
} else {
  print("Documentation examples", documentation);
  print("Community queries", community);
}

function print(title: string, { passed, total, failures }: Coverage): void {
  console.log(`${title}: ${passed} of ${total} (${((100 * passed) / total).toFixed(1)} %)`);
  const causes = new Map<string, string[]>();
  for (const { cause, source } of failures) causes.set(cause, [...(causes.get(cause) ?? []), source]);
  for (const [cause, sources] of [...causes].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(
      `  ${String(sources.length).padStart(4)}  ${cause.slice(0, 300)}\n        ${sources.slice(0, 3).join("\n        ")}`,
    );
  }
}
