import { type TypedData } from "../app/core-types.js";

export type MessageEncoding = "base64" | "none";

/** Content of a queue message, or why it cannot be read (§8.4). */
export type Decoded =
  | { readonly kind: "decoded"; readonly bytes: Buffer; readonly text: string; readonly isUtf8: boolean }
  | { readonly kind: "undecodable"; readonly reason: string };

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function decodeMessage(messageText: string, encoding: MessageEncoding): Decoded {
  if (encoding === "base64" && !base64.test(messageText.replace(/\s/g, ""))) {
    return { kind: "undecodable", reason: "its body is not base64, and messageEncoding is base64" };
  }
  const bytes = Buffer.from(messageText, encoding === "base64" ? "base64" : "utf8");
  const text = bytes.toString("utf8");
  return { kind: "decoded", bytes, text, isUtf8: encoding === "none" || Buffer.from(text, "utf8").equals(bytes) };
}

export function encodeMessage(content: Buffer, encoding: MessageEncoding): string {
  return content.toString(encoding === "base64" ? "base64" : "utf8");
}

export type MessageFacts = {
  readonly id: string;
  readonly dequeueCount: number;
  readonly insertedOn: Date;
  readonly expiresOn: Date;
  readonly nextVisibleOn: Date;
  readonly popReceipt: string;
};

/** Trigger metadata of a queue message. Properties of a JSON message overwrite the built-in ones, whatever their case (§8.6). */
export function queueMetadata(
  facts: MessageFacts,
  message: { readonly text: string; readonly isUtf8: boolean },
): Record<string, TypedData> {
  const entries = new Map<string, { name: string; data: TypedData }>();
  const put = (name: string, data: TypedData): void => {
    const known = entries.get(name.toLowerCase());
    entries.set(name.toLowerCase(), { name: known?.name ?? name, data });
  };
  if (message.isUtf8) put("QueueTrigger", { string: message.text });
  put("Id", { string: facts.id });
  put("DequeueCount", { json: String(facts.dequeueCount) });
  put("InsertionTime", { json: offsetDate(facts.insertedOn) });
  put("ExpirationTime", { json: offsetDate(facts.expiresOn) });
  put("NextVisibleTime", { json: offsetDate(facts.nextVisibleOn) });
  put("PopReceipt", { string: facts.popReceipt });
  for (const [name, value] of Object.entries(jsonObject(message.text) ?? {})) {
    const data = propertyData(value);
    if (data !== undefined) put(name, data);
  }
  return Object.fromEntries([...entries.values()].map(({ name, data }) => [name, data]));
}

/** Binding data for `{…}` in outputs: the same names with plain values (§9.1). */
export function queueBindingData(metadata: Readonly<Record<string, TypedData>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, data]): [string, unknown] => [
      name,
      data.json === undefined ? data.string : (JSON.parse(data.json) as unknown),
    ]),
  );
}

/** The trigger argument (§4.2). */
export function messageInput(message: { text: string; bytes: Buffer }, dataType: "string" | "binary"): TypedData {
  return dataType === "binary" ? { bytes: message.bytes } : { string: message.text };
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // plain text that begins with a brace
  }
}

/** Arrays and nulls are left out; numbers and booleans are text as .NET writes it. */
function propertyData(value: unknown): TypedData | undefined {
  switch (typeof value) {
    case "string":
      return { string: invariantDate(value) ?? value };
    case "number":
      return { string: String(value) };
    case "boolean":
      return { string: value ? "True" : "False" };
    default:
      return value === null || Array.isArray(value) ? undefined : { json: JSON.stringify(value) };
  }
}

const isoDate = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,7})?(Z|[+-]\d{2}:?\d{2})?$/;

/** The host parses JSON with date detection: what looks like an ISO date comes out as invariant text (§8.6). */
function invariantDate(text: string): string | undefined {
  const match = isoDate.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) return undefined;
  const [, year = "", month = "", day = "", time = "", zone] = match;
  if (zone === undefined || zone === "Z") return `${month}/${day}/${year} ${time}`;
  // with an offset, .NET reads it into local time
  const local = new Date(text);
  const two = (number: number): string => String(number).padStart(2, "0");
  const date = `${two(local.getMonth() + 1)}/${two(local.getDate())}/${String(local.getFullYear()).padStart(4, "0")}`;
  return `${date} ${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`;
}

function offsetDate(date: Date): string {
  const text = date.toISOString();
  return JSON.stringify(
    date.getUTCMilliseconds() === 0 ? text.replace(".000Z", "+00:00") : text.replace("Z", "+00:00"),
  );
}
