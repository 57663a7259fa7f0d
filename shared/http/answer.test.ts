import { HttpRequest, InvocationContext, type HttpResponseInit } from "@azure/functions";
import { describe, expect, test } from "vitest";

import { openDoor } from "../access/door.js";
import { SigningKeysUnreadable } from "../access/signing-keys.js";
import { answering, type Answers } from "./answer.js";

const doorFor = (auth: "development" | undefined) =>
  openDoor({
    auth,
    access: { tokens: undefined, keySecret: undefined, keyVersions: [1], assignments: [] },
    resources: { accounts: [] },
    findApiKey: () => Promise.resolve(undefined),
    clock: () => new Date(0),
  });

/** Calls a handler, and notes what it logs. */
async function call(
  answers: Answers,
  path: string,
  caller: "admitted" | "stranger" = "admitted",
  deadlineMs?: number,
): Promise<{ readonly response: HttpResponseInit; readonly logged: readonly unknown[] }> {
  const logged: unknown[] = [];
  const context = new InvocationContext({ invocationId: "the-id" });
  context.error = (...parts: unknown[]) => logged.push(...parts);
  const request = new HttpRequest({ method: "GET", url: `http://localhost:7071${path}` });
  return {
    response: await answering(
      doorFor(caller === "admitted" ? "development" : undefined),
      answers,
      deadlineMs === undefined ? {} : { deadlineMs },
    )(request, context),
    logged,
  };
}

const secret = "AccountKey=c2VjcmV0";

describe("a fault is logged whole and answered without detail", () => {
  test.each([
    { title: "one that nobody planned for", fault: new Error(`reading ${secret}`), status: 500, code: "InternalError" },
    {
      title: "storage that refuses connections",
      fault: new Error("listing", { cause: Object.assign(new Error(secret), { code: "ECONNREFUSED" }) }),
      status: 503,
      code: "StorageUnavailable",
    },
    {
      title: "storage that fails",
      fault: new AggregateError([Object.assign(new Error(secret), { statusCode: 503 })]),
      status: 503,
      code: "StorageUnavailable",
    },
    {
      title: "storage that forbids",
      fault: Object.assign(new Error(secret), { statusCode: 403, code: "AuthorizationFailure" }),
      status: 500,
      code: "InternalError",
    },
    {
      title: "an authority whose keys can't be read",
      fault: new SigningKeysUnreadable(secret, { cause: Object.assign(new Error(secret), { code: "ECONNREFUSED" }) }),
      status: 503,
      code: "AuthorityUnavailable",
    },
    { title: "a thrown text", fault: secret, status: 500, code: "InternalError" },
  ])("$title: $status", async ({ fault, status, code }) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless library throws
    const { response, logged } = await call({ getHealth: () => Promise.reject(fault) }, "/health");
    expect(response.status).toBe(status);
    const text = JSON.stringify(response.jsonBody);
    expect(text).toContain(code);
    expect(text).toContain("the-id");
    expect(text).not.toContain("AccountKey");
    expect(text).not.toContain(" at ");
    expect(logged).toContain(fault);
  });
});

test("an answer that does not come is given up, and its work told so", async () => {
  let given: AbortSignal | undefined;
  const answer = ({ signal }: { readonly signal: AbortSignal }): Promise<never> => {
    given = signal;
    return new Promise(() => undefined);
  };
  const { response } = await call({ getHealth: answer }, "/health", "admitted", 10);
  expect(response).toMatchObject({ status: 503, jsonBody: { error: { code: "StorageUnavailable" } } });
  expect(given?.aborted).toBe(true);
});

test("an answer gets the headers that every answer has, and keeps its own", async () => {
  const { response } = await call(
    { getOpenApi: () => Promise.resolve({ headers: { vary: "accept" } }) },
    "/openapi.json",
  );
  expect(response.headers).toEqual({
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    vary: "accept",
  });
});

describe("who is not let in learns nothing of what is there", () => {
  test.each(["/storage-analytics/a", "/storage-analytics/a/b/c/d/e", "/%ff", "/", "//"])("%s", async (path) => {
    const { response } = await call(
      { getStorageAccount: () => Promise.reject(new Error("reached")) },
      path,
      "stranger",
    );
    expect(response.status).toBe(401);
  });
});

test("a route of another function is not there", async () => {
  expect((await call({}, "/health")).response.status).toBe(404);
});
