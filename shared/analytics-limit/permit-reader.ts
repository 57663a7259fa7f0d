import type { AnalyticsPermits } from "../stores/analytics-permits/analytics-permits.js";

/** How long an instance goes by what it knows: as long as the storage gateway does. Milliseconds. */
export const permitMs = 5_000;

/**
 * Tells whether analytics may write into an account, from storage now and then.
 * @param elapsed milliseconds since any moment, from a clock that never jumps
 */
export function permitReader(
  permits: AnalyticsPermits,
  account: string,
  elapsed: () => number,
): () => Promise<boolean> {
  let known: { readonly until: number; readonly mayWrite: Promise<boolean> } | undefined;
  const read = async (): Promise<boolean> => {
    try {
      return (await permits.read(account))?.write ?? true;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
  return () => {
    const now = elapsed();
    if (known === undefined || now >= known.until) known = { until: now + permitMs, mayWrite: read() };
    return known.mayWrite;
  };
}
