import type { GatewayMark } from "../../storage-analytics/gateway-mark.js";
import type { Service } from "../../storage-analytics/log-entry.js";

/** What the gateway of an account says of itself: how far its log blobs reach, and what it had to let go. */
export interface GatewayMarks {
  /** @returns undefined where no gateway writes: a real account, whose lag is `VIGIL_LOG_LATENESS` */
  read(account: string, service: Service, signal?: AbortSignal): Promise<GatewayMark | undefined>;
}
