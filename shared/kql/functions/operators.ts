/** Operators between values: arithmetic by operand types, string operators, membership in lists. */
import { type KustoType } from "../types.js";
import { scalar } from "./define.js";
import { type ScalarFunction } from "./function.js";

type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

export interface Arithmetic {
  readonly left: KustoType;
  readonly right: KustoType;
  readonly type: KustoType;
  readonly fn: ScalarFunction;
}

const numeric = new Set<KustoType>(["int", "long", "real", "decimal"]);
const page = { source: "query/scalar-data-types/timespan" };
const numbers = { source: "query/numerical-operators" };

function row(
  name: string,
  left: KustoType,
  right: KustoType,
  type: KustoType,
  emit: (a: string, b: string) => string,
  options = numbers,
): Arithmetic {
  return { left, right, type, fn: scalar(name, [left, right], type, ([a = "", b = ""]) => emit(a, b), options) };
}

const onNumbers: Readonly<Record<ArithmeticOperator, Readonly<Record<"long" | "real" | "decimal", Arithmetic>>>> = {
  "+": {
    long: row("+", "long", "long", "long", (a, b) => `(${a} + ${b})`),
    real: row("+", "real", "real", "real", (a, b) => `(${a} + ${b})`),
    decimal: row("+", "decimal", "decimal", "decimal", (a, b) => `(${a} + ${b})`),
  },
  "-": {
    long: row("-", "long", "long", "long", (a, b) => `(${a} - ${b})`),
    real: row("-", "real", "real", "real", (a, b) => `(${a} - ${b})`),
    decimal: row("-", "decimal", "decimal", "decimal", (a, b) => `(${a} - ${b})`),
  },
  "*": {
    long: row("*", "long", "long", "long", (a, b) => `(${a} * ${b})`),
    real: row("*", "real", "real", "real", (a, b) => `(${a} * ${b})`),
    // the product of two DECIMAL(38,9) has 18 places, which leaves too few digits before the point
    decimal: row(
      "*",
      "decimal",
      "decimal",
      "decimal",
      (a, b) => `try_cast(${a}::DOUBLE * ${b}::DOUBLE AS DECIMAL(38,9))`,
    ),
  },
  "/": {
    // whole numbers divide towards zero
    long: row("/", "long", "long", "long", (a, b) => `(${a} // ${b})`),
    real: row("/", "real", "real", "real", (a, b) => `(${a} / ${b})`),
    decimal: row(
      "/",
      "decimal",
      "decimal",
      "decimal",
      (a, b) => `try_cast(${a}::DOUBLE / ${b}::DOUBLE AS DECIMAL(38,9))`,
    ),
  },
  "%": {
    long: row("%", "long", "long", "long", (a, b) => `kql_modulo(${a}, ${b})`),
    real: row("%", "real", "real", "real", (a, b) => `kql_modulo(${a}, ${b})`),
    decimal: row("%", "decimal", "decimal", "decimal", (a, b) => `kql_modulo(${a}, ${b})`),
  },
};

const onTimes: readonly (Arithmetic & { readonly operator: ArithmeticOperator })[] = [
  {
    operator: "+",
    ...row("+", "datetime", "timespan", "datetime", (a, b) => `make_timestamp(epoch_us(${a}) + ${b} // 10)`, page),
  },
  {
    operator: "+",
    ...row("+", "timespan", "datetime", "datetime", (a, b) => `make_timestamp(epoch_us(${b}) + ${a} // 10)`, page),
  },
  {
    operator: "-",
    ...row("-", "datetime", "timespan", "datetime", (a, b) => `make_timestamp(epoch_us(${a}) - ${b} // 10)`, page),
  },
  {
    operator: "-",
    ...row("-", "datetime", "datetime", "timespan", (a, b) => `((epoch_us(${a}) - epoch_us(${b})) * 10)`, page),
  },
  { operator: "+", ...row("+", "timespan", "timespan", "timespan", (a, b) => `(${a} + ${b})`, page) },
  { operator: "-", ...row("-", "timespan", "timespan", "timespan", (a, b) => `(${a} - ${b})`, page) },
  { operator: "/", ...row("/", "timespan", "timespan", "real", (a, b) => `(${a}::DOUBLE / ${b})`, page) },
  { operator: "%", ...row("%", "timespan", "timespan", "timespan", (a, b) => `kql_modulo(${a}, ${b})`, page) },
  { operator: "*", ...row("*", "timespan", "long", "timespan", (a, b) => `(${a} * ${b})`, page) },
  { operator: "*", ...row("*", "long", "timespan", "timespan", (a, b) => `(${a} * ${b})`, page) },
  {
    operator: "*",
    ...row("*", "timespan", "real", "timespan", (a, b) => `try_cast(trunc(${a} * ${b}) AS BIGINT)`, page),
  },
  {
    operator: "*",
    ...row("*", "real", "timespan", "timespan", (a, b) => `try_cast(trunc(${a} * ${b}) AS BIGINT)`, page),
  },
  { operator: "/", ...row("/", "timespan", "long", "timespan", (a, b) => `(${a} // ${b})`, page) },
  {
    operator: "/",
    ...row("/", "timespan", "real", "timespan", (a, b) => `try_cast(trunc(${a} / ${b}) AS BIGINT)`, page),
  },
  { operator: "/", ...row("/", "datetime", "timespan", "real", (a, b) => `(kql_ticks(${a})::DOUBLE / ${b})`, page) },
  {
    operator: "%",
    ...row("%", "datetime", "timespan", "timespan", (a, b) => `kql_modulo(kql_ticks(${a}), ${b})`, page),
  },
];

/** The rule for an operator between two types; undefined where Kusto has none. Dynamic operands take the other side's type. */
export function arithmetic(operator: ArithmeticOperator, left: KustoType, right: KustoType): Arithmetic | undefined {
  if (left === "dynamic" || right === "dynamic" || left === "bool" || right === "bool") {
    const plain = (type: KustoType): KustoType => (type === "bool" ? "long" : type);
    const [a, b] = [plain(left), plain(right)];
    if (a === "dynamic" && b === "dynamic") return onNumbers[operator].real;
    const other = a === "dynamic" ? b : a;
    const known = other === "int" || other === "long" ? "real" : other;
    if (known === "timespan" && (operator === "*" || operator === "/")) {
      return arithmetic(operator, a === "dynamic" ? "real" : a, b === "dynamic" ? "real" : b);
    }
    return arithmetic(operator, a === "dynamic" ? known : a, b === "dynamic" ? known : b);
  }
  if (numeric.has(left) && numeric.has(right)) {
    if (left === "decimal" || right === "decimal") return onNumbers[operator].decimal;
    return onNumbers[operator][left === "real" || right === "real" ? "real" : "long"];
  }
  const carried = (type: KustoType): KustoType => (type === "int" ? "long" : type === "decimal" ? "real" : type);
  return onTimes.find(
    (rule) => rule.operator === operator && rule.left === carried(left) && rule.right === carried(right),
  );
}

export interface TextOperator {
  readonly fn: ScalarFunction;
  readonly negated: boolean;
}

function textRow(name: string, emit: (s: string, t: string) => string): ScalarFunction {
  return scalar(name, ["string", "string"], "bool", ([s = "", t = ""]) => emit(s, t), {
    source: "query/datatypes-string-operators",
  });
}

/** By the operator's name in the official tree, without `Expression` and `Not`. */
const positive: readonly (readonly [string, ScalarFunction])[] = [
  ["EqualTilde", textRow("=~", (s, t) => `(lower(${s}) = lower(${t}))`)],
  ["Has", textRow("has", (s, t) => `kql_has(${s}, ${t})`)],
  ["HasCs", textRow("has_cs", (s, t) => `kql_has_cs(${s}, ${t})`)],
  ["HasPrefix", textRow("hasprefix", (s, t) => `kql_hasprefix(${s}, ${t})`)],
  ["HasPrefixCs", textRow("hasprefix_cs", (s, t) => `kql_hasprefix_cs(${s}, ${t})`)],
  ["HasSuffix", textRow("hassuffix", (s, t) => `kql_hassuffix(${s}, ${t})`)],
  ["HasSuffixCs", textRow("hassuffix_cs", (s, t) => `kql_hassuffix_cs(${s}, ${t})`)],
  ["Contains", textRow("contains", (s, t) => `contains(lower(${s}), lower(${t}))`)],
  ["ContainsCs", textRow("contains_cs", (s, t) => `contains(${s}, ${t})`)],
  ["StartsWith", textRow("startswith", (s, t) => `starts_with(lower(${s}), lower(${t}))`)],
  ["StartsWithCs", textRow("startswith_cs", (s, t) => `starts_with(${s}, ${t})`)],
  ["EndsWith", textRow("endswith", (s, t) => `suffix(lower(${s}), lower(${t}))`)],
  ["EndsWithCs", textRow("endswith_cs", (s, t) => `suffix(${s}, ${t})`)],
  ["MatchesRegex", textRow("matches regex", (s, t) => `regexp_matches(${s}, ${t})`)],
  ["Like", textRow("like", (s, t) => `(lower(${s}) GLOB lower(${t}))`)],
  ["LikeCs", textRow("likecs", (s, t) => `(${s} GLOB ${t})`)],
];

export const textFunctions: readonly ScalarFunction[] = positive.map(([, fn]) => fn);

export const textOperators: ReadonlyMap<string, TextOperator> = new Map(
  positive.flatMap(([kind, fn]): [string, TextOperator][] => [
    [`${kind}Expression`, { fn, negated: false }],
    [kind === "EqualTilde" ? "BangTildeExpression" : `Not${kind}Expression`, { fn, negated: true }],
  ]),
);

export interface Membership {
  readonly name: "in" | "in~" | "has_any" | "has_all";
  /** Both sides are compared as strings. */
  readonly text: boolean;
  /** First argument against the others. */
  readonly inList: ScalarFunction;
  /** First argument (a string) against the elements of a dynamic array. */
  readonly inArray: ScalarFunction;
}

const list = { variadic: true, source: "query/in-operator" };
const membershipRows: readonly Membership[] = [
  {
    name: "in",
    text: false,
    inList: scalar(
      "in",
      ["any"],
      "bool",
      ([value = "", ...items]) => (items.length === 0 ? "false" : `coalesce(${value} IN (${items.join(", ")}), false)`),
      list,
    ),
    inArray: scalar(
      "in",
      ["string", "dynamic"],
      "bool",
      ([value = "", array = ""]) => `coalesce(list_contains(kql_texts(${array}), ${value}), false)`,
      list,
    ),
  },
  {
    name: "in~",
    text: true,
    inList: scalar(
      "in~",
      ["string"],
      "bool",
      ([value = "", ...items]) =>
        items.length === 0 ? "false" : `(lower(${value}) IN (${items.map((item) => `lower(${item})`).join(", ")}))`,
      list,
    ),
    inArray: scalar(
      "in~",
      ["string", "dynamic"],
      "bool",
      ([value = "", array = ""]) =>
        `coalesce(list_contains(list_transform(kql_texts(${array}), lambda e: lower(e)), lower(${value})), false)`,
      list,
    ),
  },
  {
    name: "has_any",
    text: true,
    inList: scalar(
      "has_any",
      ["string"],
      "bool",
      ([value = "", ...items]) =>
        items.length === 0 ? "false" : `(${items.map((item) => `kql_has(${value}, ${item})`).join(" OR ")})`,
      list,
    ),
    inArray: scalar(
      "has_any",
      ["string", "dynamic"],
      "bool",
      ([value = "", array = ""]) =>
        `coalesce(list_bool_or(list_transform(kql_texts(${array}), lambda e: kql_has(${value}, e))), false)`,
      list,
    ),
  },
  {
    name: "has_all",
    text: true,
    inList: scalar(
      "has_all",
      ["string"],
      "bool",
      ([value = "", ...items]) =>
        items.length === 0 ? "true" : `(${items.map((item) => `kql_has(${value}, ${item})`).join(" AND ")})`,
      list,
    ),
    inArray: scalar(
      "has_all",
      ["string", "dynamic"],
      "bool",
      ([value = "", array = ""]) =>
        `coalesce(list_bool_and(list_transform(kql_texts(${array}), lambda e: kql_has(${value}, e))), true)`,
      list,
    ),
  },
];

export function membership(word: string): Membership | undefined {
  return membershipRows.find(({ name }) => name === word);
}
