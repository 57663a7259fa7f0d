/** What the binder knows: tables, saved functions, and what Azure adds to the language. Symbols are made once, on demand. */
import { loadKusto, type GlobalState, type Kusto, type TableSymbol } from "./kusto.js";
import { productFunctions, standardColumns, watchlistColumns } from "./azure.js";
import { type KustoType, type StoredFunction, type TableSchema } from "./types.js";

export interface CatalogueOptions {
  readonly tables: readonly TableSchema[];
  readonly functions?: readonly StoredFunction[];
  /** Whether an unknown table whose name ends in `_CL` (a custom table) is taken for one with open columns. */
  readonly openCustomTables?: boolean;
}

const suffixTypes: Readonly<Record<string, KustoType>> = {
  s: "string",
  d: "real",
  t: "datetime",
  b: "bool",
  g: "string",
};
const scalarNames: Readonly<Record<KustoType, string>> = {
  bool: "Bool",
  int: "Int",
  long: "Long",
  real: "Real",
  decimal: "Decimal",
  datetime: "DateTime",
  timespan: "TimeSpan",
  guid: "Guid",
  string: "String",
  dynamic: "Dynamic",
};

/** Type of a column of an open table, by the suffix that Azure gives it. */
export function typeBySuffix(name: string): KustoType | undefined {
  const suffix = /_([sdtbg])$/.exec(name)?.[1];
  return suffix === undefined ? undefined : suffixTypes[suffix];
}

/** Comments and strings, in which nothing asks for tables. */
const silent =
  /```[^]*?```|~~~[^]*?~~~|\/\/[^\n]*|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

/** Stars after a number or a bracket, before a number or a call, and alone in brackets (`count(*)`, `(T:(*))`): none names tables. */
const multiplied = /(?:(?<!\w)\d[\w.]*|[)\]])\s*\*|\s\*\s*\d|\*\s*\w+\s*\(|\(\s*\*\s*\)/g;

/**
 * Whether a query may go over tables that it does not name: `search` and `find` do, and `union` with a `*` in a name. A star
 * between numbers and calls multiplies; one that may be either counts. The symbols of a thousand tables cost a second.
 */
export function mayReadAll(text: string): boolean {
  const code = text.replace(silent, '""');
  if (/\b(search|find)\b/.test(code)) return true;
  return /\bunion\b/.test(code) && code.replace(multiplied, "").includes("*");
}

const isCustomTable = (name: string) => name.endsWith("_CL");

/** States that are kept; one with all tables holds some ten megabytes of what the binder worked out about them. */
const maxStates = 8;

export class Catalogue {
  readonly #kusto: Kusto;
  readonly #tables: ReadonlyMap<string, TableSchema>;
  readonly #functions: ReadonlyMap<string, StoredFunction>;
  readonly #openCustomTables: boolean;
  readonly #symbols = new Map<string, TableSymbol>();
  /** By the names that decide; the binder keeps in a state what it worked out about its tables. */
  readonly #states = new Map<string, GlobalState>();

  constructor({ tables, functions = [], openCustomTables = false }: CatalogueOptions) {
    this.#kusto = loadKusto();
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#functions = new Map([...productFunctions, ...functions].map((fn) => [fn.name, fn]));
    this.#openCustomTables = openCustomTables;
  }

  get tableNames(): readonly string[] {
    return [...this.#tables.keys()];
  }

  get functionNames(): readonly string[] {
    return [...this.#functions.keys()];
  }

  /**
   * The state to bind `text` against: only what it may mention, since a thousand table symbols cost a second.
   * @param openColumns columns that open tables get besides those with a suffix
   */
  globalsFor(text: string, openColumns: readonly string[] = []): GlobalState {
    const mentioned = this.#mentioned(text);
    const all = mayReadAll(text);
    const key = [
      ...[...mentioned].filter((name) => this.#changesSchemas(name, all)),
      ...openColumns.map((name) => `+${name}`),
      ...(all ? ["*"] : []),
    ]
      .sort()
      .join(" ");
    const state = this.#states.get(key) ?? this.#newState(mentioned, openColumns, all);
    // the latest used comes last
    this.#states.delete(key);
    this.#states.set(key, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > maxStates && oldest !== undefined) this.#states.delete(oldest);
    return state;
  }

  /** Whether a query that mentions `name` is bound against other schemas than one that does not. */
  #changesSchemas(name: string, all: boolean): boolean {
    return (
      this.#functions.has(name) ||
      (!all && this.#tables.has(name)) ||
      typeBySuffix(name) !== undefined ||
      isCustomTable(name) ||
      name === "_GetWatchlist"
    );
  }

  #newState(mentioned: ReadonlySet<string>, openColumns: readonly string[], all: boolean): GlobalState {
    const { GlobalState, Symbols } = this.#kusto.language;
    const extra = [...mentioned, ...openColumns].filter(
      (name) => typeBySuffix(name) !== undefined || openColumns.includes(name),
    );
    const tables = [...this.#tables.values()]
      .filter(({ name }) => all || mentioned.has(name))
      .map((table) => this.#symbol(table, extra));
    if (this.#openCustomTables) {
      for (const name of mentioned) {
        if (isCustomTable(name) && !this.#tables.has(name)) {
          tables.push(this.#symbol({ name, columns: standardColumns, open: true }, extra));
        }
      }
    }
    const functions = [...this.#functions.values()]
      .filter(({ name }) => mentioned.has(name))
      .map(({ name, parameters, body }) => new Symbols.FunctionSymbol.$ctor16(name, parameters, body, null));
    const elsewhere = new Symbols.DatabaseSymbol.$ctor1("workspace", [...tables], false);
    const scopes = ["workspace", "app", "resource", "adx"].map(
      (name) =>
        new Symbols.FunctionSymbol.$ctor6(
          name,
          elsewhere,
          [new Symbols.Parameter.$ctor2("name", Symbols.ScalarTypes["String"])],
          null,
        ),
    );
    const watchlist = this.#symbol({ name: "_GetWatchlist", columns: watchlistColumns, open: true }, openColumns);
    const watchlists = mentioned.has("_GetWatchlist")
      ? [
          new Symbols.FunctionSymbol.$ctor6(
            "_GetWatchlist",
            watchlist,
            [new Symbols.Parameter.$ctor2("alias", Symbols.ScalarTypes["String"])],
            null,
          ),
        ]
      : [];
    const database = new Symbols.DatabaseSymbol.$ctor1(
      "default",
      [...tables, ...functions, ...scopes, ...watchlists],
      false,
    );
    const cluster = new Symbols.ClusterSymbol.$ctor1("local", [database], true);
    return GlobalState.Default.WithCluster(cluster).WithDatabase(database);
  }

  /** All tables, for `search` and `find` without names. */
  tableSymbols(text: string): readonly TableSymbol[] {
    const extra = [...this.#mentioned(text)].filter((name) => typeBySuffix(name) !== undefined);
    return [...this.#tables.values()].map((table) => this.#symbol(table, extra));
  }

  /** Identifiers of the text, and of the saved functions that it mentions. */
  #mentioned(text: string): ReadonlySet<string> {
    const names = new Set<string>();
    const pending = [text];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const [name] of next.matchAll(/[\p{L}_$][\p{L}\p{N}_]*/gu)) {
        if (names.has(name)) continue;
        names.add(name);
        const fn = this.#functions.get(name);
        if (fn !== undefined) pending.push(fn.body);
      }
      for (const [, quoted = ""] of next.matchAll(/\[\s*["']([^"']+)["']\s*\]/g)) names.add(quoted);
    }
    return names;
  }

  #symbol(table: TableSchema, extra: readonly string[]): TableSymbol {
    const open = table.open === true;
    const known = new Set(table.columns.map(({ name }) => name));
    const added = open ? [...new Set(extra)].filter((name) => !known.has(name)) : [];
    if (added.length === 0) {
      let symbol = this.#symbols.get(table.name);
      if (symbol === undefined) {
        symbol = this.#newSymbol(table.name, table.columns, open);
        this.#symbols.set(table.name, symbol);
      }
      return symbol;
    }
    const columns = added.map((name) => ({ name, type: typeBySuffix(name) ?? ("string" as const) }));
    return this.#newSymbol(table.name, [...table.columns, ...columns], open);
  }

  #newSymbol(name: string, columns: TableSchema["columns"], open: boolean): TableSymbol {
    const { Symbols } = this.#kusto.language;
    const symbols = columns.map(
      (column) =>
        new Symbols.ColumnSymbol(column.name, Symbols.ScalarTypes[scalarNames[column.type]], null, null, null, null),
    );
    const table = new Symbols.TableSymbol.$ctor4(name, symbols);
    return open ? table.WithIsOpen(true) : table;
  }
}
