import { recentHours } from "../metric-roll-up/publication.js";
import { decideAnalyticsWriting, type LimitDecision } from "../storage-analytics/analytics-limit.js";
import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";
import type { DueHours } from "../stores/due-hours/due-hours.js";
import type { PublicationMarks } from "../stores/publication-marks/publication-marks.js";
import type { RollUpLedgers } from "../stores/roll-up-ledgers/roll-up-ledgers.js";
import { analyticsBytes, type AnalyticsBytesStores } from "./analytics-bytes.js";

const hourMs = 3_600_000;

export interface AnalyticsLimitStores extends AnalyticsBytesStores {
  readonly permits: AnalyticsPermits;
  readonly ledgerStore: RollUpLedgers;
  readonly due: DueHours;
  readonly published: PublicationMarks;
}

export type LimitCheck = LimitDecision & {
  readonly bytes: number;
  /** Whether this check changed what holds. */
  readonly changed: boolean;
};

/**
 * Decides anew whether analytics may write into an account, and keeps the decision if it is another one.
 *
 * Log entries of a stop are lost, as in Azure. Rows are not: the ledgers have what they are made of, and a check after
 * writing went on, when every instance knows, has them made. Checks may come twice, or on two instances at once.
 * @param limit in bytes (`VIGIL_ANALYTICS_LIMIT_BYTES`)
 */
export async function checkAnalyticsLimit(
  account: string,
  stores: AnalyticsLimitStores,
  limit: number,
  now: Date,
): Promise<LimitCheck> {
  const permit = await stores.permits.read(account);
  const mayWrite = permit?.write ?? true;
  const bytes = await analyticsBytes(account, stores);
  const decision = decideAnalyticsWriting(bytes, limit, !mayWrite);
  const changed = decision.write !== mayWrite;
  if (changed) {
    const stopped = permit?.write === false ? Math.floor(Date.parse(permit.since) / hourMs) - recentHours : undefined;
    const missingFrom = Math.min(...[permit?.missingFrom, stopped].filter((hour) => hour !== undefined));
    await stores.permits.save(account, {
      write: decision.write,
      since: now.toISOString(),
      ...(Number.isFinite(missingFrom) && { missingFrom }),
    });
  } else if (permit?.write === true && permit.missingFrom !== undefined) {
    await publishAgain(account, stores, permit.missingFrom);
    await stores.permits.save(account, { write: true, since: permit.since });
  }
  return { ...decision, bytes, changed };
}

/** Has the rows of all hours from one on made, whatever was made of them before. */
async function publishAgain(
  account: string,
  { ledgerStore, due, published }: AnalyticsLimitStores,
  from: number,
): Promise<void> {
  for await (const ledger of ledgerStore.list(account)) {
    if (ledger.hour < from) continue;
    await published.remove(ledger);
    await due.add(ledger);
  }
}
