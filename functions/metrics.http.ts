import type { HttpResponseInit } from "@azure/functions";

import { checkApiVersion } from "../shared/arm/api-version.js";
import { armError, type ArmError } from "../shared/arm/arm-error.js";
import { readQueryParameters, type QueryParameters } from "../shared/arm/query-parameters.js";
import { formatResourceId, fullType, isSameResource } from "../shared/arm/resource-id.js";
import { resourceOfPath } from "../shared/arm/resource-path.js";
import type { Answer, Answers, Call } from "../shared/http/answer.js";
import { readJsonBody } from "../shared/http/json-body.js";
import { metricsApiVersions, type MetricsApi } from "../shared/metrics/metrics-api-versions.js";
import { definitionsAnswer, metricsAnswer, namespacesAnswer } from "../shared/metrics/metrics-answer.js";
import { readMetricsRequest, seriesQueryOf } from "../shared/metrics/metrics-request.js";
import { metricsOfResource, type ResourceMetrics } from "../shared/metrics/resource-metrics.js";
import type { Runtime } from "../shared/runtime/runtime.js";

/** Vigil knows no regions. */
const region = "global";

/** The metrics API of Azure Monitor. */
export function metricsAnswers(runtime: Runtime): Answers {
  const metrics = resourceMetrics(runtime);
  const definitions = resourceDefinitions(runtime);
  const namespaces = resourceNamespaces(runtime);
  return {
    getResourceMetrics: metrics,
    getChildResourceMetrics: metrics,
    queryResourceMetrics: metrics,
    queryChildResourceMetrics: metrics,
    listResourceMetricDefinitions: definitions,
    listChildResourceMetricDefinitions: definitions,
    listResourceMetricNamespaces: namespaces,
    listChildResourceMetricNamespaces: namespaces,
  };
}

const resourceMetrics =
  (runtime: Runtime): Answer =>
  async (call) => {
    const asked = await readParameters(call, "metrics");
    if (asked.kind === "arm-error") return asked;
    const resource = findResource(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const request = readMetricsRequest(asked.parameters, { ...resource, now: runtime.clock().getTime() });
    if (request.kind === "arm-error") return request;
    const { namespace } = request;
    const { metrics } = await runtime.state();
    const series = await metrics.query({ resourceId: resource.resourceId, namespace, ...seriesQueryOf(request) });
    return json(metricsAnswer(request, resource.resourceId, region, series));
  };

const resourceDefinitions =
  (runtime: Runtime): Answer =>
  async (call) => {
    const asked = await readParameters(call, "metricDefinitions");
    if (asked.kind === "arm-error") return asked;
    const resource = findResource(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const wanted = asked.parameters.get("metricnamespace");
    const namespace = wanted === undefined || wanted === "" ? resource.resourceType : findNamespace(resource, wanted);
    if (typeof namespace !== "string") return namespace;
    return json(definitionsAnswer(resource.resourceId, namespace, resource.definitions.get(namespace) ?? []));
  };

const resourceNamespaces =
  (runtime: Runtime): Answer =>
  async (call) => {
    const asked = await readParameters(call, "metricNamespaces");
    if (asked.kind === "arm-error") return asked;
    const resource = findResource(runtime, call);
    if (resource.kind === "arm-error") return resource;
    const namespaces = [...resource.definitions.keys()].map((name) => ({ name, classification: "Platform" as const }));
    return json(namespacesAnswer(resource.resourceId, namespaces));
  };

const json = (value: object): HttpResponseInit => ({
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(value),
});

type Found<T> = ({ readonly kind: "found" } & T) | ArmError;

/** Parameters of the query, and of the body where there is one, once the version is one that Vigil speaks. */
async function readParameters(call: Call, api: MetricsApi): Promise<Found<{ readonly parameters: QueryParameters }>> {
  const body = call.request.method === "POST" ? await readJsonBody(call.request) : undefined;
  if (body?.kind === "arm-error") return body;
  const given = body?.value ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    return armError("InvalidRequestContent", 'The body should be an object, such as {"metricNames":"Transactions"}.');
  }
  const read = readQueryParameters(call.query, given as Readonly<Record<string, unknown>>);
  if (read.kind === "arm-error") return read;
  const version = checkApiVersion(
    read.parameters.get("api-version"),
    `Microsoft.Insights/${api}`,
    metricsApiVersions[api],
  );
  return version.kind === "arm-error" ? version : { kind: "found", parameters: read.parameters };
}

function findResource(runtime: Runtime, { path }: Call): Found<ResourceMetrics & { readonly resourceId: string }> {
  const id = resourceOfPath(path);
  const resource = metricsOfResource(id);
  const account = runtime.settings.accounts.find(
    ({ resourceId }) => resource !== undefined && isSameResource(resourceId, resource.accountId),
  );
  return resource === undefined || account === undefined
    ? armError(
        "ResourceNotFound",
        `The Resource '${fullType(id)}/${id.names.join("/")}' under resource group '${id.resourceGroup}' was not found. Vigil has metrics of the storage accounts in VIGIL_ACCOUNTS, and of their services blobServices/default, queueServices/default and tableServices/default.`,
      )
    : { kind: "found", ...resource, resourceId: formatResourceId(id) };
}

function findNamespace({ definitions }: ResourceMetrics, wanted: string): string | ArmError {
  const namespace = [...definitions.keys()].find((each) => each.toLowerCase() === wanted.toLowerCase());
  return (
    namespace ??
    armError(
      "BadRequest",
      `Metric namespace '${wanted}' is not one of this resource. Valid namespaces: ${[...definitions.keys()].join(", ")}.`,
      "metricnamespace",
    )
  );
}
