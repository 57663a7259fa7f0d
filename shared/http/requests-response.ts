import type { HttpResponseInit } from "@azure/functions";

import type { FoundRequests } from "../request-logs/request-search.js";
import { formatContinuationToken } from "../storage-analytics/request-page.js";
import { writeRows, type RowMediaType } from "./representation.js";

const charset: Readonly<Record<RowMediaType, string>> = {
  "application/json": "application/json; charset=utf-8",
  "application/x-ndjson": "application/x-ndjson; charset=utf-8",
  "text/csv": "text/csv; charset=utf-8; header=present",
};

/**
 * A page of requests as a response. The link to the next page is in the header `Link`, and in JSON as `nextLink`. It
 * holds the range as times: one that said "the last day" would move while somebody pages.
 */
export function requestsResponse(
  found: FoundRequests,
  url: string,
  range: { readonly from: Date; readonly to: Date },
  type: RowMediaType,
): HttpResponseInit {
  const next = found.next && new URL(url);
  if (found.next !== undefined && next !== undefined) {
    next.searchParams.set("from", range.from.toISOString());
    next.searchParams.set("to", range.to.toISOString());
    next.searchParams.set("continuation", formatContinuationToken(found.next));
  }
  return {
    headers: { "content-type": charset[type], vary: "accept", ...(next && { link: `<${next.href}>; rel="next"` }) },
    body: writeRows({ rows: found.entries, nextLink: next?.href }, type),
  };
}
