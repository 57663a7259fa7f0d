/** `parse`, `parse-where`, `parse-kv`: columns out of text. */
import { unsupported } from "../diagnostic.js";
import { countGroups, regexGroup, regexMatches } from "../functions/regex.js";
import { scalarFunctions } from "../functions/scalars.js";
import { columnExpr, constant, type Expr, type Output, type Plan } from "../plan.js";
import {
  child,
  children,
  nodeType,
  operatorParameters,
  optionalChild,
  parameterWord,
  resultColumns,
  simpleName,
  source,
  spanOf,
  type SyntaxNode,
} from "../syntax.js";
import { type KustoType } from "../types.js";
import { asKustoType, convert, type Context } from "./lowering.js";
import { type TabularOperator } from "./operators.js";
import { lowerLiteral } from "./literals.js";
import { lowerScalar } from "./scalar.js";
import { filterPlan, projectPlan, step } from "./step.js";

interface Capture {
  readonly name: string;
  readonly type: KustoType;
  readonly group: number;
}

interface Pattern {
  readonly regex: string;
  readonly groups: number;
  readonly captures: readonly Capture[];
}

type Mode = "simple" | "relaxed" | "regex";

/** What a typed column matches where it must find its own end (before `*`). */
const ownEnd: Readonly<Record<KustoType, string>> = {
  string: "(.*?)",
  bool: "((?i:true|false|[01]))",
  int: "([-+]?[0-9]+)",
  long: "([-+]?[0-9]+)",
  real: "([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?)",
  decimal: "([-+]?[0-9]*\\.?[0-9]+)",
  datetime: "(.*?)",
  timespan: "(.*?)",
  guid: "([0-9a-fA-F-]{32,38})",
  dynamic: "(.*?)",
};

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

function patternOf(node: SyntaxNode, mode: Mode, flags: string): Pattern {
  const parts = children(node, "Patterns");
  const captures: Capture[] = [];
  let groups = 0;
  let regex = flags;
  for (const [index, part] of parts.entries()) {
    const type = nodeType(part);
    const last = index === parts.length - 1;
    if (index === 0 && type !== "StarExpression") regex += "^";
    if (type === "StarExpression") regex += last ? "" : ".*?";
    else if (type === "LiteralExpression" || type === "CompoundStringLiteralExpression") {
      const text = String(lowerLiteral(part).value);
      regex += mode === "regex" ? text : escapeRegex(text);
      if (mode === "regex") groups += countGroups(text);
    } else {
      const typed = type === "NameAndTypeDeclaration";
      const columnType = typed ? asKustoType(source(child(part, "Type")), spanOf(part)) : "string";
      captures.push({ name: simpleName(typed ? child(part, "Name") : part), type: columnType, group: ++groups });
      const beforeText = !last && nodeType(parts[index + 1] ?? part) !== "StarExpression";
      const text =
        columnType === "string" ||
        mode === "relaxed" ||
        columnType === "datetime" ||
        columnType === "timespan" ||
        columnType === "dynamic";
      if (text)
        regex +=
          last || mode === "regex" ? "(.*)" : beforeText || columnType === "string" ? "(.*?)" : ownEnd[columnType];
      else regex += ownEnd[columnType] + (last ? "$" : "");
    }
  }
  return { regex, groups, captures };
}

function lowerParse(node: SyntaxNode, input: Plan, context: Context): Plan {
  const parameters = operatorParameters(node);
  const word = parameterWord(parameters.get("kind")) ?? "simple";
  if (word !== "simple" && word !== "relaxed" && word !== "regex")
    throw unsupported(`parse kind=${word}`, spanOf(node));
  const flags = Array.from(parameterWord(parameters.get("flags")) ?? "").filter((flag) => "imsU".includes(flag));
  const inline = word === "regex" ? flags : ["s"];
  const pattern = patternOf(node, word, inline.length === 0 ? "" : `(?${inline.join("")})`);
  const text = convert(lowerScalar(child(node, "Expression"), context), "string");
  const span = spanOf(node);
  const outputs = new Map<string, Output>();
  const columns = new Map(resultColumns(node).map((symbol) => [symbol.Name, symbol]));
  const values = pattern.captures.map(({ name, type, group }) => ({
    name,
    type,
    value: convert(regexGroup(text, pattern.regex, group, pattern.groups, span), type),
  }));
  // simple: a capture that does not convert empties the whole row; relaxed: only its own column
  const mayFail = word === "simple" ? values.filter(({ type }) => type !== "string" && type !== "dynamic") : [];
  const allConvert: Expr = { kind: "and", operands: mayFail.map(({ value }) => notNull(value)), type: "bool" };
  for (const { name, type, value } of values) {
    const symbol = columns.get(name);
    if (symbol === undefined) throw new Error(`parse gives no column ${name}`);
    const guarded: Expr =
      mayFail.length === 0
        ? value
        : {
            kind: "case",
            branches: [{ when: allConvert, then: value }],
            otherwise: constant(type, type === "string" ? "" : null),
            type,
          };
    outputs.set(name, { column: context.lowering.column(name, type), expr: guarded });
  }
  const required = nodeType(node) === "ParseWhereOperator";
  const matching: Expr = {
    kind: "and",
    operands: [regexMatches(text, pattern.regex, span), ...mayFail.map(({ value }) => notNull(value))],
    type: "bool",
  };
  const rows = required ? filterPlan(input, matching, context.lowering) : input;
  return withColumns(node, rows, outputs);
}

function notNull(value: Expr): Expr {
  const fn = scalarFunctions.get("isnotnull");
  if (fn === undefined) throw new Error("isnotnull is not registered");
  return { kind: "call", fn, args: [value], type: "bool", span: { start: 0, end: 0 } };
}

/** The input's columns, with those of `outputs` replaced or added where the binder has put them. */
function withColumns(node: SyntaxNode, input: Plan, outputs: ReadonlyMap<string, Output>): Plan {
  const byName = new Map(input.columns.map((column) => [column.name, column]));
  return projectPlan(
    input,
    resultColumns(node).map(({ Name }): Output => {
      const added = outputs.get(Name);
      if (added !== undefined) return added;
      const column = byName.get(Name);
      if (column === undefined) throw new Error(`${nodeType(node)} gives a column ${Name} that nothing computes`);
      return { column, expr: columnExpr(column) };
    }),
  );
}

function lowerParseKv(node: SyntaxNode, input: Plan, context: Context): Plan {
  const clause = optionalChild(node, "WithClause");
  const options = clause === undefined ? new Map<string, SyntaxNode>() : operatorParameters(clause, "Properties");
  const settings = Object.fromEntries(
    [...options].map(([name, value]): [string, unknown] => {
      const lowered = lowerScalar(value, context);
      if (lowered.kind !== "constant") throw unsupported(`a computed ${name}`, spanOf(value));
      return [name, lowered.value];
    }),
  );
  const text = convert(lowerScalar(child(node, "Expression"), context), "string");
  const keys = children(child(node, "Keys"), "Columns").map((key) => ({
    name: simpleName(child(key, "Name")),
    type: asKustoType(source(child(key, "Type")), spanOf(key)),
  }));
  const fn = scalarFunctions.get("parse_kv");
  if (fn === undefined) throw new Error("parse_kv is not registered");
  const args = [text, constant("string", JSON.stringify({ ...settings, keys: keys.map(({ name }) => name) }))];
  const regex = settings["regex"];
  const pairs = scalarFunctions.get("parse_kv_pairs");
  if (pairs === undefined) throw new Error("parse_kv_pairs is not registered");
  const bag: Expr =
    typeof regex === "string"
      ? { kind: "call", fn: pairs, args: [text, constant("string", regex)], type: "dynamic", span: spanOf(node) }
      : { kind: "call", fn, args, type: "dynamic", span: spanOf(node) };
  const outputs = new Map<string, Output>();
  for (const { name, type } of keys) {
    const value: Expr = { kind: "path", value: bag, steps: [name], type: "dynamic" };
    outputs.set(name, { column: context.lowering.column(name, type), expr: convert(convert(value, "string"), type) });
  }
  return withColumns(node, input, outputs);
}

export const parseOperators: readonly TabularOperator[] = [
  step("parse", "ParseOperator", lowerParse),
  step("parse-where", "ParseWhereOperator", lowerParse),
  step("parse-kv", "ParseKvOperator", lowerParseKv),
];
