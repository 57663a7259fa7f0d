import { describe, expect, test } from "vitest";
import { classifyRequest, isError, requestCategories } from "./request-status.js";

const request = (requestStatus: string, httpStatusCode: string, more: object = {}) => ({
  requestStatus,
  httpStatusCode,
  endToEndLatencyMs: 10,
  serverLatencyMs: 10,
  authenticationType: "authenticated",
  ...more,
});

const codes: Readonly<Record<(typeof requestCategories)[number], string>> = {
  Success: "200",
  ThrottlingError: "503",
  ClientTimeoutError: "500",
  ServerTimeoutError: "500",
  ClientOtherError: "404",
  ServerOtherError: "500",
  AuthorizationError: "403",
  NetworkError: "Unknown",
};

describe("a documented status", () => {
  const documented = requestCategories.flatMap((category) =>
    (
      [
        ["", "authenticated", ""],
        ["SAS", "sas", "SAS"],
        ["Anonymous", "anonymous", "Anonymous"],
        ["OAuth", "bearer", ""],
      ] as const
    ).map(([name, authenticationType, prefix]) => ({
      status: `${name}${category}`,
      authenticationType,
      category,
      prefix,
    })),
  );

  test.each(documented)(
    "$status is category $category with prefix '$prefix'",
    ({ status, authenticationType, category, prefix }) => {
      const outcome = classifyRequest(request(status, codes[category], { authenticationType }));
      expect(outcome).toMatchObject({ category, prefix });
      expect(outcome.responseType).toBe(category === "ThrottlingError" ? "ServerBusyError" : category);
      // the name decides, whatever the code
      expect(classifyRequest(request(status, "418", { authenticationType })).category).toBe(category);
    },
  );

  test.each([
    "IpAuthorizationError",
    "SASIpAuthorizationError",
    "OAuthIpAuthorizationError",
    "AnonymousIpAuthorizationError",
  ])("%s is an AuthorizationError of the firewall", (status) => {
    expect(classifyRequest(request(status, "403")).category).toBe("AuthorizationError");
  });
});

describe("an error code", () => {
  test.each([
    ["ServerBusy", "503", "ThrottlingError", "ServerBusyError"],
    ["InvalidAuthenticationInfo", "401", "AuthorizationError", "AuthorizationError"],
    ["AuthorizationPermissionMismatch", "403", "AuthorizationError", "AuthorizationError"],
    ["OperationTimedOut", "500", "ServerTimeoutError", "ServerTimeoutError"],
    ["SASOperationTimedOut", "500", "ServerTimeoutError", "ServerTimeoutError"],
    ["InternalError", "500", "ServerOtherError", "ServerOtherError"],
    ["BadGateway", "502", "ServerOtherError", "ServerOtherError"],
    ["BlobNotFound", "404", "ClientOtherError", "ClientOtherError"],
    ["ContainerAlreadyExists", "409", "ClientOtherError", "ClientOtherError"],
    ["ConditionNotMet", "304", "ClientOtherError", "ClientOtherError"],
    ["ConditionNotMet", "412", "ClientOtherError", "ClientOtherError"],
    ["TooManyRequests", "429", "ClientOtherError", "ClientOtherError"],
    ["ClientOtherErrorOfANewKind", "400", "ClientOtherError", "ClientOtherError"],
    ["", "201", "Success", "Success"],
    ["BlobNotFound", "Unknown", "NetworkError", "NetworkError"],
    ["", "", "NetworkError", "NetworkError"],
    ["x", "20", "NetworkError", "NetworkError"],
  ])("%s with HTTP status %s is %s", (status, code, category, responseType) => {
    expect(classifyRequest(request(status, code))).toEqual({ category, prefix: "", responseType });
  });

  test("OperationTimedOut is the client's if the larger part of the time went into its input and output", () => {
    const timedOut = (endToEndLatencyMs: number) =>
      classifyRequest(request("OperationTimedOut", "500", { endToEndLatencyMs }));
    expect([19, 20, 21].map((latency) => timedOut(latency).category)).toEqual([
      "ServerTimeoutError",
      "ServerTimeoutError",
      "ClientTimeoutError",
    ]);
  });

  test("ThrottlingError with another code than 503 is a limit of the client", () => {
    expect(classifyRequest(request("ThrottlingError", "429")).responseType).toBe("ClientThrottlingError");
  });
});

test.each([
  ["SASSuccess", "", "SAS"],
  ["AnonymousSuccess", "", "Anonymous"],
  ["OAuthSuccess", "", ""],
  ["SASSuccess", "authenticated", ""],
  ["BlobNotFound", "sas", "SAS"],
])("the prefix of %s with authentication type '%s' is '%s'", (status, authenticationType, prefix) => {
  expect(classifyRequest(request(status, "200", { authenticationType })).prefix).toBe(prefix);
});

test("an error is what is no success", () => {
  expect(isError(request("Success", "200"))).toBe(false);
  expect(isError(request("BlobNotFound", "404"))).toBe(true);
});
