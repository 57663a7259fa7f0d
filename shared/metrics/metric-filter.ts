import { type DimensionCondition } from "./series-query.js";

/** Conditions in one filter, and values in one condition. */
export const maxConditions = 20;
export const maxFilterValues = 100;

export type FilterOutcome =
  | { readonly kind: "filter"; readonly conditions: readonly DimensionCondition[] }
  | {
      readonly kind: "invalid";
      /** One sentence that says what would be right. */
      readonly message: string;
      /** Characters before the fault. */
      readonly position: number;
    };

type Token =
  | { readonly kind: "word" | "text"; readonly text: string; readonly position: number }
  | { readonly kind: "(" | ")" | "," | "end"; readonly text: string; readonly position: number };

const operators = ["eq", "ne", "sw", "startswith"] as const;
type Operator = (typeof operators)[number];
const grammar = "A filter is like: ApiName eq 'GetBlob' or ApiName eq 'PutBlob' and Authentication eq '*'";

class InvalidFilter extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * Reads the `$filter` of the metrics API: `name eq 'value'` joined by `and`, and by `or` between values of one name;
 * `ne`, `sw` and `startswith` as newer versions have them; `'*'` for every value; `''` for a quote inside one. `or` binds
 * values of the same name before `and`, as in Azure's own samples, not as in OData. Nothing of the text is ever
 * evaluated: what comes out are names and values.
 */
export function parseMetricFilter(text: string): FilterOutcome {
  try {
    const parser = new FilterParser(tokenize(text));
    return { kind: "filter", conditions: parser.filter() };
  } catch (error) {
    if (!(error instanceof InvalidFilter)) throw error;
    return {
      kind: "invalid",
      message: `${error.message} at character ${error.position + 1}. ${grammar}`,
      position: error.position,
    };
  }
}

const word = /[A-Za-z_][A-Za-z0-9_.-]*/y;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let position = 0; position < text.length;) {
    const character = text.charAt(position);
    if (/\s/.test(character)) {
      position += 1;
    } else if (character === "'") {
      const [value, end] = readText(text, position);
      tokens.push({ kind: "text", text: value, position });
      position = end;
    } else if (character === "(" || character === ")" || character === ",") {
      tokens.push({ kind: character, text: character, position });
      position += 1;
    } else {
      word.lastIndex = position;
      const [found] = word.exec(text) ?? [];
      if (found === undefined)
        throw new InvalidFilter(`The filter has an unexpected ${JSON.stringify(character)}`, position);
      tokens.push({ kind: "word", text: found, position });
      position += found.length;
    }
  }
  return [...tokens, { kind: "end", text: "", position: text.length }];
}

/** @returns the value, quotes undoubled, and where the text goes on */
function readText(text: string, start: number): readonly [string, number] {
  let value = "";
  for (let at = start + 1; ;) {
    const quote = text.indexOf("'", at);
    if (quote < 0) throw new InvalidFilter("The filter has a quote without its counterpart", start);
    value += text.slice(at, quote);
    if (text.charAt(quote + 1) !== "'") return [value, quote + 1];
    value += "'";
    at = quote + 2;
  }
}

interface Comparison {
  readonly name: string;
  readonly operator: Operator;
  readonly value: string;
  readonly position: number;
}

class FilterParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  filter(): readonly DimensionCondition[] {
    const conditions = [this.#group()];
    while (this.#takeWord("and")) conditions.push(this.#group());
    const { kind, text, position } = this.#next();
    if (kind === "word" && text.toLowerCase() === "or") {
      throw new InvalidFilter("The filter has an 'or' after a group of another name", position);
    }
    if (kind !== "end")
      throw new InvalidFilter(`The filter goes on with ${JSON.stringify(text)} where 'and' or 'or' could be`, position);
    if (conditions.length > maxConditions) {
      throw new InvalidFilter(
        `The filter has ${conditions.length} conditions; the limit is ${maxConditions}`,
        position,
      );
    }
    return conditions;
  }

  /** Comparisons of one name, joined by `or`, in parentheses or not. */
  #group(): DimensionCondition {
    const inParentheses = this.#peek().kind === "(";
    if (inParentheses) this.#next();
    const comparisons = [this.#comparison()];
    while (this.#takeWord("or")) comparisons.push(this.#comparison());
    if (inParentheses) {
      const { kind, position } = this.#next();
      if (kind !== ")") throw new InvalidFilter("The filter has a parenthesis without its counterpart", position);
    }
    return conditionOf(comparisons);
  }

  #comparison(): Comparison {
    const first = this.#next();
    if (first.kind !== "word") throw new InvalidFilter("The filter lacks the name of a dimension", first.position);
    // startswith(name, 'value') is OData's way to write it
    if (first.text.toLowerCase() === "startswith" && this.#peek().kind === "(")
      return this.#startsWithCall(first.position);
    const operator = this.#next();
    const known = operators.find((each) => operator.kind === "word" && each === operator.text.toLowerCase());
    if (known === undefined) {
      throw new InvalidFilter(`The filter lacks one of ${operators.join(", ")} after ${first.text}`, operator.position);
    }
    return { name: first.text, operator: known, value: this.#value(), position: first.position };
  }

  #startsWithCall(position: number): Comparison {
    this.#next();
    const name = this.#next();
    const comma = this.#next();
    if (name.kind !== "word" || comma.kind !== ",") {
      throw new InvalidFilter("The filter lacks the arguments of startswith(name, 'value')", name.position);
    }
    const value = this.#value();
    const end = this.#next();
    if (end.kind !== ")") throw new InvalidFilter("The filter has a parenthesis without its counterpart", end.position);
    return { name: name.text, operator: "startswith", value, position };
  }

  #value(): string {
    const { kind, text, position } = this.#next();
    if (kind !== "text") throw new InvalidFilter("The filter lacks a value in single quotes", position);
    return text;
  }

  #takeWord(text: string): boolean {
    const { kind, text: found } = this.#peek();
    const taken = kind === "word" && found.toLowerCase() === text;
    if (taken) this.#at += 1;
    return taken;
  }

  #peek(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error("reading a filter: there is no last token");
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }
}

function conditionOf(comparisons: readonly Comparison[]): DimensionCondition {
  const [first] = comparisons;
  if (first === undefined) throw new Error("reading a filter: a group is empty");
  const other = comparisons.find(({ name }) => name.toLowerCase() !== first.name.toLowerCase());
  if (other !== undefined) {
    throw new InvalidFilter(
      `The filter has an 'or' between ${first.name} and ${other.name}, which is for values of one name`,
      other.position,
    );
  }
  const kinds = new Set(comparisons.map(({ operator }) => kindOf(operator)));
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1 || (kind === "notIn" && comparisons.length > 1)) {
    throw new InvalidFilter("The filter has an 'or' between operators that it can't join", first.position);
  }
  if (comparisons.length > maxFilterValues) {
    throw new InvalidFilter(
      `The filter has ${comparisons.length} values of ${first.name}; the limit is ${maxFilterValues}`,
      first.position,
    );
  }
  const values = comparisons.map(({ value }) => value);
  if (kind === "in" && values.includes("*")) return { kind: "any", dimension: first.name };
  return { kind, dimension: first.name, values };
}

function kindOf(operator: Operator): "in" | "notIn" | "startsWith" {
  switch (operator) {
    case "eq":
      return "in";
    case "ne":
      return "notIn";
    default:
      return "startsWith";
  }
}
