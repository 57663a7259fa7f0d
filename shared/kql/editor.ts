/** What an editor asks of the language: completions, hover text, colours. All from the official language service. */
import { type Catalogue } from "./catalogue.js";
import { loadKusto, type EditorService, type List } from "./kusto.js";
import { items } from "./syntax.js";
import { type Span } from "./types.js";

export interface Completion {
  /** As shown in a list. */
  readonly label: string;
  /** `Column`, `Table`, `QueryPrefix`, `ScalarFunction`, …: the service's own names. */
  readonly kind: string;
  /** Text that replaces `replaces`; the cursor goes between `before` and `after`. */
  readonly before: string;
  readonly after: string;
}

export interface Completions {
  readonly replaces: Span;
  readonly items: readonly Completion[];
}

export interface Classified {
  readonly span: Span;
  /** `Keyword`, `Column`, `StringLiteral`, …: the service's own names. */
  readonly kind: string;
}

/** @param names that the service must know besides those that the text mentions */
function serviceOf(text: string, catalogue: Catalogue, names: readonly string[] = []): EditorService {
  const { KustoCodeService } = loadKusto().language.Editor;
  return new KustoCodeService.$ctor1(text, catalogue.globalsFor([text, ...names].join("\n")));
}

/** Tables and saved functions that the word before the cursor may become. */
function begun(text: string, catalogue: Catalogue): readonly string[] {
  const word = (/\w*$/.exec(text)?.[0] ?? "").toLowerCase();
  return [...catalogue.tableNames, ...catalogue.functionNames].filter((name) => name.toLowerCase().includes(word));
}

/** @param position UTF-16 offset of the cursor */
export function completionsAt(text: string, position: number, catalogue: Catalogue): Completions {
  const cursor = within(position, text);
  const found = serviceOf(text, catalogue, begun(text.slice(0, cursor), catalogue)).GetCompletionItems(cursor);
  return {
    replaces: { start: found.EditStart, end: found.EditStart + found.EditLength },
    items: items(found.Items).map(({ DisplayText, Kind, BeforeText, AfterText }) => ({
      label: DisplayText,
      kind: loadKusto().completionKind(Kind),
      before: BeforeText ?? DisplayText,
      after: AfterText ?? "",
    })),
  };
}

/** What the name or word at `position` is; undefined where there is nothing to say. */
export function hoverAt(text: string, position: number, catalogue: Catalogue): string | undefined {
  const said = serviceOf(text, catalogue).GetQuickInfo(within(position, text)).Text;
  return said === null || said === "" ? undefined : said;
}

/** Every word of the text with what it is, in order. */
export function classify(text: string, catalogue: Catalogue): readonly Classified[] {
  const ranges: List<{ readonly Start: number; readonly Length: number; readonly Kind: number }> = serviceOf(
    text,
    catalogue,
  ).GetClassifications(0, text.length).Classifications;
  return items(ranges).map(({ Start, Length, Kind }) => ({
    span: { start: Start, end: Start + Length },
    kind: loadKusto().classificationKind(Kind),
  }));
}

function within(position: number, text: string): number {
  return Math.min(text.length, Math.max(0, Math.trunc(position)));
}
