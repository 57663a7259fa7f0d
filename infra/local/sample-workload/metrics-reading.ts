import { AzureNamedKeyCredential, TableClient, type RestError } from "@azure/data-tables";

import type { Service } from "../../../shared/storage-analytics/log-entry.js";
import { metricsPartitionKey } from "../../../shared/storage-analytics/metrics-row.js";
import { azureMetricsTableName } from "../../../shared/storage-analytics/metrics-table.js";
import type { Target } from "./clients.js";
import { addSums, allApis, type RequestSums, type SumsByApi } from "./metrics-comparison.js";

const apiVersion = "2023-10-01";
const userRow = /^user;(\w+)$/;

/** Sums of the `$MetricsMinute…` rows of some minutes, as any program with the account's key reads them. */
export async function readRows({ account, ports }: Target, service: Service, from: Date, to: Date): Promise<SumsByApi> {
  const name = azureMetricsTableName({ kind: "transactions", level: "Minute", location: "Primary", service });
  const credential = new AzureNamedKeyCredential(account.name, account.key);
  const url = `http://127.0.0.1:${ports[2]}/${account.name}`;
  const table = new TableClient(url, name, credential, { allowInsecureConnection: true });
  const filter = `PartitionKey ge '${metricsPartitionKey(from)}' and PartitionKey lt '${metricsPartitionKey(to)}'`;
  const sums = new Map<string, RequestSums>();
  try {
    for await (const row of table.listEntities({ queryOptions: { filter } })) {
      const api = userRow.exec(row.rowKey ?? "")?.[1];
      if (api === undefined) continue;
      addSums(sums, api, {
        requests: Number(row["TotalRequests"]),
        ingress: Number(row["TotalIngress"]),
        egress: Number(row["TotalEgress"]),
      });
    }
  } catch (error) {
    // a service that nobody has ever asked
    if ((error as RestError).statusCode !== 404) throw error;
  }
  // a minute without requests of users may have a row of zeros
  for (const [api, { requests }] of sums) if (requests === 0) sums.delete(api);
  return sums;
}

interface MetricsBody {
  readonly value: readonly {
    readonly name: { readonly value: string };
    readonly timeseries: readonly {
      readonly metadatavalues?: readonly { readonly value: string }[];
      readonly data: readonly { readonly total?: number }[];
    }[];
  }[];
}

/** The same sums from the metrics API, as Azure Monitor's clients ask for them. */
export async function readMetrics(
  read: (url: string) => Promise<Response>,
  app: string,
  accountId: string,
  service: Service,
  from: Date,
  to: Date,
): Promise<SumsByApi> {
  const query = new URLSearchParams({
    "api-version": apiVersion,
    metricnames: "Transactions,Ingress,Egress",
    timespan: `${from.toISOString()}/${to.toISOString()}`,
    interval: "PT1M",
    aggregation: "Total",
    $filter: "ApiName eq '*'",
    top: "1000",
  });
  const resource = `${accountId}/${service}Services/default`;
  const url = `${app}${resource}/providers/Microsoft.Insights/metrics?${query.toString()}`;
  const response = await read(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  const totals = new Map<string, { requests: number; ingress: number; egress: number }>();
  const kinds: Readonly<Record<string, keyof RequestSums>> = {
    Transactions: "requests",
    Ingress: "ingress",
    Egress: "egress",
  };
  for (const { name, timeseries } of (JSON.parse(text) as MetricsBody).value) {
    const kind = kinds[name.value];
    for (const { metadatavalues, data } of kind === undefined ? [] : timeseries) {
      const api = metadatavalues?.[0]?.value ?? "";
      const total = data.reduce((sum, point) => sum + (point.total ?? 0), 0);
      for (const each of [api, allApis]) {
        const sums = totals.get(each) ?? { requests: 0, ingress: 0, egress: 0 };
        if (kind !== undefined) sums[kind] += total;
        totals.set(each, sums);
      }
    }
  }
  for (const [api, { requests }] of totals) if (requests === 0) totals.delete(api);
  return totals;
}
