import { formatRfc850, parseHttpDate } from "./http-dates.js";

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A header value on one line: Azure never receives control characters there; here they become spaces. */
export const neutralize = (value: string): string => value.replace(controls, " ");

/** A name that holds control characters, on one line: they are percent-encoded again. */
export const keepOneLine = (name: string): string => name.replace(controls, encodeURIComponent);

/** For fields that are never quoted: a client chooses the account it claims, and must not shift the columns. */
export const toBare = (value: string): string => value.replace(/[^\w.-]/g, "_");

/** `W/"datetime'2011-07-28T18%3A02%3A41.0086789Z'"`: the ETag of an entity is its timestamp. */
const entityEtag = /^W\/"datetime'(.+)'"$/;

/**
 * Field last-modified-time, `""` if it is not known.
 * @param header `Last-Modified` of the response, which the Table service never sends: there the ETag tells
 * @param etag `ETag` of the response
 */
export function formatLastModified(header: string | undefined, etag: string): string {
  const timestamp = entityEtag.exec(etag)?.[1];
  const date = header !== undefined ? parseHttpDate(header) : timestamp && new Date(timestamp.replaceAll(/%3a/gi, ":"));
  return date instanceof Date && !Number.isNaN(date.getTime()) ? formatRfc850(date) : "";
}
