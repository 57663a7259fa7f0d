import { armError } from "../shared/arm/arm-error.js";
import { formatResourceId, parseResourceId } from "../shared/arm/resource-id.js";
import { refuseAny, type Answer } from "../shared/http/answer.js";
import { readArmParameters, readArmQuery } from "../shared/http/arm-parameters.js";
import { readJsonBody } from "../shared/http/json-body.js";
import { jsonAnswer, region } from "../shared/http/metrics-response.js";
import { readBatchBody } from "../shared/metrics/batch-request.js";
import {
  batchAnswer,
  batchValue,
  checkAnswerSize,
  subscriptionMetricsAnswer,
} from "../shared/metrics/metrics-answer.js";
import {
  readMetricsRequest,
  seriesQueryOf,
  wantsResource,
  type MetricsRequest,
} from "../shared/metrics/metrics-request.js";
import {
  definitionsOf,
  metricsOfResource,
  resourceInAccount,
  type ResourceMetrics,
} from "../shared/metrics/resource-metrics.js";
import type { MetricSeries } from "../shared/metrics/series-query.js";
import { forEachOf } from "../shared/request-logs/concurrency.js";
import { accountIds, type Runtime } from "../shared/runtime/runtime.js";

/** Resources of one request that are read at a time; each reads several blobs at once. */
const concurrentResources = 4;

/** Metrics of up to 50 resources in one request. */
export const batchMetrics =
  (runtime: Runtime): Answer =>
  async (call) => {
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    const read = readArmQuery(call, "getBatch");
    if (read.kind === "arm-error") return read;
    const { parameters } = read;
    for (const name of ["metricnamespace", "metricnames"]) {
      if ((parameters.get(name) ?? "") === "")
        return armError("BadRequest", `The parameter ${name} is required.`, name);
    }
    const batch = readBatchBody(body.value, call.path["subscriptionId"] ?? "");
    if (batch.kind === "arm-error") return batch;
    // before anything is said about what exists
    const refusal = refuseAny(call, batch.ids.map(formatResourceId));
    if (refusal !== undefined) return refusal;
    const configured = accountIds(runtime);
    const resources: ResourceMetrics[] = [];
    for (const id of batch.ids) {
      const resource = metricsOfResource(id, configured);
      if (resource.kind === "arm-error") return resource;
      resources.push(resource);
    }
    const [first] = resources;
    if (first === undefined) throw new Error("reading a batch: it has at least one resource");
    const request = readMetricsRequest(parameters, { ...first, now: runtime.clock().getTime() });
    if (request.kind === "arm-error") return request;
    const ids = resources.map(({ resourceId }) => resourceId);
    const results = await queryEach(runtime, request, ids, call.signal);
    const asked = { starttime: parameters.get("starttime"), endtime: parameters.get("endtime") };
    return (
      checkAnswerSize(request, results) ??
      jsonAnswer(batchAnswer(ids.map((id, index) => batchValue(request, id, region, results[index] ?? [], asked))))
    );
  };

/** Metrics of what the caller may see in a subscription, together or by resource. */
export const subscriptionMetrics =
  (runtime: Runtime): Answer =>
  async (call) => {
    const read = await readArmParameters(call, "subscriptionMetrics");
    if (read.kind === "arm-error") return read;
    const { parameters } = read;
    const asked = parameters.get("region") ?? "";
    if (asked === "") {
      return armError(
        "BadRequest",
        "The parameter region is required. Vigil has no regions: any name is right.",
        "region",
      );
    }
    const definitions = definitionsOf();
    const request = readMetricsRequest(parameters, { resourceType: "", definitions, now: runtime.clock().getTime() });
    if (request.kind === "arm-error") return request;
    const subscriptionId = call.path["subscriptionId"] ?? "";
    const accounts = runtime.settings.accounts.filter(({ resourceId }) => isIn(subscriptionId, resourceId));
    if (accounts.length === 0 && call.refuseOn(`/subscriptions/${subscriptionId}`) === undefined) {
      return armError("SubscriptionNotFound", `The subscription '${subscriptionId}' has no account in VIGIL_ACCOUNTS.`);
    }
    const visible = accounts
      .map(({ resourceId }) => resourceInAccount(resourceId, request.namespace))
      .filter((resourceId) => call.refuseOn(resourceId) === undefined && wantsResource(request, resourceId));
    const found = await queryEach(runtime, request, visible, call.signal);
    const results = visible.map((resourceId, index) => ({ resourceId, series: found[index] ?? [] }));
    return (
      checkAnswerSize(request, found) ?? jsonAnswer(subscriptionMetricsAnswer(request, subscriptionId, asked, results))
    );
  };

const isIn = (subscriptionId: string, resourceId: string): boolean =>
  parseResourceId(resourceId)?.subscriptionId.toLowerCase() === subscriptionId.toLowerCase();

/** What the store answers for each resource, in their order. */
async function queryEach(
  runtime: Runtime,
  request: MetricsRequest,
  resourceIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly MetricSeries[])[]> {
  const { metrics } = await runtime.state();
  const { namespace } = request;
  const query = seriesQueryOf(request);
  const results: (readonly MetricSeries[])[] = [];
  await forEachOf(resourceIds.entries(), concurrentResources, async ([index, resourceId]) => {
    signal.throwIfAborted();
    results[index] = await metrics.query({ resourceId, namespace, ...query });
  });
  return results;
}
