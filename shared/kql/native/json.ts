/**
 * Dynamic values in TypeScript. `JSON.parse` would turn 5.0 into 5 and lose digits of long numbers, and objects would
 * reorder keys that look like numbers; so bags are Maps, longs bigints and reals numbers.
 */
export type Json = null | boolean | string | bigint | number | readonly Json[] | ReadonlyMap<string, Json>;

/** Arrays and bags inside each other; deeper values are refused. */
const maxDepth = 500;

export function isBag(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > maxDepth) throw new Error(`JSON is nested deeper than ${maxDepth}`);
    this.#skipBlanks();
    const first = this.#text[this.#at];
    if (first === "{") return this.#bag(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    const scalar = /[^\s,\]}]*/y;
    scalar.lastIndex = this.#at;
    const word = scalar.exec(this.#text)?.[0] ?? "";
    this.#at += word.length;
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    if (/^-?\d+$/.test(word)) return BigInt(word);
    const number = Number(word);
    if (word === "" || Number.isNaN(number)) throw new Error(`no JSON at ${this.#at}`);
    return number;
  }

  end(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw new Error(`more than one JSON value: ${this.#at}`);
  }

  #array(depth: number): readonly Json[] {
    const values: Json[] = [];
    this.#at++;
    this.#skipBlanks();
    while (this.#text[this.#at] !== "]") {
      values.push(this.value(depth + 1));
      this.#separate("]");
    }
    this.#at++;
    return values;
  }

  #bag(depth: number): ReadonlyMap<string, Json> {
    const values = new Map<string, Json>();
    this.#at++;
    this.#skipBlanks();
    while (this.#text[this.#at] !== "}") {
      const name = this.#string();
      this.#skipBlanks();
      if (this.#text[this.#at++] !== ":") throw new Error(`no colon at ${this.#at}`);
      values.set(name, this.value(depth + 1));
      this.#separate("}");
    }
    this.#at++;
    return values;
  }

  #separate(close: string): void {
    this.#skipBlanks();
    if (this.#text[this.#at] === ",") {
      this.#at++;
      this.#skipBlanks();
    } else if (this.#text[this.#at] !== close) throw new Error(`no comma at ${this.#at}`);
  }

  #string(): string {
    const quoted = /"(?:[^"\\]|\\.)*"/sy;
    quoted.lastIndex = this.#at;
    const text = quoted.exec(this.#text)?.[0];
    if (text === undefined) throw new Error(`no string at ${this.#at}`);
    this.#at += text.length;
    return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

export function formatJson(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return formatReal(value);
  if (isArray(value)) return `[${value.map(formatJson).join(",")}]`;
  return `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${formatJson(member)}`).join(",")}}`;
}

function formatReal(value: number): string {
  if (!Number.isFinite(value))
    return JSON.stringify(Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
  const short = String(value);
  return /^-?\d+$/.test(short) ? `${short}.0` : short;
}

/** `tostring` of a dynamic value. */
export function jsonText(value: Json): string {
  if (value === null) return "";
  return typeof value === "string" ? value : formatJson(value);
}

/** A number out of a dynamic value; null when it is none. */
export function jsonNumber(value: Json | undefined): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value === "NaN") return NaN;
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : null;
}

export function sameJson(a: Json, b: Json): boolean {
  if ((typeof a === "bigint" || typeof a === "number") && (typeof b === "bigint" || typeof b === "number"))
    return Number(a) === Number(b);
  return formatJson(a) === formatJson(b);
}
