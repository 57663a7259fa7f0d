import { Ajv, type JSONSchemaType } from "ajv";

import { changesBlob } from "./metric-blob-names.js";
import type { MetricChange } from "./metric-store.js";

const hourMs = 3_600_000;
/** Clocks of instances differ; a change may be noted in the hour before. */
const hoursLookedBack = 1;
/** Older tokens begin here: changes are kept as long as metrics are, but nobody needs weeks of them. */
const maxHoursBehind = 48;

interface Definitions {
  readonly namespace: string;
  /** Dimensions by metric. */
  readonly metrics: Record<string, readonly string[]>;
}
type Token = Record<string, number>;

const ajv = new Ajv();
const isDefinitions = ajv.compile<Definitions>({
  type: "object",
  properties: {
    namespace: { type: "string" },
    metrics: { type: "object", additionalProperties: { type: "array", items: { type: "string" } } },
  },
  required: ["namespace", "metrics"],
});
const isWatermark = ajv.compile<{ readonly minute: number }>({
  type: "object",
  properties: { minute: { type: "integer", minimum: 0 } },
  required: ["minute"],
});
const isToken = ajv.compile<Token>({
  type: "object",
  patternProperties: { "^\\d{1,9}$": { type: "integer", minimum: 0 } },
  additionalProperties: false,
});
const changeSchema: JSONSchemaType<MetricChange> = {
  type: "object",
  properties: {
    resourceId: { type: "string" },
    namespace: { type: "string" },
    from: { type: "integer" },
    to: { type: "integer" },
  },
  required: ["resourceId", "namespace", "from", "to"],
};
const isChange = ajv.compile(changeSchema);

export function parseDefinitions(bytes: Uint8Array | undefined): Definitions {
  if (bytes === undefined) return { namespace: "", metrics: {} };
  const value: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isDefinitions(value)) throw new Error("reading metric definitions: they are not as Vigil writes them");
  return value;
}

export function parseWatermark(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isWatermark(value)) throw new Error("reading a watermark: it is not as Vigil writes it");
  return value.minute;
}

/** A token is bytes read, by hour. It is opaque to callers, and may come from anywhere. */
function parseToken(token: string): Token {
  const fault = new Error("reading metric changes: this is no token that Vigil gave out");
  try {
    const value: unknown = JSON.parse(token);
    if (!isToken(value)) throw fault;
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw fault;
    throw error;
  }
}

/** @param read text of a blob from a position on */
export async function readChanges(
  read: (name: string, from: number) => Promise<string>,
  token: string | undefined,
  now: Date,
): Promise<{ readonly changes: readonly MetricChange[]; readonly token: string }> {
  const hour = Math.floor(now.getTime() / hourMs);
  const before = token === undefined ? {} : parseToken(token);
  const known = Object.keys(before).map(Number);
  const first = Math.max(Math.min(hour - hoursLookedBack, ...known), hour - maxHoursBehind);
  const positions: Token = {};
  const changes: MetricChange[] = [];
  // one hour ahead, for writers whose clock is
  for (let each = first; each <= hour + 1; each++) {
    const from = before[each] ?? 0;
    const text = await read(changesBlob(each), from);
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (each >= hour - hoursLookedBack) positions[each] = from + Buffer.byteLength(whole);
    if (token !== undefined) for (const line of whole.split("\n")) if (line !== "") changes.push(parseChange(line));
  }
  return { changes, token: JSON.stringify(positions) };
}

function parseChange(line: string): MetricChange {
  const value: unknown = JSON.parse(line);
  if (!isChange(value)) throw new Error("reading metric changes: a line is not as Vigil writes it");
  return value;
}
