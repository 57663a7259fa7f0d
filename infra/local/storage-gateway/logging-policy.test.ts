import { expect, test } from "vitest";
import { decideLogging, type LoggableRequest, loggingOff, logVersionOf } from "./logging-policy.js";

const everything = { version: "1.0", read: true, write: true, delete: true } as const;
const request: LoggableRequest = {
  kind: "read",
  authentication: "authenticated",
  category: "Success",
  method: "GET",
  status: 200,
};

const cases: readonly (readonly [reason: string, Partial<LoggableRequest>])[] = [
  ["credential", {}],
  ["credential", { category: "ClientOtherError", status: 404 }],
  ["credential", { category: "AuthorizationError", status: 403 }],
  ["credential", { category: "ThrottlingError", status: 503 }],
  ["credential", { category: "NetworkError", status: undefined }],
  ["credential", { authentication: "sas", category: "AuthorizationError", status: 403 }],
  ["credential", { authentication: "bearer", category: "AuthorizationError", status: 401 }],
  ["anonymous-success", { authentication: "anonymous" }],
  ["anonymous-success", { authentication: "anonymous", status: 206 }],
  ["anonymous-server-error", { authentication: "anonymous", category: "ServerOtherError", status: 500 }],
  ["anonymous-timeout", { authentication: "anonymous", category: "ServerTimeoutError", status: 500 }],
  ["anonymous-timeout", { authentication: "anonymous", category: "ClientTimeoutError", status: 500 }],
  ["anonymous-not-modified", { authentication: "anonymous", category: "ClientOtherError", status: 304 }],
  ["anonymous-failure", { authentication: "anonymous", category: "ClientOtherError", status: 304, method: "HEAD" }],
  ["anonymous-failure", { authentication: "anonymous", category: "ClientOtherError", status: 404 }],
  ["anonymous-failure", { authentication: "anonymous", category: "ClientOtherError", status: 409 }],
  ["anonymous-failure", { authentication: "anonymous", category: "AuthorizationError", status: 403 }],
  ["anonymous-failure", { authentication: "anonymous", category: "ThrottlingError", status: 503 }],
  ["anonymous-failure", { authentication: "anonymous", category: "NetworkError", status: undefined }],
];
test.each(cases)("%s: %j", (reason, difference) => {
  expect(decideLogging({ ...request, ...difference }, everything)).toEqual({
    log: reason !== "anonymous-failure",
    reason,
  });
});

test.each(["read", "write", "delete"] as const)("only the switch of its kind decides about a %s", (kind) => {
  const loggable = { ...request, kind };
  expect(decideLogging(loggable, { ...loggingOff, [kind]: true }).log).toBe(true);
  expect(decideLogging(loggable, { ...everything, [kind]: false })).toEqual({ log: false, reason: "kind-off" });
});

test.each([
  ["blob", "2.0", "2.0"],
  ["queue", "2.0", "2.0"],
  ["table", "2.0", "1.0"],
  ["blob", "1.0", "1.0"],
  // Azurite stores what Azure would refuse
  ["blob", "3.0", "1.0"],
  ["blob", undefined, "1.0"],
] as const)("entries of %s logged in version %s are %s", (service, version, written) => {
  expect(logVersionOf(service, version)).toBe(written);
});
