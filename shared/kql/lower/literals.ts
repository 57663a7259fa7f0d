/** Literal nodes to constants. `LiteralValue` of the official parser is right for strings only (reference kql.md 1.4). */
import { refused, unsupported } from "../diagnostic.js";
import {
  formatDatetime,
  formatTimespan,
  parseBool,
  parseDatetime,
  parseGuid,
  parseLong,
  parseReal,
  parseTimespan,
} from "../literal.js";
import { constant, type Constant } from "../plan.js";
import { child, children, nodeKind, nodeType, source, spanOf, text, type SyntaxNode } from "../syntax.js";
import { type KustoType } from "../types.js";

const literalTypes: Readonly<Record<string, KustoType>> = {
  BooleanLiteralExpression: "bool",
  IntLiteralExpression: "int",
  LongLiteralExpression: "long",
  RealLiteralExpression: "real",
  DecimalLiteralExpression: "decimal",
  DateTimeLiteralExpression: "datetime",
  TimespanLiteralExpression: "timespan",
  GuidLiteralExpression: "guid",
  StringLiteralExpression: "string",
};

const longMin = -(2n ** 63n);
const longMax = 2n ** 63n - 1n;

export function lowerLiteral(node: SyntaxNode): Constant {
  if (nodeType(node) === "CompoundStringLiteralExpression") return constant("string", literalText(node));
  const type = literalTypes[nodeKind(node)];
  if (type === undefined) throw unsupported(`the literal ${source(node)}`, spanOf(node));
  if (type === "string") return constant("string", literalText(node));
  const valueText = valueTextOf(node);
  if (valueText.trim().toLowerCase() === "null") return constant(type, null);
  const value = parseValue(type, valueText);
  if (value === undefined) {
    if (type === "datetime" && valueText.trim() === "") return constant(type, null);
    throw refused("VG003", `${source(node)} is no ${type}`, spanOf(node));
  }
  if ((type === "long" || type === "int") && typeof value === "bigint") {
    const [least, greatest] = type === "int" ? [-(2n ** 31n), 2n ** 31n - 1n] : [longMin, longMax];
    // 2^63 is let through: it may stand behind a minus sign
    if (value < least || value > (type === "long" ? greatest + 1n : greatest)) {
      throw refused("VG003", `${source(node)} is out of the range of ${type}`, spanOf(node));
    }
  }
  return constant(type, value);
}

function parseValue(type: KustoType, valueText: string): bigint | number | boolean | string | undefined {
  switch (type) {
    case "bool":
      return parseBool(valueText);
    case "int":
    case "long":
      return parseLong(valueText);
    case "real":
      return parseReal(valueText);
    case "decimal":
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(valueText) ? valueText.trim() : undefined;
    case "datetime":
      return parseDatetime(valueText);
    case "timespan":
      return parseTimespan(valueText);
    case "guid":
      return parseGuid(valueText);
    case "string":
    case "dynamic":
      return valueText;
    default:
      throw new Error(`no literal of type ${String(type satisfies never)}`);
  }
}

function literalText(node: SyntaxNode): string {
  const value = (node as unknown as { LiteralValue: unknown }).LiteralValue;
  if (typeof value !== "string") throw new Error(`no text in the literal ${source(node)}`);
  return value;
}

/** Text inside `type(…)`, or of the bare literal. */
function valueTextOf(node: SyntaxNode): string {
  const info = (node as unknown as { LiteralValueInfo: { ValueText: string } | null }).LiteralValueInfo;
  return info?.ValueText ?? source(node);
}

/** JSON text of `dynamic(…)`; undefined for null. */
export function lowerDynamic(node: SyntaxNode): Constant {
  const json = dynamicJson(child(node, "Expression"));
  return constant("dynamic", json === "null" ? null : json);
}

function dynamicJson(node: SyntaxNode): string {
  switch (nodeType(node)) {
    case "JsonArrayExpression":
      return `[${children(node, "Values").map(dynamicJson).join(",")}]`;
    case "JsonObjectExpression": {
      const pairs = children(node, "Pairs").map((pair) => {
        const name = text(child(pair, "Name"), "ValueText");
        return `${JSON.stringify(name)}:${dynamicJson(child(pair, "Value"))}`;
      });
      return `{${pairs.join(",")}}`;
    }
    case "DynamicExpression":
    case "ParenthesizedExpression":
      return dynamicJson(child(node, "Expression"));
    case "PrefixUnaryExpression": {
      const json = dynamicJson(child(node, "Expression"));
      return source(node).startsWith("-") ? `-${json}` : json;
    }
    default:
      return constantJson(nodeKind(node) === "NullLiteralExpression" ? constant("dynamic", null) : lowerLiteral(node));
  }
}

/** A constant as it stands inside a dynamic value: dates and timespans as text. */
export function constantJson({ type, value }: Constant): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? realJson(value) : JSON.stringify(String(value));
  if (typeof value === "bigint") {
    if (type === "datetime") return JSON.stringify(formatDatetime(value));
    return type === "timespan" ? JSON.stringify(formatTimespan(value)) : String(value);
  }
  return type === "dynamic" || type === "decimal" ? value : JSON.stringify(value);
}

/** Kusto keeps the kind of a number: a real 5 is `5.0`. */
export function realJson(value: number): string {
  const short = String(value);
  return /^-?\d+$/.test(short) ? `${short}.0` : short;
}
