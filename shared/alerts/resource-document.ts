import { Ajv, type ErrorObject } from "ajv";

import { armError, type ArmError } from "../arm/arm-error.js";
import { parseDuration, parseInstant } from "../metrics/time-grain.js";

/**
 * A JSON schema, with four keywords of our own: `durations` (allowed ISO 8601 durations, or `"any"`), `instant` (a time),
 * `emptyIsAbsent` (clients send `""` for nothing), `tagDefault` (the tag of a `discriminator` that old clients leave out).
 */
export type DocumentSchema = Readonly<Record<string, unknown>>;

/** An object of texts: tags, custom properties. */
export const texts = { type: "object", additionalProperties: { type: "string" } } as const;

/** What Azure Resource Manager says of every resource, and nobody can put. */
export const resourceMembers = {
  id: { readOnly: true },
  name: { readOnly: true },
  type: { readOnly: true },
  etag: { readOnly: true },
  systemData: { readOnly: true },
} as const;

export type DocumentOutcome<T> = { readonly kind: "document"; readonly document: T } | ArmError;

/** Characters of a wrong value that an error repeats. */
const maxQuotedCharacters = 64;

const ajv = new Ajv({ discriminator: true, verbose: true, strictTypes: false, strictRequired: false });
ajv.addKeyword({
  keyword: "durations",
  type: "string",
  validate: (allowed: readonly string[] | "any", value: string) => {
    const length = parseDuration(value);
    if (allowed === "any") return length !== undefined || /^PT?0+[DHMS]$/.test(value);
    return length !== undefined && allowed.some((each) => parseDuration(each) === length);
  },
});
ajv.addKeyword({
  keyword: "instant",
  type: "string",
  validate: (_: true, value: string) => parseInstant(value) !== undefined,
});
ajv.addKeyword("emptyIsAbsent");
ajv.addKeyword("tagDefault");

/**
 * Makes the reader of one kind of resource. What it reads is as Azure reads it: names of properties and values of enums
 * without case (answers have their usual case), `null` as absent, durations in upper case, read-only properties left out,
 * defaults filled in. Properties that the schema doesn't know are kept as they are.
 * @returns a function that answers the document, or which property is wrong and what it should be
 */
export function documentReader<T>(schema: DocumentSchema): (body: unknown) => DocumentOutcome<T> {
  const check = ajv.compile<T>(schema);
  return (body) => {
    const canonical = canonize(schema, body, "");
    if (canonical instanceof TwiceGiven) {
      return armError("BadRequest", `${canonical.path} is given twice, in different case.`, canonical.path);
    }
    if (check(canonical)) return { kind: "document", document: canonical };
    const [error] = check.errors ?? [];
    if (error === undefined) throw new Error("reading a resource: the schema failed without an error");
    return propertyError(error);
  };
}

class TwiceGiven {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const lower = (text: string): string => text.toLowerCase();

function canonize(schema: DocumentSchema, value: unknown, path: string): unknown {
  if (typeof value === "string") return canonizeText(schema, value);
  if (Array.isArray(value)) {
    if (!isRecord(schema["items"])) return value;
    const items: unknown[] = [];
    for (const [index, each] of value.entries()) {
      const item = canonize(schema["items"], each, `${path}[${index}]`);
      if (item instanceof TwiceGiven) return item;
      items.push(item);
    }
    return items;
  }
  if (!isRecord(value)) return value;
  const shape = Array.isArray(schema["oneOf"]) ? branchFor(schema, value) : schema;
  return isRecord(shape["properties"]) ? canonizeObject(shape, shape["properties"], value, path) : value;
}

function canonizeText({ enum: allowed, durations }: DocumentSchema, value: string): string {
  if (durations !== undefined) return value.trim().toUpperCase();
  if (!Array.isArray(allowed)) return value;
  return (allowed as readonly string[]).find((each) => lower(each) === lower(value)) ?? value;
}

function canonizeObject(
  shape: DocumentSchema,
  properties: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
  path: string,
): unknown {
  const names = new Map(Object.keys(properties).map((name) => [lower(name), name]));
  const entries = new Map<string, unknown>();
  for (const [written, each] of Object.entries(value)) {
    const name = names.get(lower(written));
    if (name === undefined) {
      entries.set(written, each);
      continue;
    }
    const schema = properties[name] as DocumentSchema;
    const here = propertyPath(path, name);
    if (entries.has(name)) return new TwiceGiven(here);
    const isAbsent = each === null || (each === "" && schema["emptyIsAbsent"] === true) || schema["readOnly"] === true;
    if (isAbsent) continue;
    const canonical = canonize(schema, each, here);
    if (canonical instanceof TwiceGiven) return canonical;
    entries.set(name, canonical);
  }
  for (const [name, schema] of Object.entries(properties)) {
    const { default: fallback } = schema as DocumentSchema;
    if (fallback !== undefined && !entries.has(name)) entries.set(name, fallback);
  }
  const tag = shape["tag"];
  if (isRecord(tag)) for (const [name, each] of Object.entries(tag)) entries.set(name, each);
  return Object.fromEntries(entries);
}

/** The branch that the object's tag names, with the tag in its usual case; nothing to canonize by if none does. */
function branchFor(schema: DocumentSchema, value: Readonly<Record<string, unknown>>): DocumentSchema {
  const { propertyName } = schema["discriminator"] as { readonly propertyName: string };
  const written =
    Object.entries(value).find(([name]) => lower(name) === lower(propertyName))?.[1] ?? schema["tagDefault"];
  if (typeof written !== "string") return {};
  for (const branch of schema["oneOf"] as readonly DocumentSchema[]) {
    const { [propertyName]: tag } = branch["properties"] as Readonly<Record<string, { readonly const?: string }>>;
    if (tag?.const !== undefined && lower(tag.const) === lower(written)) {
      return { ...branch, tag: { [propertyName]: tag.const } };
    }
  }
  return {};
}

/** `properties.criteria.allOf[0]['odata.type']` */
export function propertyPath(parent: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${parent}['${name}']`;
  return parent === "" ? name : `${parent}.${name}`;
}

/** An error that names a property, as its target and at the start of the message. */
export const invalidProperty = (path: string, message: string): ArmError =>
  armError("BadRequest", `${path} ${message}`, path);

function pathOf(pointer: string): string {
  let path = "";
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = /^\d+$/.test(name) ? `${path}[${name}]` : propertyPath(path, name);
  }
  return path;
}

/** Values are repeated only where they are one of a few words: anything else may be a secret. */
function propertyError({ instancePath, keyword, params, message, schema, data, parentSchema }: ErrorObject): ArmError {
  const path = pathOf(instancePath);
  const subject = path === "" ? "The body" : path;
  const quoted = typeof data === "string" ? `'${data.slice(0, maxQuotedCharacters)}'` : `type ${typeof data}`;
  const wrong = (sentence: string, at = path): ArmError => armError("BadRequest", sentence, at);
  switch (keyword) {
    case "required": {
      const missing = propertyPath(path, (params as { readonly missingProperty: string }).missingProperty);
      return wrong(`${missing} is required.`, missing);
    }
    case "discriminator": {
      const { tag, tagValue } = params as { readonly tag: string; readonly tagValue?: unknown };
      const at = propertyPath(path, tag);
      const known = tagsOf(parentSchema, tag).join(", ");
      const found = typeof tagValue === "string" ? ` instead of '${tagValue.slice(0, maxQuotedCharacters)}'` : "";
      return wrong(`${at} must be one of ${known}${found}.`, at);
    }
    case "enum":
      return wrong(`${subject} must be one of ${(schema as readonly unknown[]).join(", ")} instead of ${quoted}.`);
    case "durations": {
      const form =
        schema === "any" ? "an ISO 8601 duration such as PT5M" : `one of ${(schema as readonly string[]).join(", ")}`;
      return wrong(`${subject} must be ${form} instead of ${quoted}.`);
    }
    case "instant":
      return wrong(`${subject} must be an ISO 8601 time such as 2026-01-01T00:00:00Z.`);
    case "type":
      return wrong(`${subject} must be of type ${String((params as { readonly type: unknown }).type)}.`);
    default:
      return wrong(`${subject} ${message ?? "is wrong"}.`);
  }
}

function tagsOf(parent: unknown, tag: string): readonly string[] {
  const branches = isRecord(parent) ? (parent["oneOf"] as readonly DocumentSchema[]) : [];
  return branches.map(
    (branch) => (branch["properties"] as Record<string, { readonly const: string }>)[tag]?.const ?? "",
  );
}
