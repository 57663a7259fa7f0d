/** The support table of the README, from the registries. `npm run kql:support` writes it; a stale one fails the suite. */
import { aggregateRows } from "./functions/aggregates.js";
import { textFunctions } from "./functions/operators.js";
import { scalarFunctions } from "./functions/scalars.js";
import { windowFunctions } from "./functions/windows.js";
import { operators } from "./lower/operators.js";
import { pickers, spread } from "./lower/operators-summarize.js";
import { plugins } from "./lower/operators-plugin.js";
import { specialForms } from "./lower/special-forms.js";
import { nativeFunctions } from "./native/natives.js";

export const supportStart = "<!-- support: written by npm run kql:support -->";
export const supportEnd = "<!-- end of support -->";

/** Rows that are steps of other functions, not names of the language. */
const internal = new Set(["datetime_shift", "pack_all_nonnull", "bag_shape", "parse_kv", "parse_kv_pairs"]);

export function supportTable(): string {
  const sections: readonly (readonly [string, Iterable<string>])[] = [
    ["Tabular operators", [...operators.values()].map(({ name }) => name)],
    ["Plugins", plugins.keys()],
    ["String operators", textFunctions.map(({ name }) => name)],
    ["Aggregates", [...aggregateRows.map(({ name }) => name), ...pickers.keys(), ...spread.keys()]],
    ["Window functions", windowFunctions.keys()],
    ["Scalar functions", [...scalarFunctions.keys(), ...specialForms.keys()].filter((name) => !internal.has(name))],
  ];
  const rows = sections.map(([title, names]) => {
    const unique = [...new Set(names)].sort();
    return `| ${title} (${unique.length}) | ${unique.map((name) => `\`${name}\``).join(" ")} |`;
  });
  return [
    supportStart,
    "<!-- prettier-ignore-start -->",
    "",
    "| what | names |",
    "|---|---|",
    ...rows,
    "",
    `${nativeFunctions.size} functions run in TypeScript, the others are SQL.`,
    "",
    "<!-- prettier-ignore-end -->",
    supportEnd,
  ].join("\n");
}

/** The README with its support table replaced. */
export function withSupportTable(readme: string): string {
  const [start, end] = [readme.indexOf(supportStart), readme.indexOf(supportEnd)];
  if (start === -1 || end === -1) throw new Error("the README has no place for the support table");
  return readme.slice(0, start) + supportTable() + readme.slice(end + supportEnd.length);
}
