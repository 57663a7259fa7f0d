/** Whether an answer is the documented one. Cells of the documentation are text in many spellings. */
import { parseDatetime, parseTimespan } from "../../shared/kql/literal.js";
import { type KustoType } from "../../shared/kql/types.js";
import { type Cell } from "./runner.js";

function textOf(cell: Cell): string {
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Relative difference of reals that counts as equal. */
const tolerance = 1e-6;

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: KustoType }[];
  readonly rows: readonly (readonly Cell[])[];
}

/** @param ordered the query sorts its rows; otherwise they may come in any order
 * @returns what differs, or undefined */
export function difference(answer: Answer, rows: readonly (readonly string[])[], ordered: boolean): string | undefined {
  if (answer.rows.length !== rows.length) return `${answer.rows.length} rows instead of ${rows.length}`;
  const types = answer.columns.map(({ type }) => type);
  const left = answer.rows.map((row) => row);
  for (const [index, expected] of rows.entries()) {
    const candidates = ordered ? left.slice(0, 1) : left;
    const found = candidates.findIndex((row) =>
      expected.every((text, column) => sameCell(row[column] ?? null, text, types[column] ?? "string")),
    );
    if (found === -1)
      return `row ${index + 1}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(ordered || left.length === 1 ? left[0] : left.slice(0, 3))}`;
    left.splice(found, 1);
  }
  return undefined;
}

/** The pages' source prints addresses as Markdown links: `[a](a)` or `<a>`. */
function withoutLink(text: string): string {
  const [, bracketed, plain] = /^(?:\[(.*)\]\(\1\)|<(https?:[^<>]*)>)$/.exec(text) ?? [];
  return bracketed ?? plain ?? text;
}

function sameCell(cell: Cell, text: string, type: KustoType): boolean {
  const expected = withoutLink(text.trim());
  if (cell === null || cell === "") return expected === "" || expected === "null" || expected === '""';
  switch (type) {
    case "bool":
      return ["true", "1"].includes(expected.toLowerCase()) === (cell === true);
    case "int":
    case "long":
    case "real":
    case "decimal":
      return sameNumber(numberOf(cell), numberOf(expected.replaceAll(",", "")));
    case "datetime":
      return sameTicks(parseDatetime(textOf(cell)), parseDatetime(expected), 10n);
    case "timespan":
      return sameTicks(parseTimespan(textOf(cell)), parseTimespan(expected), 1n);
    case "dynamic":
      return sameJson(cell, jsonOf(expected)) || unquoted(JSON.stringify(cell)) === unquoted(expected);
    case "guid":
    case "string":
      return sameText(textOf(cell), expected);
    default:
      throw new Error(`no comparison of ${String(type satisfies never)}`);
  }
}

/** Some pages print dynamic values with single quotes, or with none. */
function unquoted(text: string): string {
  return text.replace(/['"\\\s]/g, "").toLowerCase();
}

/** Blanks inside text are collapsed by the pages' tables, some pages keep the quotes; JSON in a string column is printed over several lines. */
function sameText(cell: string, expected: string): boolean {
  const squeeze = (text: string) =>
    text
      .replace(/\s+/g, " ")
      .trim()
      .replace(/^"(.*)"$/, "$1");
  if (squeeze(cell) === squeeze(expected)) return true;
  if (/^[[{]/.test(cell.trim())) return sameJson(jsonOf(cell), jsonOf(expected));
  return cell !== "" && !Number.isNaN(Number(cell)) && expected !== "" && sameNumber(Number(cell), Number(expected));
}

function numberOf(value: Cell): number {
  if (typeof value === "string") {
    const word = value.toLowerCase();
    if (word === "nan") return NaN;
    if (/^[+-]?(inf|infinity|∞)$/.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
  }
  return Number(value);
}

function sameNumber(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

function sameTicks(a: bigint | undefined, b: bigint | undefined, grain: bigint): boolean {
  return a !== undefined && b !== undefined && a / grain === b / grain;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a === "number" || typeof b === "number")
    return sameNumber(numberOf(a as Cell), numberOf(b as Cell)) && a !== null && b !== null;
  if (typeof a === "string" && typeof b === "string") {
    if (a.trim() === b.trim()) return true;
    const [x, y] = [parseDatetime(a), parseDatetime(b)];
    return x !== undefined && y !== undefined && x / 10n === y / 10n;
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (typeof a === "object" && typeof b === "object" && a !== null && b !== null) {
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
    const names = Object.keys(x);
    return names.length === Object.keys(y).length && names.every((name) => name in y && sameJson(x[name], y[name]));
  }
  return a === b || String(a).toLowerCase() === String(b).toLowerCase();
}
