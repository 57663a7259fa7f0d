/** `parse-kv` (query/parse-kv-operator): pairs of key and value out of text, with or without given delimiters. */
import { type Json } from "./json.js";

export interface KeyValueOptions {
  /** Those that the query asks for. */
  readonly keys: readonly string[];
  readonly pair_delimiter?: string;
  readonly kv_delimiter?: string;
  /** One character, or an opening and a closing one. */
  readonly quote?: string;
  readonly escape?: string;
  readonly greedy?: boolean | string;
}

/** The first value of each key. */
export function keyValues(text: string, options: KeyValueOptions): Json {
  const { pair_delimiter: pair, kv_delimiter: kv } = options;
  return pair === undefined || kv === undefined
    ? undelimited(text, options)
    : delimited(text, { ...options, pair_delimiter: pair, kv_delimiter: kv });
}

class Scanner {
  at = 0;
  readonly #text: string;
  readonly #open: string;
  readonly #close: string;
  readonly #escape: string;
  constructor(text: string, { quote = "", escape = "" }: KeyValueOptions) {
    this.#text = text;
    this.#open = quote[0] ?? "";
    this.#close = quote[1] ?? this.#open;
    this.#escape = escape;
  }

  get done(): boolean {
    return this.at >= this.#text.length;
  }

  rest(): string {
    return this.#text.slice(this.at);
  }

  /** Text up to where `stops` holds, outside of quotes; blanks around it are dropped, those in quotes kept. */
  until(stops: (at: number) => boolean): string {
    while (/\s/.test(this.#text[this.at] ?? "") && !stops(this.at)) this.at++;
    const quoted = this.#open !== "" && this.#text.startsWith(this.#open, this.at);
    if (quoted) return this.#quoted(stops);
    const start = this.at;
    while (!this.done && !stops(this.at)) this.at++;
    return this.#text.slice(start, this.at).trim();
  }

  #quoted(stops: (at: number) => boolean): string {
    let value = "";
    for (this.at++; !this.done && !this.#text.startsWith(this.#close, this.at); this.at++) {
      if (this.#escape !== "" && this.#text.startsWith(this.#escape, this.at)) this.at++;
      value += this.#text[this.at] ?? "";
    }
    this.at++;
    while (!this.done && !stops(this.at)) this.at++;
    return value;
  }
}

type Delimiters = KeyValueOptions & { readonly pair_delimiter: string; readonly kv_delimiter: string };

function delimited(text: string, options: Delimiters): Json {
  const { pair_delimiter: pair, kv_delimiter: kv, keys } = options;
  const greedy = options.greedy === true || options.greedy === "true";
  const found = new Map<string, Json>();
  const scanner = new Scanner(text, options);
  const startsKey = (at: number) => {
    const ahead = text.slice(at).trimStart();
    return keys.some((key) => ahead.startsWith(key) && ahead.slice(key.length).trimStart().startsWith(kv));
  };
  while (!scanner.done) {
    const key = scanner.until((at) => text.startsWith(kv, at) || text.startsWith(pair, at));
    if (!text.startsWith(kv, scanner.at)) {
      scanner.at += pair.length;
      continue;
    }
    scanner.at += kv.length;
    const value = scanner.until((at) => text.startsWith(pair, at) && (!greedy || startsKey(at + pair.length)));
    scanner.at += pair.length;
    if (!found.has(key)) found.set(key, value);
  }
  return found;
}

/** Without delimiters every character that is no letter or digit is one: a known key, one of those, its value. */
function undelimited(text: string, options: KeyValueOptions): Json {
  const found = new Map<string, Json>();
  const isWord = (at: number) => /[\p{L}\p{N}_]/u.test(text[at] ?? "");
  for (const key of options.keys) {
    for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
      const end = at + key.length;
      if ((at > 0 && isWord(at - 1)) || isWord(end) || end >= text.length) continue;
      const scanner = new Scanner(text, options);
      scanner.at = end;
      const quote = options.quote?.[0];
      while (!scanner.done && !isWord(scanner.at) && text[scanner.at] !== quote) scanner.at++;
      found.set(
        key,
        scanner.until((position) => !isWord(position)),
      );
      break;
    }
  }
  return found;
}
