import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { foldId } from "../arm/resource-id.js";
import type { AlertStates, KeptState, StateSummary } from "../stores/alert-states/alert-states.js";
import type { KeptResource } from "../stores/arm-resources/arm-resources.js";

/** How long a rule counts as it was planned: about as long as its message waits at a tick of many. Milliseconds. */
export const plannedForMs = 15_000;
/** Series of the states that are kept in memory, about a kilobyte each. */
const maxSeries = 100_000;

/** What an evaluation begins with. */
export interface RecalledRule {
  readonly found: KeptResource<MetricAlertRule>;
  readonly kept: KeptState | undefined;
}

/**
 * Rules that this process has just planned, with the states that it saved last, so that it need not read them again. A
 * state is the planned one if its version is. It may be replaced meanwhile all the same: who evaluates saves by
 * compare-and-set, and on a conflict reads.
 */
export class RecentRules {
  /** Planned longest ago first. */
  readonly #planned = new Map<
    string,
    { readonly found: KeptResource<MetricAlertRule>; readonly version: string | undefined; readonly at: number }
  >();
  /** Oldest first. */
  readonly #states = new Map<string, KeptState>();
  #series = 0;

  /** @param now milliseconds since the epoch, at which the rule and its state were listed */
  plan(found: KeptResource<MetricAlertRule>, state: StateSummary | undefined, now: number): void {
    const key = foldId(found.resource.id);
    this.#planned.delete(key);
    this.#planned.set(key, { found, version: state?.etag, at: now });
    // what another process evaluates is never recalled here
    for (const [oldest, { at }] of this.#planned) {
      if (now - at <= plannedForMs) break;
      this.#planned.delete(oldest);
    }
  }

  /** Once for each planning. */
  recall(ruleId: string, now: number): RecalledRule | undefined {
    const key = foldId(ruleId);
    const planned = this.#planned.get(key);
    this.#planned.delete(key);
    if (planned === undefined || Math.abs(now - planned.at) > plannedForMs) return undefined;
    if (planned.version === undefined) return { found: planned.found, kept: undefined };
    const kept = this.#states.get(key);
    return kept?.etag === planned.version ? { found: planned.found, kept } : undefined;
  }

  /** The same states; what is saved in them is known here. */
  remembering(states: AlertStates): AlertStates {
    return {
      ...states,
      save: async (ruleId, state, etag) => {
        const saved = await states.save(ruleId, state, etag);
        this.#keep(foldId(ruleId), saved);
        return saved;
      },
      remove: async (ruleId, etag) => {
        this.#keep(foldId(ruleId), undefined);
        return await states.remove(ruleId, etag);
      },
    };
  }

  #keep(key: string, kept: KeptState | undefined): void {
    this.#forget(key);
    if (kept === undefined) return;
    this.#states.set(key, kept);
    this.#series += kept.state.series.length;
    for (const oldest of this.#states.keys()) {
      if (this.#series <= maxSeries) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#series -= this.#states.get(key)?.state.series.length ?? 0;
    this.#states.delete(key);
  }
}
