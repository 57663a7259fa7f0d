import {
  alertBody,
  alertsApiVersions,
  alertType,
  historyBody,
  pageOf,
  readAlertQuery,
  readGroupings,
  readPeopleState,
  summaryBody,
  type AlertQuery,
} from "../shared/alerts/alert-query.js";
import { alertStates, changePeopleState, type AlertRecord } from "../shared/alerts/alert-record.js";
import { dropDelivery, replayDelivery } from "../shared/actions/deliver.js";
import { deliveryStatuses, type Delivery } from "../shared/actions/delivery.js";
import { isWithin } from "../shared/alerts/rule-scope.js";
import { keepRecord } from "../shared/alerting/tell-transition.js";
import { isMembers, memberOf } from "../shared/alerts/resource-body.js";
import { armError, type ArmError } from "../shared/arm/arm-error.js";
import { answerVersioned } from "../shared/http/alert-parameters.js";
import type { Answer, Answers, Call, Ending } from "../shared/http/answer.js";
import { readJsonBody } from "../shared/http/json-body.js";
import type { Runtime } from "../shared/runtime/runtime.js";

const versioned = { type: alertType, versions: alertsApiVersions };
/** Alerts of a subscription that one request looks through. */
const maxAlertsRead = 10_000;

/** `Microsoft.AlertsManagement/alerts`: what fired, and what people made of it. */
export function alertAnswers(runtime: Runtime): Answers {
  return {
    listAlertsOfSubscription: list(runtime),
    listAlertsOfGroup: list(runtime),
    getAlert: one(runtime, (record, { path }) => alertBody(record, path["subscriptionId"] ?? "", true)),
    getAlertHistory: one(runtime, (record, { path }) => historyBody(record, path["subscriptionId"] ?? "")),
    changeAlertState: changeState(runtime),
    summarizeAlertsOfSubscription: summarize(runtime),
    listDeliveriesOfAlert: deliveriesOfAlert(runtime),
    listDeliveries: listDeliveries(runtime),
    replayDelivery: operate(runtime, replayDelivery),
    dropDelivery: operate(runtime, dropDelivery),
  };
}

const scopeOf = ({ path: { subscriptionId = "", resourceGroup } }: Call): string =>
  `/subscriptions/${subscriptionId}${resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`}`;

/** Those that the caller may see. */
async function recordsOf(runtime: Runtime, call: Call, query: AlertQuery): Promise<readonly AlertRecord[]> {
  const { alerts } = await runtime.alerting();
  const all = await alerts.changedSince(call.path["subscriptionId"] ?? "", new Date(query.from), maxAlertsRead);
  return all.filter(({ targetResource }) => call.refuseOn(targetResource) === undefined);
}

const list = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const query = readAlertQuery(parameters, scopeOf(call), runtime.clock().getTime());
    if (query.kind === "arm-error") return query;
    const { records, next } = pageOf(await recordsOf(runtime, call, query), query);
    const value = records.map((record) => alertBody(record, call.path["subscriptionId"] ?? "", query.includeContext));
    return { status: 200, jsonBody: { value, ...(next !== undefined && { nextLink: nextLink(call, next) }) } };
  });

/** Absolute and on the same host, as the clients want it. */
function nextLink({ request }: Call, skip: number): string {
  const url = new URL(request.url);
  url.searchParams.set("skipToken", String(skip));
  return url.href;
}

const summarize = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const groupby = readGroupings(parameters);
    if ("kind" in groupby) return groupby;
    const query = readAlertQuery(parameters, scopeOf(call), runtime.clock().getTime());
    if (query.kind === "arm-error") return query;
    const records = (await recordsOf(runtime, call, query)).filter(query.matches);
    return { status: 200, jsonBody: summaryBody(records, scopeOf(call), groupby) };
  });

const one = (runtime: Runtime, body: (record: AlertRecord, call: Call) => object): Answer =>
  answerVersioned(versioned, async (call) => {
    const found = await findAlert(runtime, call);
    return "record" in found ? { status: 200, jsonBody: body(found.record, call) } : found.ending;
  });

type Found = { readonly record: AlertRecord } | { readonly ending: Ending };

/** An alert that the caller may see; whoever may not see all of the subscription hears the same of one that isn't there. */
async function findAlert(runtime: Runtime, call: Call): Promise<Found> {
  const { subscriptionId = "", alertId = "" } = call.path;
  const { alerts } = await runtime.alerting();
  const record = (await alerts.find(subscriptionId, alertId))?.record;
  const refusal = call.refuseOn(record?.targetResource ?? `/subscriptions/${subscriptionId}`);
  if (refusal !== undefined) return { ending: refusal };
  return record === undefined ? { ending: notFound(alertId) } : { record };
}

const notFound = (alertId: string): ArmError =>
  armError("ResourceNotFound", `There is no alert ${alertId}; alerts are kept for 30 days.`);

const changeState = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const newState = readPeopleState(parameters.get("newstate") ?? "");
    if (newState === undefined) {
      return armError("BadRequest", `The parameter 'newState' should be ${alertStates.join(", ")}.`, "newState");
    }
    const body = await readJsonBody(call.request);
    if (body.kind === "arm-error") return body;
    const found = await findAlert(runtime, call);
    if ("ending" in found) return found.ending;
    const { subscriptionId = "" } = call.path;
    const changed = await keepRecord(
      await runtime.alerting(),
      subscriptionId,
      found.record.id,
      (record = found.record) =>
        changePeopleState(record, newState, call.caller, commentsOf(body.value), runtime.clock().getTime()),
    );
    return { status: 200, jsonBody: alertBody(changed, subscriptionId, false) };
  });

const deliveriesOfAlert = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call) => {
    const found = await findAlert(runtime, call);
    if ("ending" in found) return found.ending;
    const { deliveries } = await runtime.alerting();
    const all = [...(await deliveries.ofAlert(found.record.id))];
    const value = all.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).map(deliveryBody);
    return { status: 200, jsonBody: { value } };
  });

/** Deliveries of one answer. */
const maxDeliveries = 1_000;

const listDeliveries = (runtime: Runtime): Answer =>
  answerVersioned(versioned, async (call, parameters) => {
    const text = parameters.get("status") ?? "failed";
    const status = deliveryStatuses.find((each) => each === text.toLowerCase());
    if (status === undefined) {
      return armError(
        "BadRequest",
        `The parameter 'status' should be one of ${deliveryStatuses.join(", ")}.`,
        "status",
      );
    }
    const { deliveries } = await runtime.alerting();
    const scope = `/subscriptions/${call.path["subscriptionId"] ?? ""}`;
    const seen = (await deliveries.withStatus(status, maxDeliveries)).filter(
      ({ receiver: { actionGroupId } }) => isWithin(scope, actionGroupId) && call.refuseOn(actionGroupId) === undefined,
    );
    return { status: 200, jsonBody: { value: seen.map(deliveryBody) } };
  });

const operate = (runtime: Runtime, act: typeof replayDelivery): Answer =>
  answerVersioned(versioned, async (call) => {
    const found = await findAlert(runtime, call);
    if ("ending" in found) return found.ending;
    const { deliveryId = "" } = call.path;
    const outcome = await act(await runtime.alerting(), found.record.id, deliveryId.toLowerCase());
    switch (outcome.kind) {
      case "done":
        return { status: 200, jsonBody: deliveryBody(outcome.delivery) };
      case "not-found":
        return armError("ResourceNotFound", `The alert has no delivery ${deliveryId}.`);
      case "refused":
        return armError("Conflict", `Nothing was changed: ${outcome.reason}.`);
      default:
        throw new Error(`no outcome ${JSON.stringify(outcome satisfies never)}`);
    }
  });

/** Without what is sent, and where: both may hold secrets. */
const deliveryBody = (delivery: Omit<Delivery, "payload">) => ({
  id: delivery.id,
  alertId: delivery.alertId,
  transition: delivery.transition,
  receiver: delivery.receiver,
  status: delivery.status,
  attempts: delivery.attempts,
  repeats: delivery.repeats,
  detail: delivery.detail,
  createdAt: delivery.createdAt.toISOString(),
  ...(delivery.endedAt !== undefined && { endedAt: delivery.endedAt.toISOString() }),
  ...(delivery.startedAt !== undefined && { underWay: true }),
});

/** Clients send `comments`, `comment` or the text itself (reference §5.1). */
function commentsOf(body: unknown): string {
  const text = isMembers(body) ? (memberOf(body, "comments") ?? memberOf(body, "comment")) : body;
  return typeof text === "string" ? text.slice(0, maxCommentLength) : "";
}

/** Characters. */
const maxCommentLength = 2_048;
