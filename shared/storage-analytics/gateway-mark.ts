import { type JSONSchemaType, Ajv } from "ajv";

/** Container in Vigil's own account that holds the marks. */
export const gatewayMarkContainer = "vigil-gateway";

/** Milliseconds between two rewritings of a mark, idle or not: a mark much older tells of a gateway that is gone. */
export const gatewayMarkIntervalMs = 5_000;

/**
 * How far the local storage gateway has written the log of one account and service: the source of watermark, lag and
 * loss (design.md §3). A real account has none.
 */
export interface GatewayMark {
  /** Every request that ended before this time is in `$logs`, or counted in `lost`. ISO 8601, UTC. */
  readonly flushedUpTo: string;
  /** Requests that have ended and are not in `$logs` yet. */
  readonly buffered: number;
  /** Log entries that found no room while storage refused the log; cumulative. */
  readonly lost: number;
  /**
   * Requests that writing `$logs` cost, as a share of `system;All`; cumulative. They go to the Blob service whichever
   * service the log is about, so the marks of queue and table have 0.
   */
  readonly ownRequests: number;
  /** Bytes of log blobs that these requests wrote; cumulative. */
  readonly ownBytes: number;
}

/** Name of the blob that holds a mark. */
export const gatewayMarkBlob = (account: string, service: string): string => `${account}/${service}.json`;

export const formatGatewayMark = (mark: GatewayMark): string => JSON.stringify(mark);

const count = { type: "integer", minimum: 0 } as const;

const schema: JSONSchemaType<GatewayMark> = {
  type: "object",
  properties: {
    flushedUpTo: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,7})?Z$" },
    buffered: count,
    lost: count,
    ownRequests: count,
    ownBytes: count,
  },
  required: ["flushedUpTo", "buffered", "lost", "ownRequests", "ownBytes"],
};

const isGatewayMark = new Ajv().compile(schema);

/**
 * @param value content of a mark's blob, parsed as JSON
 * @returns undefined if it is no mark
 */
export const parseGatewayMark = (value: unknown): GatewayMark | undefined =>
  isGatewayMark(value) && !Number.isNaN(Date.parse(value.flushedUpTo)) ? value : undefined;
