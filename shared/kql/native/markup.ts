/** XML to dynamic values, as `parse_xml` gives them. */
import { XMLParser } from "fast-xml-parser";
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";
import { type Json } from "./json.js";

/** Attributes get `@`, text beside them `#text`; everything stays text. Entities are not expanded. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
});

function jsonOf(value: unknown): Json {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === "object" && value !== null)
    return new Map(Object.entries(value).map(([name, member]) => [name, jsonOf(member)]));
  return typeof value === "string" ? value : null;
}

export const markupNatives: readonly NativeFunction[] = [
  define("parse_xml", ["string"], "dynamic", (text) => {
    if (text === null || !text.trimStart().startsWith("<")) return null;
    try {
      return jsonOf(parser.parse(text));
    } catch (error) {
      // the parser's only way to say that this is no XML
      if (error instanceof Error) return null;
      throw error;
    }
  }),
];
