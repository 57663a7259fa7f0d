import { setTimeout as sleep } from "node:timers/promises";
import { services, type LogEntry } from "../../../shared/storage-analytics/log-entry.js";
import { openLocalReader } from "../identity/local-reader.js";
import { parseStorageAccounts } from "../storage-accounts.js";
import { connectClients } from "./clients.js";
import { compareRecorded, type Comparison } from "./comparison.js";
import { allApis, compareSums, sumEntries } from "./metrics-comparison.js";
import { readMetrics, readRows } from "./metrics-reading.js";
import { SentRequests, type SentRequest } from "./sent.js";
import { demoHelp, parseDemoOptions } from "./demo-options.js";
import { agrees, renderSummary } from "./summary.js";
import { runWorkload } from "./workload.js";

/** `npm run demo`: a mixed workload against the running app, then what the app has recorded of it. */

/** From a request to its line over HTTP: the flush interval (5 s), the planner's, and some air. */
const recordedDeadlineMs = 60_000;
const pollMs = 500;
const minute = 60_000;
/** From the end of the last minute to its metrics: 20 s, and some air. */
const metricsDeadlineMs = 60_000;

const parsed = parseDemoOptions(process.argv.slice(2));
if (parsed.kind !== "options") {
  if (parsed.kind === "help") console.log(demoHelp);
  else console.error(`${parsed.message}\n\n${demoHelp}`);
  process.exit(parsed.kind === "help" ? 0 : 2);
}
const { options } = parsed;
const [account] = parseStorageAccounts(process.env["AZURITE_ACCOUNTS"]);
if (account === undefined) throw new Error("AZURITE_ACCOUNTS names no account");
const { storagePort } = options;
const app = `http://127.0.0.1:${options.port}`;
const overview = `${app}/storage-analytics/${account.name}`;
const target = { account, ports: [storagePort, storagePort + 1, storagePort + 2] } as const;

const read = openLocalReader(options.data);
await refuseUnlessRunning();
const startedAt = new Date();
const name = `demo-${startedAt.getTime().toString(36)}`;
const sent = new SentRequests();
console.log(`Workload of the official SDKs on account ${account.name}, container ${name}-blobs, seed ${options.seed}`);
await runWorkload(connectClients(target, sent), sent, {
  seed: options.seed,
  steps: options.steps,
  name,
  progress: progressLine("steps"),
});
console.log(`${sent.all.length} requests sent; waiting for them in $logs`);
const comparison = await untilRecorded(sent.all);
console.log(`\n${renderSummary(sent.all, comparison)}\n`);
const metricsAgree = !options.metrics || (await compareWithMetrics());
console.log(
  [
    "Look further:",
    `  ${overview}`,
    ...services.map((service) => `  ${overview}/${service}/requests`),
    `  ${overview}/blob/requests?status=AuthorizationError`,
    `  ${overview}/blob/usage?by=operation`,
  ].join("\n"),
);
process.exitCode = agrees(comparison) && metricsAgree ? 0 : 1;

async function refuseUnlessRunning(): Promise<void> {
  try {
    await fetch(overview);
  } catch (error) {
    console.error(
      `Nothing answers at ${overview}. Start Vigil first: npm start (other ports: npm run demo -- --port N --storage-port N)`,
    );
    throw error;
  }
}

async function untilRecorded(requests: readonly SentRequest[]): Promise<Comparison> {
  const deadline = performance.now() + recordedDeadlineMs;
  const progress = progressLine("requests in $logs");
  for (;;) {
    const entries = (await Promise.all(services.map((service) => fetchEntries(service)))).flat();
    const comparison = compareRecorded(requests, entries);
    progress(comparison.matched.length, comparison.matched.length + comparison.missing.length);
    if (comparison.missing.length === 0 || performance.now() > deadline) return comparison;
    await sleep(pollMs);
  }
}

/** Every request of the workload's minutes, added up here, against the rows and the metrics API: to the last byte. */
async function compareWithMetrics(): Promise<boolean> {
  const from = new Date(Math.floor(startedAt.getTime() / minute) * minute);
  const to = new Date(Math.floor(Date.now() / minute) * minute + minute);
  console.log(
    `Waiting for the metrics of ${from.toISOString().slice(11, 16)} to ${to.toISOString().slice(11, 16)} (UTC)`,
  );
  const accountId = await untilComplete(to);
  const differences: string[] = [];
  console.log(`${"".padEnd(22)}requests    bytes in   bytes out`);
  for (const service of services) {
    const counted = sumEntries(await fetchEntries(service, from, to));
    const rows = await readRows(target, service, from, to);
    const metrics = await readMetrics(read, app, accountId, service, from, to);
    differences.push(...compareSums(`$Metrics ${service}`, counted, rows));
    differences.push(...compareSums(`metrics API ${service}`, counted, metrics));
    for (const [source, sums] of Object.entries({ counted, "$Metrics rows": rows, "metrics API": metrics })) {
      const { requests = 0, ingress = 0, egress = 0 } = sums.get(allApis) ?? {};
      const numbers = [String(requests).padStart(8), ...[ingress, egress].map((bytes) => String(bytes).padStart(12))];
      console.log(`${(sums === counted ? service : "").padEnd(7)}${source.padEnd(15)}${numbers.join("")}`);
    }
  }
  for (const difference of differences) console.log(`DIFFERS ${difference}`);
  if (differences.length === 0)
    console.log("Rows and metrics API agree with the requests that were logged, API by API, to the last byte.\n");
  return differences.length === 0;
}

/** @returns the account's resource id, once its metrics are complete up to a time */
async function untilComplete(time: Date): Promise<string> {
  const deadline = time.getTime() + metricsDeadlineMs;
  for (;;) {
    const response = await read(overview);
    const { resourceId, services: of } = (await response.json()) as {
      resourceId: string;
      services: Readonly<Record<string, { readonly metricsCompleteUpTo?: string }>>;
    };
    const complete = services.every((service) => Date.parse(of[service]?.metricsCompleteUpTo ?? "") >= time.getTime());
    if (complete) return resourceId;
    if (Date.now() > deadline)
      throw new Error(`the metrics are not complete ${metricsDeadlineMs / 1000} s after ${time.toISOString()}`);
    await sleep(pollMs);
  }
}

async function fetchEntries(
  service: string,
  from = startedAt,
  to = new Date(Date.now() + minute),
): Promise<LogEntry[]> {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  const entries: LogEntry[] = [];
  let url: string | undefined = `${overview}/${service}/requests?${query.toString()}`;
  while (url !== undefined) {
    const response: Response = await read(url, { accept: "application/x-ndjson" });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
    const lines = text.split("\n").filter((line) => line !== "");
    entries.push(...lines.map((line) => JSON.parse(line) as LogEntry));
    url = /<([^>]+)>; *rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return entries;
}

/** One line that is rewritten on a terminal; elsewhere a line per tenth. */
function progressLine(what: string): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const tenth = Math.floor((done / total) * 10);
    if (process.stdout.isTTY) process.stdout.write(`\r  ${done} of ${total} ${what}${done === total ? "\n" : ""}`);
    else if (tenth !== shown) console.log(`  ${done} of ${total} ${what}`);
    shown = tenth;
  };
}
