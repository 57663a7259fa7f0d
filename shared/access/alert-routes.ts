import type { AccessRule } from "./routes.js";

const ofGroup = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers";
const ofSubscription = "/subscriptions/{subscriptionId}/providers";

/** A resource that is put, patched and deleted by whoever may configure it, and seen by whoever may read it. */
const configured = (type: string, name: string): readonly AccessRule[] => {
  const one = `${ofGroup}/${type}/{${name}}`;
  return [
    { method: "PUT", path: one, action: "configure", scope: "own-resource" },
    { method: "GET", path: one, action: "read", scope: "own-resource" },
    { method: "PATCH", path: one, action: "configure", scope: "own-resource" },
    { method: "DELETE", path: one, action: "configure", scope: "own-resource" },
    { method: "GET", path: `${ofGroup}/${type}`, action: "read", scope: "within-resource-group" },
    { method: "GET", path: `${ofSubscription}/${type}`, action: "read", scope: "within-subscription" },
  ];
};

const metricAlert = `${ofGroup}/Microsoft.Insights/metricAlerts/{ruleName}`;
const actionGroup = `${ofGroup}/Microsoft.Insights/actionGroups/{actionGroupName}`;

const alerts = `${ofSubscription}/Microsoft.AlertsManagement/alerts`;

/** The lock on rules, action groups and alerts. */
export const alertAccessRules: readonly AccessRule[] = [
  ...configured("Microsoft.Insights/metricAlerts", "ruleName"),
  { method: "GET", path: `${metricAlert}/status`, action: "read", scope: "own-resource" },
  { method: "GET", path: `${metricAlert}/status/{statusName}`, action: "read", scope: "own-resource" },
  { method: "GET", path: `${metricAlert}/explain`, action: "read", scope: "own-resource" },
  { method: "POST", path: `${metricAlert}/backtest`, action: "read", scope: "own-resource" },
  ...configured("Microsoft.Insights/actionGroups", "actionGroupName"),
  { method: "POST", path: `${actionGroup}/subscribe`, action: "configure", scope: "own-resource" },
  { method: "POST", path: `${actionGroup}/createNotifications`, action: "configure", scope: "own-resource" },
  { method: "GET", path: `${actionGroup}/notificationStatus/{notificationId}`, action: "read", scope: "own-resource" },
  {
    method: "POST",
    path: `${ofSubscription}/Microsoft.Insights/createNotifications`,
    action: "configure",
    scope: "subscription",
  },
  {
    method: "GET",
    path: `${ofSubscription}/Microsoft.Insights/notificationStatus/{notificationId}`,
    action: "read",
    scope: "subscription",
  },
  ...configured("Microsoft.AlertsManagement/actionRules", "processingRuleName"),
  { method: "GET", path: alerts, action: "read", scope: "within-subscription" },
  {
    method: "GET",
    path: `${ofGroup}/Microsoft.AlertsManagement/alerts`,
    action: "read",
    scope: "within-resource-group",
  },
  { method: "GET", path: `${alerts}Summary`, action: "read", scope: "within-subscription" },
  { method: "GET", path: `${alerts}/{alertId}`, action: "read", scope: "within-subscription" },
  { method: "GET", path: `${alerts}/{alertId}/history`, action: "read", scope: "within-subscription" },
  { method: "POST", path: `${alerts}/{alertId}/changestate`, action: "operate", scope: "within-subscription" },
  { method: "GET", path: `${alerts}/{alertId}/deliveries`, action: "read", scope: "within-subscription" },
  {
    method: "GET",
    path: `${ofSubscription}/Microsoft.AlertsManagement/deliveries`,
    action: "read",
    scope: "within-subscription",
  },
  ...["replay", "drop"].map((what): AccessRule => ({
    method: "POST",
    path: `${alerts}/{alertId}/deliveries/{deliveryId}/${what}`,
    action: "operate",
    scope: "within-subscription",
  })),
];
