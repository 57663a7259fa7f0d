import { describe, expect, test } from "vitest";

import { admit, refuseDevelopmentMode } from "./development-mode.js";

describe("development mode is refused outside a laptop", () => {
  test.each([
    { environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Development" }, refused: undefined },
    { environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Development", CONTAINER_NAME: "build" }, refused: undefined },
    { environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Development", WEBSITE_SITE_NAME: "" }, refused: undefined },
    { environment: {}, refused: /AZURE_FUNCTIONS_ENVIRONMENT/ },
    { environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Production" }, refused: /AZURE_FUNCTIONS_ENVIRONMENT/ },
    {
      environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Development", WEBSITE_SITE_NAME: "a" },
      refused: /WEBSITE_SITE_NAME/,
    },
    {
      environment: { AZURE_FUNCTIONS_ENVIRONMENT: "Development", WEBSITE_INSTANCE_ID: "a" },
      refused: /WEBSITE_INSTANCE_ID/,
    },
  ])("$environment: $refused", ({ environment, refused }) => {
    const reason = refuseDevelopmentMode(environment);
    if (refused === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(refused);
  });
});

describe("a request is admitted only from this machine, in development mode", () => {
  test.each([
    { auth: "development", url: "http://localhost:7071/x", header: "accept", outcome: "admitted" },
    { auth: "development", url: "http://127.0.0.1:7071/x", header: "accept", outcome: "admitted" },
    { auth: "development", url: "http://[::1]:7071/x", header: "accept", outcome: "admitted" },
    { auth: "development", url: "http://LOCALHOST/x", header: "accept", outcome: "admitted" },
    { auth: "development", url: "http://evil.example/x", header: "accept", outcome: "foreign-host" },
    { auth: "development", url: "http://localhost.evil.example/x", header: "accept", outcome: "foreign-host" },
    { auth: "development", url: "http://127.0.0.1:7071/x", header: "X-Forwarded-For", outcome: "forwarded" },
    { auth: "entra", url: "http://127.0.0.1:7071/x", header: "authorization", outcome: "no-credential" },
    { auth: undefined, url: "http://127.0.0.1:7071/x", header: "accept", outcome: "no-credential" },
  ] as const)("$auth, $url with $header: $outcome", ({ auth, url, header, outcome }) => {
    const admission = admit(auth, { url, headers: new Headers({ [header]: "1" }) });
    expect(admission.kind === "admitted" ? "admitted" : admission.reason).toBe(outcome);
  });
});
