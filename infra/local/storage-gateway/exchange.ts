import type { Service } from "../../../shared/storage-analytics/log-entry.js";
import type { TokenFields } from "../storage-tokens/token-fields.js";

/**
 * Everything the proxy saw of one request and its response; the log entries are derived from this alone.
 *
 * Times are milliseconds since the epoch with fractions (`performance.timeOrigin + performance.now()`), because
 * `request-start-time` has 7 digits. Sizes are bytes on the wire: header sizes count request or status line, header
 * lines and CRLFs; body sizes count the body after transfer decoding.
 */
export interface Exchange {
  readonly service: Service;
  /** First byte of the request. */
  readonly startedAt: number;
  /** Last byte of the response handed to the client's socket, or the moment the exchange broke. */
  readonly endedAt: number;
  /** Part of that time spent waiting for the client: for its body, and for it to take the response. */
  readonly waitedForClientMs: number;
  readonly secure: boolean;
  /** What the request's bearer token says of its holder, once it was found to be right. */
  readonly token?: TokenFields | undefined;
  readonly method: string;
  /** The request target exactly as sent: path and query, still encoded. */
  readonly target: string;
  /** Names and values alternating, names in the client's case, as `IncomingMessage.rawHeaders`. */
  readonly requestHeaders: readonly string[];
  readonly requestHeaderSize: number;
  readonly requestBodySize: number;
  /** `undefined`: the connection broke before a status was known to the client. */
  readonly status: number | undefined;
  readonly responseHeaders: readonly string[];
  readonly responseHeaderSize: number;
  readonly responseBodySize: number;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly ending: "completed" | "client-aborted" | "upstream-failed";
  /**
   * Bodies of batches only (`/$batch`, `comp=batch`), and only up to a fixed limit: they name the sub-operations. Of the
   * Table service's other POSTs the request's alone: it names the table or entity.
   */
  readonly requestBody: Uint8Array | undefined;
  readonly responseBody: Uint8Array | undefined;
  /**
   * MD5 of the request body in base64, for Put Block, Put Page and Append Block: where neither the request nor (from
   * Azurite) the response carries one, and the body is no longer than `md5Limit`.
   */
  readonly bodyMd5: string | undefined;
}
