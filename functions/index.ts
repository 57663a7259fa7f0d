import { app } from "@azure/functions";

import { deliverQueue } from "../shared/actions/delivery-work.js";
import { evaluateAlertsQueue } from "../shared/alerting/evaluation-work.js";
import { describeMode } from "../shared/access/development-mode.js";
import { countCapacityQueue } from "../shared/capacity/capacity-work.js";
import { publishMetricsQueue } from "../shared/metric-roll-up/publication-work.js";
import { readLogsQueue } from "../shared/request-logs/log-work.js";
import { removeExpiredQueue } from "../shared/retention/retention-work.js";
import { startRuntime } from "../shared/runtime/runtime.js";
import { checkLimit } from "./analytics-limit.timer.js";
import { countCapacityMessage } from "./capacity.queue.js";
import { planCapacity } from "./capacity.timer.js";
import { deliverMessage } from "./deliver.queue.js";
import { removeOldAlerts, resendDeliveries } from "./deliver.timer.js";
import { health } from "./health.http.js";
import { readLogBlobsMessage } from "./log-blobs.queue.js";
import { planLogBlobs } from "./log-blobs.timer.js";
import { evaluateAlertsMessage } from "./metric-alerts.queue.js";
import { planAlertEvaluations } from "./metric-alerts.timer.js";
import { openApi } from "./openapi.http.js";
import { publishMetricsMessage } from "./publish-metrics.queue.js";
import { planPublications } from "./publish-metrics.timer.js";
import { resourceManager } from "./resource-manager.http.js";
import { removeExpiredMessage } from "./retention.queue.js";
import { planRetention } from "./retention.timer.js";
import { storageAnalytics } from "./storage-analytics.http.js";

// the only read of the environment; a wrong setting ends the start here
const runtime = startRuntime(process.env);
const connection = runtime.settings.state.name;
const mode = describeMode(runtime.settings.auth);
if (mode !== undefined) console.warn(mode);

app.setup({ enableHttpStream: true });

// reading $logs
app.timer("PlanLogBlobs", { schedule: "2/5 * * * * *", handler: planLogBlobs(runtime) });
app.storageQueue("ReadLogBlob", { queueName: readLogsQueue, connection, handler: readLogBlobsMessage(runtime) });

// making $Metrics… rows and metrics of them; the timer comes two seconds after the one above, when its blobs are read
app.timer("PlanMetricPublications", { schedule: "4/5 * * * * *", handler: planPublications(runtime) });
app.storageQueue("PublishMetrics", {
  queueName: publishMetricsQueue,
  connection,
  handler: publishMetricsMessage(runtime),
});

// alert rules: evaluated as soon as the metrics of a minute are complete; the timer is the fallback
app.timer("PlanAlertEvaluations", { schedule: "30 * * * * *", handler: planAlertEvaluations(runtime) });
app.storageQueue("EvaluateAlerts", {
  queueName: evaluateAlertsQueue,
  connection,
  handler: evaluateAlertsMessage(runtime),
});

// telling receivers of action groups
app.storageQueue("Deliver", { queueName: deliverQueue, connection, handler: deliverMessage(runtime) });
app.timer("ResendDeliveries", { schedule: "45 */5 * * * *", handler: resendDeliveries(runtime) });
app.timer("RemoveOldAlerts", { schedule: "15 25 * * * *", handler: removeOldAlerts(runtime) });

// what accounts hold, once a day
app.timer("PlanCapacity", { schedule: "20 * * * * *", handler: planCapacity(runtime) });
app.storageQueue("CountCapacity", {
  queueName: countCapacityQueue,
  connection,
  handler: countCapacityMessage(runtime),
});

// retention, once a day
app.timer("PlanRetention", { schedule: "40 * * * * *", handler: planRetention(runtime) });
app.storageQueue("RemoveExpired", {
  queueName: removeExpiredQueue,
  connection,
  handler: removeExpiredMessage(runtime),
});

// the most that analytics may take
app.timer("CheckAnalyticsLimit", { schedule: "50 * * * * *", handler: checkLimit(runtime) });

// HTTP: one function per first segment (design.md §3); routes beneath are in shared/http/routes.ts
app.get("Health", { route: "health", authLevel: "anonymous", handler: health(runtime) });
app.get("OpenApi", { route: "openapi.json", authLevel: "anonymous", handler: openApi(runtime) });
app.http("ResourceManager", {
  route: "subscriptions/{*path}",
  // those of Azure Resource Manager: what is not there is refused in its own words
  methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  authLevel: "anonymous",
  handler: resourceManager(runtime),
});
app.get("StorageAnalytics", {
  route: "storage-analytics/{*path}",
  authLevel: "anonymous",
  handler: storageAnalytics(runtime),
});
