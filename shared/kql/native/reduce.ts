/**
 * `reduce`: groups texts by the words that they share, after R. Vaarandi, "A Data Clustering Algorithm for Mining Patterns
 * From Event Logs" (IEEE IPOM 2003), which the operator's page names: words that are frequent at their place stay, the
 * others become `*`.
 */
import { type Json } from "./json.js";

export interface ReduceOptions {
  /** Share of the texts that must have a word at its place. */
  readonly threshold: number | null;
  /** Characters that separate words, besides all that are no ASCII letters or digits. */
  readonly characters: string | null;
}

export const defaultThreshold = 0.1;

interface Words {
  readonly words: readonly string[];
  /** What stands before each word, and after the last. */
  readonly between: readonly string[];
}

function wordsOf(text: string, isSeparator: (character: string) => boolean): Words {
  const words: string[] = [];
  const between = [""];
  let inWord = false;
  for (const character of text) {
    if (isSeparator(character)) {
      if (inWord) between.push("");
      between.push((between.pop() ?? "") + character);
      inWord = false;
    } else if (inWord) words.push((words.pop() ?? "") + character);
    else {
      words.push(character);
      inWord = true;
    }
  }
  if (inWord) between.push("");
  return { words, between };
}

/** The pattern of each text, one for each. */
export function patternsOf(texts: readonly string[], { threshold, characters }: ReduceOptions): readonly string[] {
  const extra = new Set(characters ?? "");
  const split = texts.map((text) =>
    wordsOf(text, (character) => extra.has(character) || !/[A-Za-z0-9]/.test(character)),
  );
  const least = Math.max(2, (threshold ?? defaultThreshold) * texts.length);
  const counts = new Map<string, number>();
  const key = (index: number, word: string) => `${index} ${word}`;
  for (const { words } of split) {
    for (const [index, word] of words.entries()) counts.set(key(index, word), (counts.get(key(index, word)) ?? 0) + 1);
  }
  return split.map(({ words, between }) => {
    let pattern = between[0] ?? "";
    for (const [index, word] of words.entries()) {
      const frequent = (counts.get(key(index, word)) ?? 0) >= least;
      pattern += (frequent ? word : "*") + (between[index + 1] ?? "");
    }
    return collapsed(pattern, extra);
  });
}

/** Separators that the query names belong to the wildcard next to them; wildcards side by side are one. */
function collapsed(pattern: string, extra: ReadonlySet<string>): string {
  let short = "";
  for (const character of pattern) {
    if (character === "*") {
      while (extra.has(short.at(-1) ?? "")) short = short.slice(0, -1);
      if (!short.endsWith("*")) short += "*";
    } else if (!(short.endsWith("*") && extra.has(character))) short += character;
  }
  return short;
}

/** Rows of pattern, count and a text that has it; the most frequent first. */
export function reduceTexts(texts: readonly string[], options: ReduceOptions): Json {
  const groups = new Map<string, { count: number; representative: string }>();
  for (const [index, pattern] of patternsOf(texts, options).entries()) {
    const group = groups.get(pattern) ?? { count: 0, representative: texts[index] ?? "" };
    group.count++;
    groups.set(pattern, group);
  }
  return [...groups]
    .toSorted(([, a], [, b]) => b.count - a.count)
    .map(([pattern, { count, representative }]): Json => [pattern, BigInt(count), representative]);
}
