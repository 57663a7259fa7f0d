import type { ArmError } from "../shared/arm/arm-error.js";
import { resourceOfPath } from "../shared/arm/resource-path.js";
import type { Answer, Answers, Call } from "../shared/http/answer.js";
import { readArmParameters } from "../shared/http/arm-parameters.js";
import { jsonAnswer, region } from "../shared/http/metrics-response.js";
import {
  checkAnswerSize,
  definitionsAnswer,
  metricsAnswer,
  namespacesAnswer,
} from "../shared/metrics/metrics-answer.js";
import { readMetricsRequest, seriesQueryOf } from "../shared/metrics/metrics-request.js";
import { findNamespace, metricsOfResource, type ResourceMetrics } from "../shared/metrics/resource-metrics.js";
import { accountIds, type Runtime } from "../shared/runtime/runtime.js";
import { batchMetrics, subscriptionMetrics } from "./metrics-of-many.http.js";

/** The metrics API of Azure Monitor. */
export function metricsAnswers(runtime: Runtime): Answers {
  const metrics = resourceMetrics(runtime);
  const definitions = resourceDefinitions(runtime);
  const namespaces = resourceNamespaces(runtime);
  const ofSubscription = subscriptionMetrics(runtime);
  return {
    getResourceMetrics: metrics,
    getChildResourceMetrics: metrics,
    queryResourceMetrics: metrics,
    queryChildResourceMetrics: metrics,
    listResourceMetricDefinitions: definitions,
    listChildResourceMetricDefinitions: definitions,
    listResourceMetricNamespaces: namespaces,
    listChildResourceMetricNamespaces: namespaces,
    getSubscriptionMetrics: ofSubscription,
    querySubscriptionMetrics: ofSubscription,
    getMetricsBatch: batchMetrics(runtime),
  };
}

const resourceMetrics =
  (runtime: Runtime): Answer =>
  async (call) => {
    const read = await readArmParameters(call, "metrics");
    if (read.kind === "arm-error") return read;
    const resource = resourceOf(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const request = readMetricsRequest(read.parameters, { ...resource, now: runtime.clock().getTime() });
    if (request.kind === "arm-error") return request;
    const { resourceId } = resource;
    const { metrics } = await runtime.state();
    const series = await metrics.query({ resourceId, namespace: request.namespace, ...seriesQueryOf(request) });
    return checkAnswerSize(request, [series]) ?? jsonAnswer(metricsAnswer(request, resourceId, region, series));
  };

const resourceDefinitions =
  (runtime: Runtime): Answer =>
  async (call) => {
    const read = await readArmParameters(call, "metricDefinitions");
    if (read.kind === "arm-error") return read;
    const resource = resourceOf(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const { resourceId, resourceType, definitions } = resource;
    const named = read.parameters.get("metricnamespace") ?? "";
    const namespace = findNamespace(definitions, named === "" ? resourceType : named);
    if (typeof namespace !== "string") return namespace;
    return jsonAnswer(definitionsAnswer(resourceId, namespace, definitions.get(namespace) ?? []));
  };

const resourceNamespaces =
  (runtime: Runtime): Answer =>
  async (call) => {
    const read = await readArmParameters(call, "metricNamespaces");
    if (read.kind === "arm-error") return read;
    const resource = resourceOf(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const namespaces = [...resource.definitions.keys()].map((name) => ({ name, classification: "Platform" as const }));
    return jsonAnswer(namespacesAnswer(resource.resourceId, namespaces));
  };

function resourceOf(runtime: Runtime, { path }: Call): ({ readonly kind: "found" } & ResourceMetrics) | ArmError {
  return metricsOfResource(resourceOfPath(path), accountIds(runtime));
}
