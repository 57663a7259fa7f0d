import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { localScope } from "../app-environment.js";
import { openLocalClient } from "../identity/local-reader.js";
import type { ReceivedMessage } from "../mailbox/kept-messages.js";
import { parseStorageAccounts } from "../storage-accounts.js";
import { connectClients } from "./clients.js";
import { SentRequests } from "./sent.js";
import { runWorkload } from "./workload.js";

/** `npm run demo -- alerts`: a rule over requests, the workload that fires it, the alert in mailbox and inbox, its end. */

const help = [
  "npm run demo -- alerts [options]: an alert that fires, arrives and resolves",
  "  --port N          the app's port (7071)",
  "  --storage-port N  base of the storage ports (10000)",
  "  --mailbox-port N  the mailbox's port (7092)",
  "  --data FOLDER     data folder of the running app (.vigil)",
  "  --fired-only      don't wait four minutes for the alert to resolve",
].join("\n");

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "7071" },
    "storage-port": { type: "string", default: "10000" },
    "mailbox-port": { type: "string", default: "7092" },
    data: { type: "string", default: ".vigil" },
    "fired-only": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (options.help) {
  console.log(help);
  process.exit(0);
}

const pollMs = 500;
/** From the end of a minute to the alert: the log, the roll-up, an evaluation; and some air. */
const firedDeadlineMs = 150_000;
/** Three more minutes have to be healthy. */
const resolvedDeadlineMs = 330_000;
const threshold = 50;
const address = "you@example.com";

const [account] = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
if (account === undefined) throw new Error("AZURITE_ACCOUNTS names no account");
const app = `http://127.0.0.1:${options.port}`;
const mailbox = `http://127.0.0.1:${options["mailbox-port"]}`;
const accountId = `${localScope}/Microsoft.Storage/storageAccounts/${account.name}`;
const startedAt = Date.now();
// an alert of an earlier run may still be fired
const ruleName = `demo requests ${startedAt.toString(36)}`;
const ruleId = `${localScope}/Microsoft.Insights/metricAlerts/${ruleName}`;
const actionGroupId = `${localScope}/Microsoft.Insights/actionGroups/demo`;
const send = openLocalClient(options.data, "contributor");

const rule = {
  location: "global",
  properties: {
    description: `More than ${threshold} requests to blobs in a minute.`,
    ...{ severity: 2, enabled: true, scopes: [`${accountId}/blobServices/default`] },
    ...{ evaluationFrequency: "PT1M", windowSize: "PT1M" },
    criteria: {
      "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [
        {
          ...{ criterionType: "StaticThresholdCriterion", name: "Requests", metricName: "Transactions" },
          ...{ operator: "GreaterThan", threshold, timeAggregation: "Total" },
        },
      ],
    },
    actions: [{ actionGroupId }],
  },
};
const actionGroup = {
  location: "Global",
  properties: {
    ...{ groupShortName: "demo", enabled: true },
    webhookReceivers: [{ name: "inbox", serviceUri: `${mailbox}/inbox/demo`, useCommonAlertSchema: true }],
    emailReceivers: [{ name: "you", emailAddress: address, useCommonAlertSchema: true }],
  },
};

await refuseUnlessRunning();
await put(actionGroupId, "2023-01-01", actionGroup);
await put(ruleId, "2018-03-01", rule);
console.log(`Rule "${ruleName}": more than ${threshold} requests to ${account.name}'s blobs in a minute tell`);
console.log(`  ${mailbox}/inbox/demo and ${address} (which is the mailbox, too)`);

const storagePort = Number(options["storage-port"]);
const sent = new SentRequests();
const target = { account, ports: [storagePort, storagePort + 1, storagePort + 2] } as const;
console.log("Sending requests …");
await runWorkload(connectClients(target, sent), sent, {
  ...{ seed: 1, steps: 300, name: `demo-${startedAt.toString(36)}`, progress: () => undefined },
});
console.log(`${sent.all.filter(({ service }) => service === "blob").length} requests to blobs sent`);

const fired = await arrival("Fired", firedDeadlineMs);
console.log(`\nIt fired, ${seconds(fired.at)} s after the start:\n${fired.lines.join("\n")}`);
console.log(`\nLook at them: ${mailbox}`);
if (!options["fired-only"]) {
  console.log("No more requests: three healthy minutes, and it resolves …");
  const resolved = await arrival("Resolved", resolvedDeadlineMs);
  console.log(`\nIt resolved, ${seconds(resolved.at)} s after the start:\n${resolved.lines.join("\n")}`);
}
await remove(ruleId, "2018-03-01");
await remove(actionGroupId, "2023-01-01");

async function refuseUnlessRunning(): Promise<void> {
  for (const url of [`${app}/health`, `${mailbox}/messages`]) {
    try {
      await fetch(url);
    } catch (error) {
      console.error(`Nothing answers at ${url}. Start Vigil first: npm start (other ports: see --help)`);
      throw error;
    }
  }
}

async function put(id: string, version: string, body: object): Promise<void> {
  const url = `${app}${encodeURI(id)}?api-version=${version}`;
  const response = await send(url, { method: "PUT", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`PUT ${id} answered ${response.status}: ${await response.text()}`);
}

async function remove(id: string, version: string): Promise<void> {
  const response = await send(`${app}${encodeURI(id)}?api-version=${version}`, { method: "DELETE" });
  if (!response.ok) throw new Error(`DELETE ${id} answered ${response.status}: ${await response.text()}`);
}

/** Waits until both receivers have it. */
async function arrival(
  condition: string,
  deadlineMs: number,
): Promise<{ readonly at: number; readonly lines: string[] }> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const response = await fetch(`${mailbox}/messages`);
    const { value } = (await response.json()) as { readonly value: readonly ReceivedMessage[] };
    const since = value.filter(({ receivedAt }) => Date.parse(receivedAt) >= startedAt);
    const call = since.find((each) => each.kind === "call" && conditionOf(each.body) === condition);
    const mail = since.find(
      (each) => each.kind === "mail" && each.subject.startsWith(condition) && each.subject.includes(ruleName),
    );
    if (call?.kind === "call" && mail?.kind === "mail") {
      const at = Math.max(Date.parse(call.receivedAt), Date.parse(mail.receivedAt));
      return { at, lines: [`  webhook  ${summaryOf(call.body)}`, `  mail     ${mail.subject}`] };
    }
    if (Date.now() > deadline) throw new Error(`no ${condition} within ${deadlineMs / 1_000} s; look at ${mailbox}`);
    await sleep(pollMs);
  }
}

interface Payload {
  readonly data?: {
    readonly essentials?: Readonly<Record<string, string>>;
    readonly alertContext?: {
      readonly condition?: { readonly allOf?: readonly { readonly metricValue: number | null }[] };
    };
  };
}
function parse(body: string): Payload {
  return JSON.parse(body) as Payload;
}

function conditionOf(body: string): string | undefined {
  const { essentials } = parse(body).data ?? {};
  return essentials?.["alertRule"] === ruleName ? essentials["monitorCondition"] : undefined;
}

function summaryOf(body: string): string {
  const { essentials = {}, alertContext } = parse(body).data ?? {};
  const value = alertContext?.condition?.allOf?.[0]?.metricValue;
  return `${essentials["monitorCondition"] ?? ""} ${essentials["severity"] ?? ""}, Transactions ${value ?? "none"} (threshold ${threshold})`;
}

function seconds(at: number): number {
  return Math.round((at - startedAt) / 1_000);
}
