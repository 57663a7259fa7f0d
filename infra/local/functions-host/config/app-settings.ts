/** App settings by name. As in .NET configuration the names ignore case, and `__` and `:` are the same. */
export class Settings {
  readonly #values = new Map<string, string>();

  constructor(values: Readonly<Record<string, string | undefined>>) {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) this.#values.set(normalize(name), value);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(normalize(name));
  }
}

function normalize(name: string): string {
  return name.replaceAll("__", ":").toLowerCase();
}

export type Expanded =
  { readonly kind: "expanded"; readonly text: string } | { readonly kind: "unresolved"; readonly reason: string };

/** Replaces `%NAME%` by app settings (§9.1). A setting that is missing, or a single `%`, is a reason. */
export function expandSettings(text: string, settings: Settings): Expanded {
  const parts = text.split("%");
  if (parts.length % 2 === 0) {
    return { kind: "unresolved", reason: `'${text}' holds a single '%'; app settings are written %NAME%` };
  }
  let result = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      result += part;
      continue;
    }
    const value = settings.get(part);
    if (value === undefined) return { kind: "unresolved", reason: `'%${part}%' does not resolve to a value` };
    result += value;
  }
  return { kind: "expanded", text: result };
}
