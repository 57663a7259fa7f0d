import type { HttpResponseInit } from "@azure/functions";

import { writeRows, type RowFormat, type RowMediaType } from "./representation.js";

const charset: Readonly<Record<RowMediaType, string>> = {
  "application/json": "application/json; charset=utf-8",
  "application/x-ndjson": "application/x-ndjson; charset=utf-8",
  "text/csv": "text/csv; charset=utf-8; header=present",
};

/** A page of rows. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** The token after which the next page goes on; undefined: there is none. */
  readonly next: string | undefined;
  readonly range: { readonly from: Date; readonly to: Date };
}

/**
 * A page of rows as a response. The link to the next page is in the header `Link`, and in JSON as `nextLink`. It
 * holds the range as times: one that said "the last day" would move while somebody pages.
 */
export function pageResponse<Row>(
  { rows, next: token, range }: Page<Row>,
  format: RowFormat<Row>,
  url: string,
  type: RowMediaType,
): HttpResponseInit {
  const next = token === undefined ? undefined : new URL(url);
  if (token !== undefined && next !== undefined) {
    next.searchParams.set("from", range.from.toISOString());
    next.searchParams.set("to", range.to.toISOString());
    next.searchParams.set("continuation", token);
  }
  return {
    headers: { "content-type": charset[type], vary: "accept", ...(next && { link: `<${next.href}>; rel="next"` }) },
    body: writeRows({ rows, format, nextLink: next?.href }, type),
  };
}
