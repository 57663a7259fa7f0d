import type { HttpHandler } from "@azure/functions";

import { analyticsOverview } from "../shared/analytics-limit/analytics-overview.js";
import { answering, type Answer } from "../shared/http/answer.js";
import { problem } from "../shared/http/error-catalogue.js";
import { chooseMediaType } from "../shared/http/media-type.js";
import { parseQuery } from "../shared/http/query.js";
import { rowMediaTypes } from "../shared/http/representation.js";
import { pageParameters, pageSize, parseFilteredQuery, usageParameters } from "../shared/http/request-parameters.js";
import { pageResponse } from "../shared/http/page-response.js";
import { requestsRange, resolveRange, usageRange } from "../shared/http/time-range.js";
import { openListing, type LogListing } from "../shared/request-logs/log-listing.js";
import { overviewOf } from "../shared/request-logs/overview.js";
import { searchRequests } from "../shared/request-logs/request-search.js";
import { reportUsage } from "../shared/request-logs/usage-report.js";
import { targetOf, type Runtime } from "../shared/runtime/runtime.js";
import type { MonitoredAccount } from "../shared/runtime/settings.js";
import type { Service } from "../shared/storage-analytics/log-entry.js";
import { formatContinuationToken } from "../shared/storage-analytics/request-page.js";
import { requestRowFormat } from "../shared/storage-analytics/request-rows.js";
import { accountOf, serviceOf } from "./storage-analytics-target.js";
import { storageMetricsAnswers } from "./storage-metrics.http.js";

/** What Vigil knows of the requests to each monitored account. */
export const storageAnalytics = (runtime: Runtime): HttpHandler =>
  answering(runtime.door, {
    getStorageAccount: getStorageAccount(runtime),
    listRequests: listRequests(runtime),
    getUsage: getUsage(runtime),
    ...storageMetricsAnswers(runtime),
  });

const getStorageAccount =
  (runtime: Runtime): Answer =>
  async (call) => {
    const account = accountOf(runtime, call);
    const query = parseQuery(call.query, {});
    if (account.kind === "problem") return account;
    if (query.kind === "problem") return query;
    const now = runtime.clock();
    const stores = { ...(await runtime.state()), ...(await runtime.storesOf(account.account)) };
    const { name, resourceId } = account.account;
    const targetOfService = (service: Service) => targetOf(account.account, service);
    const { logLatenessMs, analyticsLimitBytes } = runtime.settings;
    const [services, analytics] = await Promise.all([
      overviewOf(name, targetOfService, stores, logLatenessMs, now),
      analyticsOverview(name, stores, analyticsLimitBytes, now),
    ]);
    return { jsonBody: { account: name, resourceId, asOf: now, analytics, services } };
  };

const listRequests =
  (runtime: Runtime): Answer =>
  async (call) => {
    const target = serviceOf(runtime, call);
    const query = parseFilteredQuery(call.query, pageParameters);
    if (target.kind === "problem") return target;
    if (query.kind === "problem") return query;
    const range = resolveRange(query.filter, requestsRange, runtime.clock());
    if (range.kind === "problem") return range;
    const type = chooseMediaType(call.request.headers.get("accept"), rowMediaTypes);
    if (type === undefined) return problem("NotAcceptable", "The answer can't be written in what Accept asks for.");
    const listing = await listingOf(runtime, target.account);
    const { limit, continuation: after } = query.values;
    const filter = { ...query.filter, ...range };
    const size = pageSize(limit, type);
    const found = await searchRequests(listing, { ...target, filter, size, after, signal: call.signal });
    const next = found.next && formatContinuationToken(found.next);
    return pageResponse({ rows: found.entries, next, range }, requestRowFormat, call.request.url, type);
  };

const getUsage =
  (runtime: Runtime): Answer =>
  async (call) => {
    const target = serviceOf(runtime, call);
    const query = parseFilteredQuery(call.query, usageParameters);
    if (target.kind === "problem") return target;
    if (query.kind === "problem") return query;
    const range = resolveRange(query.filter, usageRange, runtime.clock());
    if (range.kind === "problem") return range;
    const listing = await listingOf(runtime, target.account);
    const { by, pathDepth } = query.values;
    const { from, to } = range;
    const filter = { ...query.filter, from, to };
    const report = await reportUsage(listing, { ...target, filter, by, pathDepth, signal: call.signal });
    return report.kind === "report"
      ? { jsonBody: { from, to, by, value: report.rows } }
      : problem("RangeTooLarge", `The logs of this range have ${report.bytes} bytes, more than one report reads.`);
  };

async function listingOf(runtime: Runtime, account: MonitoredAccount): Promise<LogListing> {
  return await openListing(account.name, { ...(await runtime.state()), ...(await runtime.storesOf(account)) });
}
