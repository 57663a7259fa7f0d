import type { HttpHandler } from "@azure/functions";

import { admit } from "../shared/access/development-mode.js";
import { answering } from "../shared/http/answer.js";
import { parseQuery } from "../shared/http/query.js";
import { checkHealth } from "../shared/request-logs/health.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** State of each dependency and pipeline. Callers who are not admitted get the status alone, for load balancers. */
export const health = (runtime: Runtime): HttpHandler =>
  answering(runtime.settings.auth, {
    getHealth: async ({ request, query }) => {
      const parsed = parseQuery(query, {});
      if (parsed.kind === "problem") return parsed;
      const { accounts, auth, logLatenessMs } = runtime.settings;
      const now = runtime.clock();
      const names = accounts.map(({ name }) => name);
      const health = await checkHealth(names, await runtime.state(), logLatenessMs, now);
      const full = admit(auth, request).kind === "admitted";
      return {
        status: health.status === "unhealthy" ? 503 : 200,
        jsonBody: full ? { ...health, checkedAt: now } : { status: health.status },
      };
    },
  });
