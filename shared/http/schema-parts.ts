export type JsonSchema = Readonly<Record<string, unknown>>;

/** An object that has exactly these properties; those whose names end in `?` may be absent. */
export function object(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  const names = Object.keys(properties);
  return {
    type: "object",
    ...(description !== undefined && { description }),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ""), properties[name]])),
  };
}

export const array = (items: JsonSchema): JsonSchema => ({ type: "array", items });
export const described = (schema: JsonSchema, description: string): JsonSchema => ({ ...schema, description });
export const text: JsonSchema = { type: "string" };
export const flag: JsonSchema = { type: "boolean" };
export const count: JsonSchema = { type: "integer", minimum: 0 };
export const time: JsonSchema = { type: "string", format: "date-time" };
