import { parseArgs } from "node:util";

import { setAnalyticsOnFirstStart } from "./first-start.js";
import { connectionString, parseStorageAccounts } from "./storage-accounts.js";

/**
 * `setAnalyticsOnFirstStart` over TLS, as a process of its own: Node reads `NODE_EXTRA_CA_CERTS`, by which the SDKs
 * trust the local authority, only when a process starts, and the launcher has been running for a while.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string", default: ".vigil" },
    "azurite-port": { type: "string", default: "20000" },
    "no-analytics": { type: "boolean", default: false },
  },
});

try {
  const accounts = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]).map((account) => ({
    name: account.name,
    connection: connectionString(account, Number(values["azurite-port"]), "https"),
  }));
  const fresh = await setAnalyticsOnFirstStart(values.data, accounts, !values["no-analytics"]);
  process.send?.({ kind: "ready", fresh });
} catch (error) {
  process.send?.({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
process.disconnect();
