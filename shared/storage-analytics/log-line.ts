import { type LogEntry } from "./log-entry.js";

/**
 * How a field is written. `quoted`: HTML-encoded and in quotes unless empty; `plain`: bare text; `count`: a decimal
 * integer or nothing; `reserved`: always empty.
 */
export type FieldForm = "plain" | "quoted" | "count" | "reserved";

type NameOf<Value> = { [Name in keyof LogEntry]: LogEntry[Name] extends Value ? Name : never }[keyof LogEntry];
export type TextFieldName = NameOf<string>;
export type CountFieldName = Exclude<keyof LogEntry, TextFieldName>;

export type LogField =
  | { readonly name: TextFieldName; readonly form: "plain" | "quoted" }
  | { readonly name: CountFieldName; readonly form: "count" }
  | { readonly name: undefined; readonly form: "reserved" };

const plain = (name: TextFieldName): LogField => ({ name, form: "plain" });
const quoted = (name: TextFieldName): LogField => ({ name, form: "quoted" });
const count = (name: CountFieldName): LogField => ({ name, form: "count" });

/** Fields in the order of the line: version 1.0 has the first 30, version 2.0 all 38. */
export const logFields: readonly LogField[] = [
  plain("version"),
  plain("requestStartTime"),
  plain("operationType"),
  plain("requestStatus"),
  plain("httpStatusCode"),
  count("endToEndLatencyMs"),
  count("serverLatencyMs"),
  plain("authenticationType"),
  plain("requesterAccountName"),
  plain("ownerAccountName"),
  plain("serviceType"),
  quoted("requestUrl"),
  quoted("requestedObjectKey"),
  plain("requestIdHeader"),
  count("operationCount"),
  plain("requesterIpAddress"),
  plain("requestVersionHeader"),
  count("requestHeaderSize"),
  count("requestPacketSize"),
  count("responseHeaderSize"),
  count("responsePacketSize"),
  count("requestContentLength"),
  quoted("requestMd5"),
  quoted("serverMd5"),
  quoted("etagIdentifier"),
  plain("lastModifiedTime"),
  quoted("conditionsUsed"),
  quoted("userAgentHeader"),
  quoted("referrerHeader"),
  quoted("clientRequestId"),
  quoted("userObjectId"),
  quoted("tenantId"),
  quoted("applicationId"),
  quoted("audience"),
  quoted("issuer"),
  quoted("userPrincipalName"),
  { name: undefined, form: "reserved" },
  quoted("authorizationDetail"),
];

export const fieldCounts = { "1.0": 30, "2.0": 38 } as const;

const fieldsOf = { "1.0": logFields.slice(0, fieldCounts["1.0"]), "2.0": logFields } as const;

/** What ends a line for some reader: the C0 controls but tab (Python splits at VT, FF, FS, GS, RS), NEL, LS, PS. */
const lineBreaking = /[\u0000-\u0008\u000A-\u001F\u007F\u0085\u2028\u2029]/;
const everyLineBreaking = new RegExp(lineBreaking, "g");

/** What a plain value may have to be quoted for: one quick look for nearly all. */
const suspicious = /[\s;"]/;

/** A plain value that reads back as it is without quotes. */
const bare = /^(?:[^\s;"]|[^\s;"][^;"]*[^\s;"])?$/;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const quote = (value: string): string =>
  `"${value.replace(/[&<>"]/g, (character) => entities[character] ?? character)}"`;

function formatField(entry: LogEntry, field: LogField, clean: boolean): string {
  if (field.form === "reserved") return "";
  if (field.form === "count") return entry[field.name]?.toString() ?? "";
  const raw = entry[field.name];
  if (raw === "") return "";
  const value = clean ? raw : raw.replace(everyLineBreaking, " ");
  // A client chooses its x-ms-version: Azure never quotes that field, but a `;` in it must not shift the columns.
  return field.form === "quoted" || (suspicious.test(value) && !bare.test(value)) ? quote(value) : value;
}

/**
 * One line of a `$logs` blob, without its line end.
 *
 * `&`, `<`, `>` and `"` become entities inside quotes, characters that would end the line become a space, an empty
 * field stays empty. The last eight fields are written in version 2.0 only. The SAS signature must be redacted before.
 * Source: "Storage Analytics log format", REST reference.
 */
export function formatLogEntry(entry: LogEntry): string {
  const line = joinFields(entry, true);
  // one search for all fields: hardly ever does one hold what would end the line
  return lineBreaking.test(line) ? joinFields(entry, false) : line;
}

function joinFields(entry: LogEntry, clean: boolean): string {
  let line = "";
  for (const field of fieldsOf[entry.version]) line += `${line === "" ? "" : ";"}${formatField(entry, field, clean)}`;
  return line;
}
