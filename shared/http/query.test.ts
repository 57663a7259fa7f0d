import { describe, expect, test } from "vitest";

import { choiceParameter, integerParameter } from "./query-parameters.js";
import { maxValueLength, parseQuery } from "./query.js";

const parameters = {
  limit: integerParameter("how many", 1, 100, 10),
  by: { ...choiceParameter("grouped by", ["operation", "path"], "path"), required: true as const },
};
const parse = (query: string) => parseQuery(new URL(`http://localhost/x?${query}`).searchParams, parameters);

describe("values are read", () => {
  test.each([
    { query: "by=path", values: { by: "path" } },
    { query: "by=path&limit=100", values: { by: "path", limit: 100 } },
    { query: "by=path&limit=", values: { by: "path" } },
  ])("$query", ({ query, values }) => {
    expect(parse(query)).toEqual({ kind: "query", values });
  });
});

describe("a wrong query is refused with the parameter and what it should be", () => {
  test.each([
    { query: "", code: "MissingRequiredQueryParameter", target: "by", says: "one of operation, path" },
    { query: "by=", code: "MissingRequiredQueryParameter", target: "by", says: "one of operation, path" },
    { query: "by=Path", code: "InvalidQueryParameterValue", target: "by", says: 'got "Path"' },
    { query: "by=path&by=path", code: "InvalidQueryParameterValue", target: "by", says: "it is there twice" },
    { query: "by=path&limit=0", code: "InvalidQueryParameterValue", target: "limit", says: "from 1 to 100" },
    { query: "by=path&limit=101", code: "InvalidQueryParameterValue", target: "limit", says: "from 1 to 100" },
    { query: "by=path&limit=1e1", code: "InvalidQueryParameterValue", target: "limit", says: 'got "1e1"' },
    { query: "by=path&limit=-1", code: "InvalidQueryParameterValue", target: "limit", says: 'got "-1"' },
    {
      query: `by=path&limit=${"a".repeat(maxValueLength + 1)}`,
      code: "InvalidQueryParameterValue",
      target: "limit",
      says: "more than 2048 characters",
    },
    { query: "by=path&Limit=1", code: "UnsupportedQueryParameter", target: "Limit", says: "limit, by" },
    { query: "by=path&__proto__=1", code: "UnsupportedQueryParameter", target: "__proto__", says: "Supported here" },
  ])("$query: $code, $target", ({ query, code, target, says }) => {
    const parsed = parse(query);
    expect(parsed).toMatchObject({ kind: "problem", code, target });
    expect(parsed.kind === "problem" && parsed.message).toContain(says);
  });
});
