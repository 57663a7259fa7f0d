import type { TokenCredential } from "@azure/identity";

import type { ReceiverTools } from "../actions/tell-receiver.js";
import { tellTransition, type TellingStores } from "../alerting/tell-transition.js";
import { readAlertChart } from "../alerting/chart-data.js";
import { learnedThresholds, type LearningStores } from "../alerting/learned-thresholds.js";
import type { EvaluationStores } from "../alerting/evaluate-rule.js";
import { RecentRules } from "../alerting/recent-rules.js";
import type { PlanningStores } from "../alerting/plan-evaluations.js";
import type { ActionGroup } from "../alerts/action-group.js";
import type { AlertProcessingRule } from "../alerts/alert-processing-rule.js";
import type { MetricAlertRule } from "../alerts/metric-alert-rule.js";
import { alertsApiVersion } from "../alerts/alert-query.js";
import { metricAlertApiVersions } from "../alerts/metric-alert-schema.js";
import { mailSender } from "../clients/mail/mail-sender.js";
import { outgoingHttp } from "../clients/outgoing-http/outgoing-http.js";
import { servicesOfAccount } from "../metrics/storage-metrics.js";
import { alertStatesIn, alertStatesTable } from "../stores/alert-states/alert-states.azure.js";
import type { AlertStates } from "../stores/alert-states/alert-states.js";
import { alertsIn, alertsTable } from "../stores/alerts/alerts.azure.js";
import type { Alerts } from "../stores/alerts/alerts.js";
import {
  actionGroupsTable,
  armResourcesIn,
  metricAlertsTable,
  processingRulesTable,
} from "../stores/arm-resources/arm-resources.azure.js";
import type { ArmResources } from "../stores/arm-resources/arm-resources.js";
import { deliveriesIn, deliveriesTable } from "../stores/deliveries/deliveries.azure.js";
import { thresholdModelsIn } from "../stores/threshold-models/threshold-models.azure.js";
import { textNotesIn, textNotesTable } from "../stores/text-notes/text-notes.azure.js";
import type { StateStores } from "./runtime.js";
import type { Settings } from "./settings.js";

/** Everything that rules, alerts and actions are made of. */
export interface Alerting extends PlanningStores, EvaluationStores, TellingStores, LearningStores {
  readonly metrics: StateStores["metrics"];
  readonly rules: ArmResources<MetricAlertRule>;
  readonly actionGroups: ArmResources<ActionGroup>;
  readonly processingRules: ArmResources<AlertProcessingRule>;
  readonly states: AlertStates;
  readonly alerts: Alerts;
  readonly receivers: ReceiverTools;
}

export function openAlerting(
  {
    clients,
    metrics,
    evaluations,
    deliverQueue,
  }: Pick<StateStores, "clients" | "metrics" | "evaluations" | "deliverQueue">,
  settings: Settings,
  clock: () => Date,
): Alerting {
  const { accounts, auth, mail, sms, publicUrl, privateWebhooks, ownIdentity } = settings;
  const link =
    (version: string) =>
    (id: string): string | undefined =>
      publicUrl && `${publicUrl}${encodeURI(id)}?api-version=${version}`;
  const known = accounts.flatMap(({ resourceId }) => [
    resourceId,
    ...servicesOfAccount(resourceId).map((service) => service.resourceId),
  ]);
  const recent = new RecentRules();
  const models = thresholdModelsIn(clients.blobs);
  const alerting: Alerting = {
    models,
    metrics,
    rules: armResourcesIn(clients.table(metricAlertsTable)),
    actionGroups: armResourcesIn(clients.table(actionGroupsTable)),
    processingRules: armResourcesIn(clients.table(processingRulesTable)),
    recent,
    states: recent.remembering(alertStatesIn(clients.table(alertStatesTable), clients.blobs)),
    alerts: alertsIn(clients.table(alertsTable)),
    deliveries: deliveriesIn(clients.table(deliveriesTable)),
    notes: textNotesIn(clients.table(textNotesTable)),
    evaluations,
    queue: deliverQueue,
    channels: { email: mail !== undefined, sms: sms !== undefined, tokens: ownIdentity },
    receivers: {
      http: outgoingHttp({ policy: { allowPrivate: privateWebhooks, allowLoopback: auth === "development" } }),
      email: mail && {
        mail: mailSender(mail),
        chartOf: (alert) => readAlertChart(metrics, alert),
        ruleLink: link(metricAlertApiVersions.at(-1) ?? ""),
      },
      sms,
      tokenFor: ownIdentity ? ownTokens() : undefined,
    },
    link: link(alertsApiVersion),
    knownResources: () => Promise.resolve(known),
    tell: (rule, transition) => tellTransition(alerting, rule, transition, clock),
    thresholds: (rule, conditions, resources, now) =>
      learnedThresholds({ metrics, models }, rule, conditions, resources, now),
  };
  return alerting;
}

/** Tokens of the app's own identity. The library is loaded with the first one. */
function ownTokens(): (scope: string) => Promise<string> {
  let credential: Promise<TokenCredential> | undefined;
  return async (scope) => {
    credential ??= import("@azure/identity").then(({ DefaultAzureCredential }) => new DefaultAzureCredential());
    const token = await (await credential).getToken(scope);
    if (token === null) throw new Error(`getting a token for ${scope}: there is none`);
    return token.token;
  };
}
