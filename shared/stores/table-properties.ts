/** A string property of a row holds at most 64 KiB of UTF-16. */
const maxPropertyLength = 32_000;

/** Cuts a text into the properties `<name>0`, `<name>1`, … of a row, which holds at most 1 MiB in all. */
export function splitProperties<Name extends string>(name: Name, text: string): Record<`${Name}${number}`, string> {
  const parts = Array.from({ length: Math.ceil(text.length / maxPropertyLength) }, (_, index) => [
    `${name}${index}`,
    text.slice(index * maxPropertyLength, (index + 1) * maxPropertyLength),
  ]);
  return Object.fromEntries(parts) as Record<`${Name}${number}`, string>;
}

/** The text that `splitProperties` cut; empty if the row has none. */
export function joinProperties<Name extends string>(
  row: Readonly<Partial<Record<`${Name}${number}`, string>>>,
  name: Name,
): string {
  let text = "";
  for (let index = 0; ; index++) {
    const part = row[`${name}${index}`];
    if (part === undefined) return text;
    text += part;
  }
}

/**
 * JSON of ASCII alone. The emulator decodes what it receives piece by piece, so that a character of two bytes that lies
 * across two pieces is lost in a body of more than 64 KiB.
 */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
