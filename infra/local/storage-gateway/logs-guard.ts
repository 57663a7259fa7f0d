import { logContainer } from "../../../shared/storage-analytics/log-blob.js";
import { type Headers } from "./raw-headers.js";
import { type RequestAddress, parseRequestAddress } from "./request-address.js";
import { type StorageError } from "./storage-error.js";

/** What Azure answers to who wants to change `$logs` (reference, §1.1), whoever it is: nobody may. */
export const logsAreReadOnly: StorageError = {
  status: 403,
  code: "AuthorizationFailure",
  message: "This request is not authorized to perform this operation.",
};

/**
 * Whether a request to the Blob service would change `$logs` other than by deleting one of its blobs.
 *
 * Azurite takes the method from X-HTTP-Method, in every service and for every method, where it names one of four.
 */
export function changesLogs(method: string, address: RequestAddress, headers: Headers): boolean {
  const { resource, query } = address;
  if (resource.kind !== "container" && resource.kind !== "blob") return false;
  if (resource.container !== logContainer) return false;
  switch (effectiveMethod(method, headers)) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
      return false;
    case "POST":
      // a query reads; a batch is looked into
      return !["query", "batch"].includes(query.get("comp") ?? "");
    case "DELETE":
      return resource.kind === "container" || query.has("comp");
    default:
      return true;
  }
}

/** The method that Azurite goes by. */
export function effectiveMethod(method: string, headers: Headers): string {
  const override = headers.get("x-http-method")?.trim() ?? "";
  return ["GET", "MERGE", "PATCH", "DELETE"].includes(override) ? override : method.toUpperCase();
}

/**
 * The address of a Blob request as Azurite's URL parser reads it, which differs from the plain reading in two ways:
 * an absolute target does not replace the Host header, and a target with a fragment or a no-break space goes through
 * a parser that takes `\` for `/`.
 */
export function blobAddress(target: string, headers: Headers): RequestAddress {
  const host = headers.get("host") ?? "";
  const relative = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  return parseRequestAddress("blob", /[#\xa0]/.test(relative) ? relative.replaceAll("\\", "/") : relative, host);
}

/** Cheap test that comes first: a path that could name `$logs`, however it is encoded. */
export const mayNameLogs = (target: string): boolean => /[$%]/.test(target.split("?", 1)[0] ?? "");
