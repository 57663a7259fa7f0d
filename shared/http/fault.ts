/** Codes of connections that fail, and of SDK calls that gave up on one. */
const unavailableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "REQUEST_SEND_ERROR",
  "ServerBusy",
  "OperationTimedOut",
  "InternalError",
]);
const unavailableNames = new Set(["AbortError", "TimeoutError"]);

/** Causes looked at below a fault; more than any chain of ours has. */
const maxDepth = 10;

/** Whether a fault comes from a storage service that does not answer, or says that it can't: trying again may help. */
export function isUnavailable(fault: unknown): boolean {
  let current: unknown = fault;
  for (let depth = 0; depth < maxDepth && typeof current === "object" && current !== null; depth++) {
    const { code, name, statusCode, cause, errors } = current as {
      code?: unknown;
      name?: unknown;
      statusCode?: unknown;
      cause?: unknown;
      errors?: unknown;
    };
    if (typeof code === "string" && unavailableCodes.has(code)) return true;
    if (typeof name === "string" && unavailableNames.has(name)) return true;
    if (typeof statusCode === "number" && statusCode >= 500) return true;
    if (Array.isArray(errors) && errors.some(isUnavailable)) return true;
    current = cause;
  }
  return false;
}
