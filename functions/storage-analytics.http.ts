import type { HttpHandler, HttpResponseInit } from "@azure/functions";

import { answering } from "../shared/http/answer.js";
import { problem, type HttpProblem } from "../shared/http/error-catalogue.js";
import { overviewOf } from "../shared/request-logs/overview.js";
import type { Runtime } from "../shared/runtime/runtime.js";
import type { MonitoredAccount } from "../shared/runtime/settings.js";

/** What Vigil knows of the requests to each monitored account. */
export const storageAnalytics = (runtime: Runtime): HttpHandler =>
  answering({ auth: runtime.settings.auth }, async (_request, [, name = ""]) => {
    const account = runtime.account(name);
    if (account === undefined) return problem("AccountNotFound", `No storage account ${name} is configured.`);
    return await overview(runtime, account);
  });

async function overview(runtime: Runtime, account: MonitoredAccount): Promise<HttpResponseInit | HttpProblem> {
  const now = runtime.clock();
  const stores = { ...(await runtime.state()), ...(await runtime.storesOf(account)) };
  const services = await overviewOf(account.name, stores, runtime.settings.logLatenessMs, now);
  return { jsonBody: { account: account.name, resourceId: account.resourceId, asOf: now, services } };
}
