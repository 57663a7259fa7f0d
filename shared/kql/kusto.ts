/**
 * The official parser and binder (`@kusto/language-service-next`), loaded once and typed as narrowly as we use it.
 * The package is C# compiled to scripts that write to the global object; there is no ES module.
 */
import { createRequire } from "node:module";

export interface TypeSymbol {
  readonly Name: string;
  readonly IsScalar: boolean;
  /** Tables only. */
  readonly Columns?: List<ColumnSymbol>;
  readonly IsOpen?: boolean;
}

export interface ColumnSymbol {
  readonly Name: string;
  readonly Type: TypeSymbol;
  readonly OriginalColumns?: List<ColumnSymbol> | null;
}

export interface KustoSymbol {
  readonly Name: string;
  /** The expression node of a `let` value. */
  readonly Source?: SyntaxNode | null;
}

export interface List<T> {
  readonly Count: number;
  getItem(index: number): T;
}

/** A node or token of the official tree. Children are read through `syntax.ts`, by their documented names. */
export interface SyntaxNode {
  readonly Kind: number;
  readonly TextStart: number;
  readonly Width: number;
  readonly ChildCount: number;
  readonly Parent: SyntaxNode | null;
  readonly ResultType?: TypeSymbol | null;
  readonly RawResultType?: TypeSymbol | null;
  readonly ReferencedSymbol?: KustoSymbol | null;
  GetChild(index: number): SyntaxNode | null;
  toString(): string;
}

export interface KustoDiagnostic {
  readonly Code: string;
  readonly Severity: string;
  readonly Message: string;
  readonly Start: number;
  readonly Length: number;
}

export interface KustoCode {
  readonly Kind: string;
  readonly Syntax: SyntaxNode;
  readonly ResultType: TypeSymbol | null;
  GetDiagnostics(): List<KustoDiagnostic>;
}

/** Immutable: names and schemas the binder knows. */
export interface GlobalState {
  WithDatabase(database: KustoSymbol): GlobalState;
  WithCluster(cluster: KustoSymbol): GlobalState;
  WithParameters(parameters: readonly KustoSymbol[]): GlobalState;
}

/** The language service of one text. Left-out arguments take its defaults; null does not. */
export interface EditorService {
  GetCompletionItems(position: number): {
    readonly EditStart: number;
    readonly EditLength: number;
    readonly Items: List<{
      readonly DisplayText: string;
      readonly Kind: number;
      readonly BeforeText: string | null;
      readonly AfterText: string | null;
    }>;
  };
  GetQuickInfo(position: number): { readonly Text: string | null };
  GetClassifications(
    start: number,
    length: number,
  ): { readonly Classifications: List<{ readonly Start: number; readonly Length: number; readonly Kind: number }> };
}

type Constructor<T> = new (...args: unknown[]) => T;

interface KustoLanguage {
  readonly KustoCode: {
    ParseAndAnalyze(text: string, globals: GlobalState): KustoCode;
    Parse(text: string, globals: GlobalState): KustoCode;
  };
  readonly GlobalState: { readonly Default: GlobalState };
  readonly Symbols: {
    readonly ScalarTypes: Readonly<Record<string, TypeSymbol>>;
    readonly TableSymbol: { readonly $ctor4: Constructor<TableSymbol> };
    readonly ColumnSymbol: Constructor<ColumnSymbol>;
    readonly DatabaseSymbol: { readonly $ctor1: Constructor<KustoSymbol> };
    readonly ClusterSymbol: { readonly $ctor1: Constructor<KustoSymbol> };
    readonly FunctionSymbol: { readonly $ctor16: Constructor<KustoSymbol>; readonly $ctor6: Constructor<KustoSymbol> };
    readonly Parameter: { readonly $ctor2: Constructor<KustoSymbol> };
    readonly ParameterSymbol: Constructor<KustoSymbol>;
  };
  readonly Editor: {
    readonly KustoCodeService: { readonly $ctor1: Constructor<EditorService> };
    readonly CompletionKind: unknown;
    readonly ClassificationKind: unknown;
  };
  readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, number>> };
  readonly Binding: {
    readonly Binder: {
      GetExpressionResultName(node: SyntaxNode, whenNone: string | null, row: TypeSymbol | null): string | null;
    };
  };
}

export interface TableSymbol extends KustoSymbol {
  WithIsOpen(open: boolean): TableSymbol;
}

export interface Kusto {
  readonly language: KustoLanguage;
  /** Class name of a node or symbol, without its namespace: `SummarizeOperator`, `ColumnSymbol`. */
  typeName(value: object): string;
  kindName(kind: number): string;
  completionKind(kind: number): string;
  classificationKind(kind: number): string;
}

/** A pool of the binder: collections that are emptied and used again. */
interface Pool {
  readonly items: unknown[];
  readonly resetter: (item: unknown) => void;
}

function isPool(value: unknown): value is Pool {
  return typeof value === "object" && value !== null && "resetter" in value && "items" in value;
}

/**
 * Lets go of the binder's pooled collections; gives how many pools there are. A dictionary that once held the columns of
 * a thousand tables keeps its size, and emptying it takes that time again for every later query, however small.
 */
export function dropPools(): number {
  const binder = loadKusto().language.Binding.Binder as unknown as Readonly<Record<string, unknown>>;
  const pools = Object.values(binder).filter(isPool);
  for (const { items } of pools) items.fill(null);
  return pools.length;
}

let loaded: Kusto | undefined;

/** Loads the parser at the first call (about 0.2 s; the first bind costs another 0.5 s). */
export function loadKusto(): Kusto {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  require("@kusto/language-service-next/bridge.min.js");
  require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
  const globals = globalThis as unknown as {
    Bridge: { getTypeName(value: object): string };
    System: { Enum: { toString(type: unknown, value: number): string } };
    Kusto: { Language: KustoLanguage };
  };
  const language = globals.Kusto.Language;
  const shortNames = new Map<string, string>();
  const kindNames = new Map<number, string>();
  loaded = {
    language,
    typeName(value) {
      const full = globals.Bridge.getTypeName(value);
      let short = shortNames.get(full);
      if (short === undefined) {
        short = full.replace(/^Kusto\.Language\.(Syntax|Symbols)\./, "");
        shortNames.set(full, short);
      }
      return short;
    },
    completionKind: (kind) => globals.System.Enum.toString(language.Editor.CompletionKind, kind),
    classificationKind: (kind) => globals.System.Enum.toString(language.Editor.ClassificationKind, kind),
    kindName(kind) {
      let name = kindNames.get(kind);
      if (name === undefined) {
        name = globals.System.Enum.toString(language.Syntax.SyntaxKind, kind);
        kindNames.set(kind, name);
      }
      return name;
    },
  };
  return loaded;
}
