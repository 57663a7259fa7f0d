/** Regular expressions. Kusto and DuckDB both use RE2. */
import { constant, type Expr } from "../plan.js";
import { type Span } from "../types.js";
import { quoteText } from "../sql/quote.js";
import { scalar } from "./define.js";

/** Groups that a user's regex adds to ours. */
export function countGroups(regex: string): number {
  return [
    ...regex
      .replace(/\\./g, "")
      .replace(/\[[^\]]*\]/g, "")
      .matchAll(/\((?!\?(?!P<|<))/g),
  ].length;
}

const groupOf = scalar(
  "parse",
  ["string", "string", "long", "long"],
  "string",
  ([text = ""], call) => {
    const [group, groups] = [call.constant(2), call.constant(3)].map(({ value }) => Number(value));
    const names = Array.from({ length: groups ?? 1 }, (_, index) => `'g${index + 1}'`);
    return `regexp_extract(${text}, ${quoteText(String(call.constant(1).value))}, [${names.join(", ")}]).g${group ?? 1}`;
  },
  { source: "query/parse-operator" },
);

const matches = scalar(
  "parse-where",
  ["string", "string"],
  "bool",
  ([text = "", regex = ""]) => `regexp_matches(${text}, ${regex})`,
  {
    source: "query/parse-where-operator",
  },
);

/** Group `group` of the first match, `''` without one. All groups of one text come from one match. */
export function regexGroup(text: Expr, regex: string, group: number, groups: number, span: Span): Expr {
  const args = [text, constant("string", regex), constant("long", BigInt(group)), constant("long", BigInt(groups))];
  return { kind: "call", fn: groupOf, args, type: "string", span };
}

export function regexMatches(text: Expr, regex: string, span: Span): Expr {
  return { kind: "call", fn: matches, args: [text, constant("string", regex)], type: "bool", span };
}
