/** Headers by name in lower case. */
export type Headers = ReadonlyMap<string, string>;

/** The first value of one header, for those who need no others: nothing is made of the rest. */
export function findHeader(raw: readonly string[], lowerCaseName: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? "";
    // the length is looked at first: lower-casing every name would cost more than all the rest
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return raw[at + 1];
  }
  return undefined;
}

/**
 * @param raw names and values alternating, as `IncomingMessage.rawHeaders`
 * @returns the first value of each name: what a request sends twice is not ours to merge
 */
export function indexHeaders(raw: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    if (!headers.has(name)) headers.set(name, raw[at + 1] ?? "");
  }
  return headers;
}
