import { putMetricAlert } from "../../shared/alerts/metric-alert-rule.js";
import { evaluateStoredRule, sharingReads } from "../../shared/alerting/evaluate-rule.js";
import type { EvaluationWork } from "../../shared/alerting/evaluation-work.js";
import { planEvaluations } from "../../shared/alerting/plan-evaluations.js";
import { parseResourceId } from "../../shared/arm/resource-id.js";
import { minuteOf } from "../../shared/metrics/time-grain.js";
import { forEachOf } from "../../shared/request-logs/concurrency.js";
import { startRuntime } from "../../shared/runtime/runtime.js";
import type { Alerting } from "../../shared/runtime/alerting.js";
import { startAzurite } from "../../shared/testing/azurite.js";
import { callsByMinute, keepMetrics } from "../../shared/testing/kept-metrics.js";
import type { BenchRow } from "./bench-row.js";

/** Each twice as many as the one before. */
const sizes = [500, 1_000, 2_000, 4_000];
const budgetRules = 1_000;
const tickBudgetSeconds = 10;
const growthBudget = 2.2;
const resources = 20;
const seriesPerRule = 10;
/** As host.json lets one instance work: messages at a time, and rules of each. */
const concurrentMessages = 6;
const concurrentRules = 16;
/** Ticks of each size; the first one makes the states, the median of the others counts. */
const ticks = 4;

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/bench/providers";
const namespace = "Microsoft.Storage/storageAccounts/blobServices";
const resourceOf = (index: number): string =>
  `${subscription}/Microsoft.Storage/storageAccounts/bench${index % resources}/blobServices/default`;

/** One tick: from planning to the last state that is written, on one instance against one Azurite. */
export async function benchAlertTick(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  const seconds: number[] = [];
  for (const size of sizes) {
    const tick = await measure(size);
    seconds.push(tick);
    const budget = size === budgetRules ? `≤ ${tickBudgetSeconds}` : "";
    const pass = size === budgetRules ? tick <= tickBudgetSeconds : undefined;
    rows.push({ name: `tick of ${size} rules × ${seriesPerRule} series`, value: tick, unit: "s", budget, pass });
  }
  const growth = Math.max(...seconds.slice(1).map((each, index) => each / (seconds[index] ?? Number.NaN)));
  rows.push({
    name: "growth per doubling, the worst",
    value: growth,
    unit: "×",
    budget: `≤ ${growthBudget}`,
    pass: growth <= growthBudget,
  });
  return rows;
}

async function measure(rules: number): Promise<number> {
  const azurite = await startAzurite();
  try {
    const connection = azurite.connectionString();
    const runtime = startRuntime({
      ...{ AzureWebJobsStorage: connection, VIGIL_AUTH: "development", AZURE_FUNCTIONS_ENVIRONMENT: "Development" },
    });
    const alerting = await runtime.alerting();
    const first = minuteOf(Date.now()) - ticks - 1;
    await prepare(alerting, connection, rules, first);
    const times: number[] = [];
    for (let tick = 0; tick < ticks; tick++) {
      for (let index = 0; index < resources; index++) await advance(alerting, index, first + tick);
      const startedAt = performance.now();
      const evaluated = await runTick(alerting, runtime.clock);
      times.push((performance.now() - startedAt) / 1_000);
      if (evaluated !== rules * seriesPerRule) throw new Error(`${evaluated} series were evaluated`);
    }
    const [, ...steady] = times;
    return steady.sort((a, b) => a - b)[Math.floor(steady.length / 2)] ?? Number.NaN;
  } finally {
    await azurite.stop();
  }
}

async function prepare(alerting: Alerting, connection: string, rules: number, first: number): Promise<void> {
  const minutes = new Map(Array.from({ length: ticks + 10 }, (_, index) => [first - 10 + index, 3] as const));
  for (let index = 0; index < resources; index++) {
    const series = Array.from({ length: seriesPerRule }, (_, api) => callsByMinute(`Api${api}`, minutes)).flat();
    await keepMetrics(connection, { resourceId: resourceOf(index), namespace }, series);
  }
  await forEachOf(Array(rules).keys(), 16, async (index) => {
    const id = parseResourceId(`${subscription}/Microsoft.Insights/metricAlerts/rule-${index}`);
    if (id === undefined) throw new Error("the id of a rule is none");
    const criterion = {
      criterionType: "StaticThresholdCriterion",
      name: "a",
      metricName: "Transactions",
      operator: "GreaterThan",
    };
    const outcome = putMetricAlert(
      id,
      {
        location: "global",
        properties: {
          ...{
            severity: 3,
            enabled: true,
            scopes: [resourceOf(index)],
            evaluationFrequency: "PT1M",
            windowSize: "PT5M",
          },
          criteria: {
            "odata.type": "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
            allOf: [
              {
                ...{ ...criterion, threshold: 1_000 + index, timeAggregation: "Total", metricNamespace: namespace },
                dimensions: [{ name: "ApiName", operator: "Include", values: ["*"] }],
              },
            ],
          },
        },
      },
      undefined,
      0,
    );
    if (outcome.kind === "arm-error") throw new Error(outcome.message);
    await alerting.rules.save(outcome.rule, undefined);
  });
}

/** Without the announcement: the bench plans itself. */
async function advance({ metrics }: Alerting, index: number, minute: number): Promise<void> {
  await metrics.advanceWatermark(resourceOf(index), minute);
}

async function runTick(alerting: Alerting, clock: () => Date): Promise<number> {
  const sent: EvaluationWork[] = [];
  const evaluations = {
    name: "bench",
    send: (work: unknown) => Promise.resolve(void sent.push(work as EvaluationWork)),
    counts: () => Promise.resolve({ waiting: sent.length, poison: 0 }),
  };
  await planEvaluations({ ...alerting, evaluations }, undefined, clock);
  let series = 0;
  await forEachOf(sent, concurrentMessages, async (work) => {
    if (work.kind !== "evaluate") return;
    const shared = sharingReads(alerting);
    await forEachOf(work.rules, concurrentRules, async (ruleId) => {
      const outcome = await evaluateStoredRule(shared, ruleId, work.late, clock);
      if (outcome.kind === "evaluated") series += outcome.series;
    });
  });
  return series;
}
