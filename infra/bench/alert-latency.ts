import { BlobServiceClient } from "@azure/storage-blob";
import { setTimeout as sleep } from "node:timers/promises";

import { median } from "../../shared/alerts/order-statistics.js";
import { startStack } from "../../shared/testing/stack.js";
import { startWebhookInbox } from "../../shared/testing/webhook-inbox.js";
import { localScope } from "../local/app-environment.js";
import { connectionString, emulatorAccount } from "../local/storage-accounts.js";
import type { BenchRow } from "./bench-row.js";
import { sendReads } from "./row-lag.js";

const rules = 20;
const minutes = 10;
const requestsPerSecond = 5;
const medianBudgetSeconds = 25;
const worstBudgetSeconds = 65;
const minuteMs = 60_000;
/** After the last minute: whatever has not arrived by then is missing. */
const settledMs = 2 * minuteMs;

const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const scope = `${localScope}/Microsoft.Storage/storageAccounts/${emulatorAccount.name}/blobServices/default`;

interface Received {
  readonly rule: string;
  /** Milliseconds since the epoch: end of the minute that breached, and arrival. */
  readonly windowEnd: number;
  readonly at: number;
}

/** From the end of a breaching minute to the webhook, over a whole stack: every rule fires in every minute. */
export async function benchAlertLatency(): Promise<readonly BenchRow[]> {
  const { received, from } = await measureAlertLatency(minutes);
  const expected = rules * minutes;
  const counted = received.filter(({ windowEnd }) => windowEnd > from && windowEnd <= from + minutes * minuteMs);
  const seconds = counted.map(({ windowEnd, at }) => (at - windowEnd) / 1_000);
  const worst = seconds.length === 0 ? Number.NaN : Math.max(...seconds);
  const distinct = new Set(counted.map(({ rule, windowEnd }) => `${rule} ${windowEnd}`)).size;
  const arrived = distinct === expected && counted.length === expected;
  return [
    row("end of a breaching minute to its webhook, median", median(seconds), "s", medianBudgetSeconds),
    row("end of a breaching minute to its webhook, worst", worst, "s", worstBudgetSeconds),
    {
      name: `webhooks of ${rules} rules in ${minutes} minutes; each once`,
      value: counted.length,
      ...{ unit: "", budget: `= ${expected}`, pass: arrived },
    },
  ];
}

const row = (name: string, value: number, unit: string, limit: number): BenchRow => ({
  ...{ name, value, unit, budget: `≤ ${limit}`, pass: value <= limit },
});

/** @returns what arrived, and the start of the first minute that was under load from its beginning */
async function measureAlertLatency(
  loadMinutes: number,
): Promise<{ readonly received: readonly Received[]; readonly from: number }> {
  const stack = await startStack();
  const inbox = await startWebhookInbox();
  try {
    await putRules(stack.app, inbox.url);
    const service = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, stack.storagePort));
    const container = service.getContainerClient("latency");
    await container.create({ access: "blob" });
    const blob = container.getBlockBlobClient("small");
    await blob.upload("hello", 5);
    await sleep(minuteMs - (Date.now() % minuteMs));
    const from = Math.round(Date.now() / minuteMs) * minuteMs;
    await sendReads(blob.url, requestsPerSecond, from + loadMinutes * minuteMs);
    const deadline = Date.now() + settledMs;
    while (inbox.calls.length < rules * loadMinutes && Date.now() < deadline) await sleep(500);
    return { received: inbox.calls.map(({ body, at }) => readCall(body, at)), from };
  } finally {
    await inbox.stop();
    await stack.stop();
    await stack.remove();
  }
}

function readCall(body: unknown, at: number): Received {
  const { data } = body as {
    readonly data: {
      readonly essentials: { readonly alertRule: string };
      readonly alertContext: { readonly condition: { readonly windowEndTime: string } };
    };
  };
  return { rule: data.essentials.alertRule, windowEnd: Date.parse(data.alertContext.condition.windowEndTime), at };
}

/** Rules that don't remember: they fire anew in each minute that meets them. */
async function putRules(app: string, inbox: string): Promise<void> {
  const groupId = `${localScope}/Microsoft.Insights/actionGroups/latency`;
  await put(app, `${groupId}?api-version=2023-01-01`, {
    location: "Global",
    properties: {
      ...{ groupShortName: "latency", enabled: true },
      webhookReceivers: [{ name: "inbox", serviceUri: inbox, useCommonAlertSchema: true }],
    },
  });
  const criterion = {
    ...{ criterionType: "StaticThresholdCriterion", name: "reads", metricName: "Transactions" },
    ...{ metricNamespace: namespace, operator: "GreaterThan", threshold: 0, timeAggregation: "Total" },
    dimensions: [{ name: "ApiName", operator: "Include", values: ["GetBlob"] }],
  };
  for (let index = 0; index < rules; index++) {
    await put(app, `${localScope}/Microsoft.Insights/metricAlerts/latency-${index}?api-version=2018-03-01`, {
      location: "global",
      properties: {
        ...{ severity: 3, enabled: true, autoMitigate: false, scopes: [scope] },
        ...{ evaluationFrequency: "PT1M", windowSize: "PT1M" },
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
          allOf: [criterion],
        },
        actions: [{ actionGroupId: groupId }],
      },
    });
  }
}

async function put(app: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${app}${path}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`putting ${path} answered ${response.status}: ${await response.text()}`);
}
