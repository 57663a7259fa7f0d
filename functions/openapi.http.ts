import type { HttpHandler } from "@azure/functions";

import { answering } from "../shared/http/answer.js";
import { describeApi } from "../shared/http/openapi.js";
import { parseQuery } from "../shared/http/query.js";
import { routes } from "../shared/http/routes.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** The description of all routes. */
export const openApi = (runtime: Runtime): HttpHandler =>
  answering(runtime.door, {
    getOpenApi: ({ query }) => {
      const parsed = parseQuery(query, {});
      return Promise.resolve(parsed.kind === "problem" ? parsed : { jsonBody: describeApi(routes) });
    },
  });
