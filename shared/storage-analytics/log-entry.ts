/** Services whose requests Azure Storage Analytics logs. Azure Files has metrics only. */
export const services = ["blob", "queue", "table"] as const;
export type Service = (typeof services)[number];

export type LogVersion = "1.0" | "2.0";

/**
 * One entry of a `$logs` blob, every field decoded (HTML entities resolved, quotes removed).
 *
 * A text field that is empty in the log is `""`, a number that is empty is `undefined`: on failures Azure leaves
 * fields out. Source: "Storage Analytics log format", REST reference; field order is `logFields`.
 */
export interface LogEntry {
  readonly version: LogVersion;
  /** When the service received the request, UTC, `YYYY-MM-DDThh:mm:ss.fffffffZ`: text, because a Date loses the 100 ns. */
  readonly requestStartTime: string;
  readonly operationType: string;
  /** One of the documented statuses, or from x-ms-version 2017-04-17 on the storage error code. */
  readonly requestStatus: string;
  /** As sent, or `Unknown` if the connection broke before. */
  readonly httpStatusCode: string;
  /** Milliseconds. */
  readonly endToEndLatencyMs: number | undefined;
  /** Milliseconds; never more than `endToEndLatencyMs`. */
  readonly serverLatencyMs: number | undefined;
  /** `authenticated`, `sas`, `anonymous` or `bearer`. */
  readonly authenticationType: string;
  readonly requesterAccountName: string;
  readonly ownerAccountName: string;
  readonly serviceType: string;
  /** As received, with the SAS signature redacted to `sig=XXXXX`. */
  readonly requestUrl: string;
  readonly requestedObjectKey: string;
  readonly requestIdHeader: string;
  /** Number of the operation inside the request; only 0 counts for totals. */
  readonly operationCount: number | undefined;
  /** `ip:port`; 2011 and dfs entries have no port. */
  readonly requesterIpAddress: string;
  readonly requestVersionHeader: string;
  /** Bytes, like the next four. */
  readonly requestHeaderSize: number | undefined;
  readonly requestPacketSize: number | undefined;
  readonly responseHeaderSize: number | undefined;
  readonly responsePacketSize: number | undefined;
  readonly requestContentLength: number | undefined;
  readonly requestMd5: string;
  readonly serverMd5: string;
  /** As the header was, its own quotes included. */
  readonly etagIdentifier: string;
  /** RFC 850, `Thursday, 19-Jun-14 22:58:10 GMT`; the weekday can be wrong in Azure's own samples. */
  readonly lastModifiedTime: string;
  readonly conditionsUsed: string;
  readonly userAgentHeader: string;
  readonly referrerHeader: string;
  readonly clientRequestId: string;
  /** From here on version 2.0 only; `""` in 1.0 and for requests without a token. */
  readonly userObjectId: string;
  readonly tenantId: string;
  readonly applicationId: string;
  readonly audience: string;
  readonly issuer: string;
  readonly userPrincipalName: string;
  /** JSON array text. */
  readonly authorizationDetail: string;
}
