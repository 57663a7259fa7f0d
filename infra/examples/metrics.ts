// What was asked of a storage account in the last hour, by the official client of Azure Monitor.
//
//     npm run build && node dist/infra/examples/metrics.js [http://127.0.0.1:7071]
import { MonitorClient } from "@azure/arm-monitor";

const [endpoint = "http://127.0.0.1:7071"] = process.argv.slice(2);
const subscription = "00000000-0000-0000-0000-000000000000";
const account = `/subscriptions/${subscription}/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1`;

// over plain http on a laptop there is no token to send; behind `npm start -- --https`, and in Azure, a credential of
// @azure/identity and the endpoint are all that it takes
const credential = { getToken: () => Promise.resolve({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = new MonitorClient(credential, subscription, { endpoint, allowInsecureConnection: true });
client.pipeline.removePolicy({ name: "bearerTokenAuthenticationPolicy" });

const { value } = await client.metrics.list(account, {
  metricnames: "Transactions,Egress,SuccessE2ELatency",
  timespan: "PT1H",
  interval: "PT1H",
  filter: "ApiName eq '*'",
  top: 100,
});
for (const { name, unit, timeseries } of value) {
  console.log(`${name.value} (${unit})`);
  for (const { metadatavalues, data } of timeseries) {
    const api = metadatavalues?.[0]?.value ?? "";
    const [point] = data ?? [];
    console.log(`  ${api.padEnd(24)} ${(point?.total ?? point?.average ?? 0).toFixed()}`);
  }
}
