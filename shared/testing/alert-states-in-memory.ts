import { foldId } from "../arm/resource-id.js";
import type { AlertStates, KeptState } from "../stores/alert-states/alert-states.js";

/** States of rules that end with the test. */
export function alertStatesInMemory(): AlertStates {
  const kept = new Map<string, KeptState & { readonly ruleId: string }>();
  let writes = 0;
  return {
    read: (ruleId) => {
      const found = kept.get(foldId(ruleId));
      return Promise.resolve(found && { state: found.state, etag: found.etag });
    },
    save: (ruleId, state, etag) => {
      if (kept.get(foldId(ruleId))?.etag !== etag) return Promise.resolve(undefined);
      // as it comes back from storage
      const written = { ruleId, state: JSON.parse(JSON.stringify(state)) as typeof state, etag: `"${++writes}"` };
      kept.set(foldId(ruleId), written);
      return Promise.resolve({ state: written.state, etag: written.etag });
    },
    remove: (ruleId, etag) => {
      const found = kept.get(foldId(ruleId));
      if (found !== undefined && found.etag !== etag) return Promise.resolve(false);
      kept.delete(foldId(ruleId));
      return Promise.resolve(true);
    },
    list: () =>
      Promise.resolve(
        [...kept.values()].map(({ ruleId, state, etag }) => ({ ruleId, etag, lastWindowEnd: state.lastWindowEnd })),
      ),
  };
}
