import { expect, test } from "vitest";

import { chooseMediaType } from "./media-type.js";

const offered = ["application/json", "application/x-ndjson", "text/csv"] as const;

test.each([
  { accept: null, chosen: "application/json" },
  { accept: "", chosen: "application/json" },
  { accept: "*/*", chosen: "application/json" },
  { accept: "text/csv", chosen: "text/csv" },
  { accept: "TEXT/CSV; charset=utf-8", chosen: "text/csv" },
  { accept: "text/*", chosen: "text/csv" },
  { accept: "application/*", chosen: "application/json" },
  { accept: "application/x-ndjson, application/json;q=0.5", chosen: "application/x-ndjson" },
  { accept: "application/json;q=0.1, */*", chosen: "application/x-ndjson" },
  { accept: "application/json;q=0, */*;q=0.1", chosen: "application/x-ndjson" },
  { accept: "text/html,application/xhtml+xml,*/*;q=0.8", chosen: "application/json" },
  { accept: "text/html", chosen: undefined },
  { accept: "*/*;q=0", chosen: undefined },
  { accept: "text/csv;q=nonsense", chosen: undefined },
  { accept: ",,;;", chosen: undefined },
] as const)("Accept: $accept is answered with $chosen", ({ accept, chosen }) => {
  expect(chooseMediaType(accept, offered)).toBe(chosen);
});
