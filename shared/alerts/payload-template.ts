/**
 * Fills `${data.essentials.monitorCondition}` and the like in from the payload of the common alert schema, as custom
 * properties and mail subjects may have it; array members by `[0]`. What the payload doesn't have stays as it is written,
 * so that a mistake can be seen.
 */
export function expandTemplate(text: string, payload: unknown): string {
  return text.replace(/\$\{([\w.[\]]{1,256})\}/g, (written, path: string) => textAt(payload, path) ?? written);
}

function textAt(payload: unknown, path: string): string | undefined {
  let value = payload;
  for (const name of path.replace(/\[(\d+)\]/g, ".$1").split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
