import { foldId } from "../arm/resource-id.js";
import { type MetricAlertRule } from "./metric-alert-rule.js";

/**
 * Whether two versions of a rule watch the same: then the states of its series go on. Who is told, how bad it is and how
 * often it is looked at may differ.
 */
export function isSameWatch(left: MetricAlertRule, right: MetricAlertRule): boolean {
  return watchOf(left) === watchOf(right);
}

/** What a rule watches, as a text that is the same for versions that watch the same. */
export function watchOf({ properties }: MetricAlertRule): string {
  const { scopes, criteria, windowSize, targetResourceType, targetResourceRegion, autoMitigate } = properties;
  const ids = scopes.map(foldId).sort();
  return JSON.stringify([ids, criteria, windowSize, targetResourceType, targetResourceRegion, autoMitigate]);
}
