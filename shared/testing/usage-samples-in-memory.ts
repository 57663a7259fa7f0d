import type { StoredUsagePair, UsageSamples } from "../stores/usage-samples/usage-samples.js";

export function usageSamplesInMemory(): UsageSamples {
  const pairs = new Map<string, StoredUsagePair>();
  let written = 0;
  return {
    read: (account, writer) => Promise.resolve(pairs.get(`${account} ${writer}`)),
    save: async (account, writer, pair, etag) => {
      await Promise.resolve();
      const key = `${account} ${writer}`;
      if (pairs.get(key)?.etag !== etag) return false;
      pairs.set(key, { ...pair, etag: `${++written}` });
      return true;
    },
  };
}
