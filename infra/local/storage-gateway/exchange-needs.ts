import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type RequestHead } from "./http-head.js";
import { findHeader } from "./raw-headers.js";

/** Whether the bodies name sub-operations: an entity group transaction or a blob batch. */
export function bodyIsBatch(service: Service, { method, target }: RequestHead): boolean {
  if (method !== "POST" || service === "queue") return false;
  return service === "table" ? /\/(?:\$|%24)batch(?:$|[?#])/i.test(target) : /[?&]comp=batch(?:$|[&#])/i.test(target);
}

/** Whether only the request's body names what it is about: Create Table and Insert Entity. */
export function bodyNamesTarget(service: Service, { method, target }: RequestHead): boolean {
  return service === "table" && method === "POST" && /^[^(?#]*(?:\(\))?(?:$|[?#])/.test(target);
}

/** Longest body that is hashed, bytes. The official clients' blocks are shorter, unless they are told otherwise. */
export const md5Limit = 8 * 1024 * 1024;

/**
 * Whether the log's server-md5 must be computed here: Azurite 3.35 answers Put Blob with the MD5 that it computed,
 * but Put Block, Put Page and Append Block without one (Append Block repeats the client's).
 *
 * It costs 2 ms per MiB, as much again as everything else about an upload: hence the limit.
 */
export function md5IsMissing(service: Service, { method, target, headers, framing }: RequestHead): boolean {
  if (service !== "blob" || method !== "PUT" || !/[?&]comp=(?:block|page|appendblock)(?:$|[&#])/i.test(target)) {
    return false;
  }
  if (framing.kind !== "length" || framing.length > md5Limit) return false;
  // where the client sent an MD5 and the service took the request, they are equal
  return findHeader(headers, "content-md5") === undefined;
}
