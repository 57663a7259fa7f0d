/**
 * The only ways for a name to become SQL. Text of users (string literals, regexes, JSON paths) goes through bound
 * parameters; numbers, dates and timespans are written from typed values.
 */

/** A name in double quotes, as DuckDB reads it. NUL would end the statement early in the engine. */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new Error("a name in SQL cannot hold NUL");
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text in single quotes, for the few places where DuckDB takes no parameter. Control characters end the query instead. */
export function quoteText(text: string): string {
  // NUL ends a statement, \u0001 marks a parameter
  if (text.includes("\0") || text.includes("\u0001")) throw new Error("text in SQL cannot hold control characters");
  return `'${text.replaceAll("'", "''")}'`;
}

/** A column name made of ASCII letters, digits and `_` only, different from all of `taken` (compared as DuckDB does, without case). */
export function safeName(name: string, taken: Set<string>): string {
  const base = name.replace(/[^A-Za-z0-9_]/g, "_").slice(0, 60) || "_";
  let candidate = base;
  for (let suffix = 2; taken.has(candidate.toLowerCase()); suffix++) candidate = `${base}__${suffix}`;
  taken.add(candidate.toLowerCase());
  return `"${candidate}"`;
}
