import { Ajv } from "ajv";

import { gatewayMarkContainer } from "./gateway-mark.js";

/** Container in Vigil's own account that holds the permits, beside the marks. */
export const analyticsPermitContainer = gatewayMarkContainer;

/**
 * Whether analytics may write more into an account: decided by the app, obeyed by the app and by the storage gateway. It
 * is kept from the first time on that writing had to stop; an account without one may be written to.
 */
export interface AnalyticsPermit {
  readonly write: boolean;
  /** Since when; ISO 8601, UTC. */
  readonly since: string;
  /** First hour, since the epoch, whose rows are still to be made up for; absent: none. */
  readonly missingFrom?: number;
}

/** Name of the blob that holds a permit. */
export const analyticsPermitBlob = (account: string): string => `${account}/permit.json`;

export const formatAnalyticsPermit = (permit: AnalyticsPermit): string => JSON.stringify(permit);

const isPermit = new Ajv().compile<AnalyticsPermit>({
  type: "object",
  properties: {
    write: { type: "boolean" },
    since: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,7})?Z$" },
    missingFrom: { type: "integer", minimum: 0 },
  },
  required: ["write", "since"],
});

/**
 * @param value content of a permit's blob, parsed as JSON
 * @returns undefined if it is none: then writing is allowed
 */
export const parseAnalyticsPermit = (value: unknown): AnalyticsPermit | undefined =>
  isPermit(value) ? value : undefined;
