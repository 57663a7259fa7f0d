import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { checkApiVersion } from "./api-version.js";
import { armError, armErrorBody } from "./arm-error.js";
import { maxParameterLength, readQueryParameters } from "./query-parameters.js";
import { formatResourceId, fullType, isSameResource, parseResourceId } from "./resource-id.js";

const account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

describe("resource ids", () => {
  test.each([
    { text: account, type: "Microsoft.Storage/storageAccounts", names: ["a"] },
    { text: account.slice(1), type: "Microsoft.Storage/storageAccounts", names: ["a"] },
    { text: `/${account}/`, type: "Microsoft.Storage/storageAccounts", names: ["a"] },
    {
      text: `${account}/blobServices/default`,
      type: "Microsoft.Storage/storageAccounts/blobServices",
      names: ["a", "default"],
    },
    {
      text: "/SUBSCRIPTIONS/s/resourcegroups/my group/PROVIDERS/microsoft.storage/StorageAccounts/a",
      type: "microsoft.storage/StorageAccounts",
      names: ["a"],
    },
  ])("$text is read", ({ text, type, names }) => {
    const id = parseResourceId(text);
    expect(id && fullType(id)).toBe(type);
    expect(id?.names).toEqual(names);
  });

  test.each([
    "",
    "/",
    "/subscriptions/s",
    "/subscriptions/s/resourceGroups/g",
    `${account}/blobServices`,
    "/subscriptions/s/resourceGroups//providers/Microsoft.Storage/storageAccounts/a",
    "/subscriptions/s/resourceGroups/../providers/Microsoft.Storage/storageAccounts/a",
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a?x=1",
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a%2Fb",
    "/subscriptions/s/groups/g/providers/Microsoft.Storage/storageAccounts/a",
    `${account}${"x".repeat(3_000)}`,
  ])("'%s' is no resource id", (text) => {
    expect(parseResourceId(text)).toBeUndefined();
  });

  test("an id that was built is read back", () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_() -]{1,10}$/).filter((text) => text.trim() !== "");
    const pairs = fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(name, name, name, pairs, (subscriptionId, resourceGroup, provider, all) => {
        const id = {
          subscriptionId,
          resourceGroup,
          provider,
          type: all.map(([type]) => type).join("/"),
          names: all.map(([, each]) => each),
        };
        expect(parseResourceId(formatResourceId(id))).toEqual(id);
      }),
    );
  });

  test("ids compare without case and leading slash", () => {
    expect(isSameResource(account, account.toUpperCase().slice(1))).toBe(true);
    expect(isSameResource(account, `${account}b`)).toBe(false);
    expect(isSameResource("/subscriptions/k", "/subscriptions/\u212a")).toBe(false);
  });
});

describe("api-version", () => {
  const supported = ["2018-01-01", "2024-02-01"];
  test.each([
    { version: "2024-02-01", answer: "2024-02-01" },
    { version: undefined, answer: "MissingApiVersionParameter" },
    { version: "", answer: "MissingApiVersionParameter" },
    { version: "latest", answer: "InvalidApiVersionParameter" },
    { version: "2020-01-01", answer: "NoRegisteredProviderFound" },
  ])("'$version' is answered with $answer", ({ version, answer }) => {
    const checked = checkApiVersion(version, "Microsoft.Insights/metrics", supported);
    expect(checked.kind === "version" ? checked.version : checked.code).toBe(answer);
    if (checked.kind === "arm-error" && version) expect(checked.message).toContain("2018-01-01, 2024-02-01");
  });
});

describe("parameters", () => {
  test("names are found whatever their case and $, however the client encoded them", () => {
    const query = new URLSearchParams("api%2Dversion=1&%24filter=a&metricNames=x%2Cy&TOP=3");
    const read = readQueryParameters(query);
    expect(read.kind === "parameters" && Object.fromEntries(read.parameters)).toEqual({
      "api-version": "1",
      filter: "a",
      metricnames: "x,y",
      top: "3",
    });
  });

  test("the body's parameters come along, and one in both places is refused", () => {
    const read = readQueryParameters([["region", "local"]], { metricNames: "x", top: 10, validateDimensions: false });
    expect(read.kind === "parameters" && [...read.parameters.values()]).toEqual(["local", "x", "10", "false"]);
    expect(readQueryParameters([["metricnames", "x"]], { metricNames: "x" })).toMatchObject({ code: "BadRequest" });
    expect(readQueryParameters([], { metricNames: ["x"] })).toMatchObject({ target: "metricnames" });
    expect(readQueryParameters([["filter", "x".repeat(maxParameterLength + 1)]])).toMatchObject({ target: "filter" });
  });
});

test("an error has ARM's shape", () => {
  expect(armErrorBody(armError("ResourceNotFound", "gone", "x"))).toEqual({
    error: { code: "ResourceNotFound", message: "gone", target: "x" },
  });
  expect(armError("BadRequest", "no").status).toBe(400);
});
