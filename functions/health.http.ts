import type { HttpHandler } from "@azure/functions";

import { decide } from "../shared/access/decision.js";
import type { Visit } from "../shared/access/door.js";
import { rootScope } from "../shared/access/scope.js";
import { SigningKeysUnreadable } from "../shared/access/signing-keys.js";
import { answering } from "../shared/http/answer.js";
import { isUnavailable } from "../shared/http/fault.js";
import { parseQuery } from "../shared/http/query.js";
import { checkHealth } from "../shared/request-logs/health.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** State of each dependency and pipeline. Callers who may not read get the status alone, for load balancers. */
export const health = (runtime: Runtime): HttpHandler =>
  answering(runtime.door, {
    getHealth: async ({ request, query }) => {
      const parsed = parseQuery(query, {});
      if (parsed.kind === "problem") return parsed;
      const { accounts, logLatenessMs } = runtime.settings;
      const now = runtime.clock();
      const names = accounts.map(({ name }) => name);
      const health = await checkHealth(names, await runtime.state(), logLatenessMs, now);
      const full = await maySeeDetails(runtime, request);
      return {
        status: health.status === "unhealthy" ? 503 : 200,
        jsonBody: full ? { ...health, checkedAt: now } : { status: health.status },
      };
    },
  });

async function maySeeDetails({ door }: Runtime, visit: Visit): Promise<boolean> {
  try {
    return decide(await door.identify(visit), "read", rootScope).allowed;
  } catch (error) {
    // what is down may be what callers are recognized by, and health has to say that something is
    if (error instanceof SigningKeysUnreadable || isUnavailable(error)) return false;
    throw error;
  }
}
