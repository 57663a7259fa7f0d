import { type TypedData } from "../app/core-types.js";

/** Messages that one output value becomes (§5). Throws when a string looks like JSON and is not. */
export function outputMessages(value: TypedData): readonly Buffer[] {
  if (value.bytes !== undefined) return [Buffer.from(value.bytes)];
  if (value.json !== undefined) return fromJson(JSON.parse(value.json));
  if (value.string !== undefined) return fromString(value.string);
  const number = value.int ?? value.double;
  return number === undefined ? [] : [Buffer.from(String(number))];
}

function fromString(text: string): readonly Buffer[] {
  const trimmed = text.trim();
  const looksLikeJson =
    (trimmed.startsWith("{") && trimmed.endsWith("}")) || (trimmed.startsWith("[") && trimmed.endsWith("]"));
  if (!looksLikeJson) return [Buffer.from(text)];
  try {
    return fromJson(JSON.parse(trimmed));
  } catch (error) {
    throw new Error("a queue output that begins and ends like JSON is not valid JSON; send bytes for exact text", {
      cause: error,
    });
  }
}

function fromJson(value: unknown): readonly Buffer[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => Buffer.from(elementText(each)));
}

/** As Newtonsoft's `ToString()`: objects indented, numbers and strings as they are, booleans capitalized. */
function elementText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return value ? "True" : "False";
    default:
      return value === null ? "" : JSON.stringify(value, null, 2);
  }
}

/** A plain value that a handler returned under an output's name, as typed data (§4.3). */
export function toTypedData(value: unknown): TypedData | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return { string: value };
  if (typeof value === "number") return Number.isInteger(value) ? { int: value } : { double: value };
  return { json: JSON.stringify(value) };
}
