import { problem, type HttpProblem } from "./error-catalogue.js";

/** A query parameter of a route: how it is described, and how its text becomes a value. */
export interface QueryParameter<T> {
  readonly description: string;
  /** What an error tells to send: "a whole number from 1 to 10000". */
  readonly expected: string;
  /** JSON schema of the text, for `/openapi.json`. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example: string;
  readonly required?: boolean;
  /** undefined: the text is not what was expected. */
  readonly parse: (text: string) => T | undefined;
}

export type QueryParameters = Readonly<Record<string, QueryParameter<unknown>>>;

export type QueryValues<P extends QueryParameters> = {
  readonly [Name in keyof P]: P[Name] extends QueryParameter<infer T>
    ? P[Name] extends { readonly required: true }
      ? T
      : T | undefined
    : never;
};

export type ParsedQuery<P extends QueryParameters> =
  { readonly kind: "query"; readonly values: QueryValues<P> } | HttpProblem;

/** Characters of one value; a filter is short, a continuation token not much longer. */
export const maxValueLength = 2_048;

/**
 * Reads a query by a table of parameters. Names compare exactly; an unknown one, or one given twice, is
 * refused rather than ignored: a misspelt filter would answer another question. An empty value counts as absent.
 */
export function parseQuery<P extends QueryParameters>(query: URLSearchParams, parameters: P): ParsedQuery<P> {
  const values: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const [name, text] of query) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) return unsupported(name, Object.keys(parameters));
    if (seen.has(name)) return invalid(name, "it is there twice", parameter);
    seen.add(name);
    if (text === "") continue;
    if (text.length > maxValueLength) return invalid(name, `it has more than ${maxValueLength} characters`, parameter);
    const value = parameter.parse(text);
    if (value === undefined) return invalid(name, `got ${JSON.stringify(excerpt(text))}`, parameter);
    values[name] = value;
  }
  const missing = Object.entries(parameters).find(([name, { required }]) => required === true && !(name in values));
  if (missing !== undefined) {
    const [name, { expected }] = missing;
    return problem("MissingRequiredQueryParameter", `The query parameter ${name} is missing: ${expected}.`, name);
  }
  return { kind: "query", values: values as QueryValues<P> };
}

const excerpt = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** The problem of a value that is not what its parameter takes. */
export const invalid = (name: string, why: string, { expected }: { readonly expected: string }): HttpProblem =>
  problem("InvalidQueryParameterValue", `The query parameter ${name} must be ${expected}; ${why}.`, name);

/** The problem of a parameter that the route does not have. */
export function unsupported(name: string, known: readonly string[]): HttpProblem {
  const shown = excerpt(name);
  const supported = known.length === 0 ? "This route has none." : `Supported here: ${known.join(", ")}.`;
  return problem("UnsupportedQueryParameter", `There is no query parameter ${shown} here. ${supported}`, shown);
}
