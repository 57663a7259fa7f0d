import { armError, type ArmError } from "../arm/arm-error.js";
import { foldId } from "../arm/resource-id.js";
import { type QueryParameters } from "../arm/query-parameters.js";
import { parseTimeSpan } from "../metrics/time-grain.js";
import { alertStates, type AlertModification, type AlertRecord } from "./alert-record.js";
import { isWithin } from "./rule-scope.js";

/** api-versions of alerts, oldest first; one model answers all of them (reference §5.1). */
export const alertsApiVersions = [
  "2018-05-05",
  "2019-03-01",
  "2019-05-05-preview",
  "2023-07-12-preview",
  "2024-01-01-preview",
  "2025-05-25-preview",
] as const;
export const alertsApiVersion = "2025-05-25-preview";
export const alertType = "Microsoft.AlertsManagement/alerts";

/** Alerts of a page (reference §5.1). */
export const defaultPageCount = 25;
export const maxPageCount = 250;
/** With their contexts. */
export const maxPageCountWithContext = 25;
/** Days that a time range may reach back. */
export const maxRangeDays = 30;

const timeRanges: Readonly<Record<string, number>> = {
  "1h": 3_600_000,
  "1d": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
};

/** What can be filtered by, as parameters name it, and what of an alert it is compared with. */
const filters: Readonly<Record<string, (record: AlertRecord) => string>> = {
  targetresource: ({ targetResource }) => targetResource,
  targetresourcetype: ({ targetResourceType }) => targetResourceType,
  targetresourcegroup: ({ targetResourceGroup }) => targetResourceGroup,
  monitorservice: () => "Platform",
  monitorcondition: ({ monitorCondition }) => monitorCondition,
  severity: ({ severity }) => severity,
  alertstate: ({ alertState }) => alertState,
  alertrule: ({ ruleId }) => ruleId,
};
const sortings: Readonly<Record<string, (record: AlertRecord) => string | number>> = {
  name: ({ ruleName }) => ruleName,
  severity: ({ severity }) => severity,
  alertstate: ({ alertState }) => alertState,
  monitorcondition: ({ monitorCondition }) => monitorCondition,
  targetresource: ({ targetResource }) => targetResource,
  targetresourcename: ({ targetResourceName }) => targetResourceName,
  targetresourcegroup: ({ targetResourceGroup }) => targetResourceGroup,
  targetresourcetype: ({ targetResourceType }) => targetResourceType,
  startdatetime: ({ startedAt }) => startedAt,
  lastmodifieddatetime: ({ lastModifiedAt }) => lastModifiedAt,
};
const times = new Set(["startdatetime", "lastmodifieddatetime"]);
const groupings = ["severity", "alertstate", "monitorcondition", "monitorservice", "signaltype", "alertrule"] as const;

/** Which alerts are asked for, and how they are shown. */
export interface AlertQuery {
  readonly kind: "query";
  /** Milliseconds since the epoch: alerts that were last changed then or later, and before. */
  readonly from: number;
  readonly to: number;
  readonly matches: (record: AlertRecord) => boolean;
  readonly compare: (left: AlertRecord, right: AlertRecord) => number;
  readonly pageCount: number;
  readonly includeContext: boolean;
  /** Alerts before this page. */
  readonly skip: number;
}

const bad = (name: string, expected: string): ArmError =>
  armError("BadRequest", `The parameter '${name}' should be ${expected}.`, name);

/**
 * Reads the parameters of a list or a summary of alerts.
 * @param scope id of the subscription, group or resource that it is about
 * @param now milliseconds since the epoch
 */
export function readAlertQuery(parameters: QueryParameters, scope: string, now: number): AlertQuery | ArmError {
  const range = readRange(parameters, now);
  if (range.kind === "arm-error") return range;
  const conditions = Object.entries(filters).flatMap(([name, valueOf]) => {
    const wanted = parameters.get(name)?.toLowerCase() ?? "";
    return wanted === "" ? [] : [(record: AlertRecord) => foldId(valueOf(record)) === foldId(wanted)];
  });
  // there are no smart groups, so no alert is in one
  if ((parameters.get("smartgroupid") ?? "") !== "") conditions.push(() => false);
  const sortBy = parameters.get("sortby")?.toLowerCase() ?? "lastmodifieddatetime";
  const valueOf = sortings[sortBy];
  if (valueOf === undefined) return bad("sortBy", `one of ${Object.keys(sortings).join(", ")}`);
  const order = parameters.get("sortorder")?.toLowerCase() ?? (times.has(sortBy) ? "desc" : "asc");
  if (order !== "asc" && order !== "desc") return bad("sortOrder", "asc or desc");
  const includeContext = parameters.get("includecontext")?.toLowerCase() === "true";
  const most = includeContext ? maxPageCountWithContext : maxPageCount;
  const pageCount = Number(parameters.get("pagecount") ?? defaultPageCount);
  if (!Number.isInteger(pageCount) || pageCount < 1 || pageCount > most)
    return bad("pageCount", `a whole number from 1 to ${most}`);
  const skip = Number(parameters.get("skiptoken") ?? 0);
  if (!Number.isInteger(skip) || skip < 0) return bad("skipToken", "that of a nextLink");
  return {
    ...{ kind: "query", from: range.from, to: range.to, pageCount, includeContext, skip },
    matches: (record) =>
      record.lastModifiedAt >= range.from &&
      record.lastModifiedAt < range.to &&
      isWithin(scope, record.targetResource) &&
      conditions.every((holds) => holds(record)),
    compare: (left, right) => {
      const [a, b] = order === "asc" ? [valueOf(left), valueOf(right)] : [valueOf(right), valueOf(left)];
      return a < b ? -1 : a > b ? 1 : left.id < right.id ? -1 : 1;
    },
  };
}

function readRange(
  parameters: QueryParameters,
  now: number,
): { readonly kind: "range"; readonly from: number; readonly to: number } | ArmError {
  const custom = parameters.get("customtimerange") ?? "";
  const named = parameters.get("timerange") ?? "";
  if (custom !== "" && named !== "") return bad("customTimeRange", "given without timeRange");
  if (custom === "") {
    const length = timeRanges[(named === "" ? "1d" : named).toLowerCase()];
    // what was changed in this very moment is in it
    return length === undefined
      ? bad("timeRange", "1h, 1d, 7d or 30d")
      : { kind: "range", from: now - length, to: now + 60_000 };
  }
  const range = parseTimeSpan(custom, now);
  if (range === undefined || !custom.includes("/")) return bad("customTimeRange", "start/end as ISO 8601 times");
  const { from, to } = range;
  if (from < now - (maxRangeDays + 1) * 86_400_000)
    return bad("customTimeRange", `within the last ${maxRangeDays} days`);
  return { kind: "range", from, to };
}

/** A page of alerts, and how many to skip for the next one; undefined: it is the last. */
export function pageOf(records: readonly AlertRecord[], query: AlertQuery) {
  const found = records.filter(query.matches).sort(query.compare);
  const end = query.skip + query.pageCount;
  return { records: found.slice(query.skip, end), next: end < found.length ? end : undefined };
}

const iso = (time: number): string => new Date(time).toISOString();

/** An alert as the API shows it (reference §5.1). */
export function alertBody(record: AlertRecord, subscriptionId: string, includeContext: boolean) {
  return {
    id: `/subscriptions/${subscriptionId}/providers/${alertType}/${record.id}`,
    type: alertType,
    name: record.ruleName,
    properties: {
      essentials: {
        severity: record.severity,
        signalType: "Metric",
        alertState: record.alertState,
        monitorCondition: record.monitorCondition,
        targetResource: record.targetResource,
        targetResourceName: record.targetResourceName,
        targetResourceGroup: record.targetResourceGroup,
        targetResourceType: record.targetResourceType,
        monitorService: "Platform",
        alertRule: record.ruleId,
        sourceCreatedId: record.id,
        startDateTime: iso(record.startedAt),
        lastModifiedDateTime: iso(record.lastModifiedAt),
        ...(record.resolvedAt !== undefined && { monitorConditionResolvedDateTime: iso(record.resolvedAt) }),
        lastModifiedUserName: record.lastModifiedBy,
        actionStatus: { isSuppressed: record.isSuppressed },
        description: record.description,
      },
      ...(includeContext && { context: record.context }),
    },
  };
}

/** The history of an alert, newest first. */
export function historyBody(record: AlertRecord, subscriptionId: string) {
  const id = `/subscriptions/${subscriptionId}/providers/${alertType}/${record.id}/history/default`;
  const modification = ({ modifiedAt, ...rest }: AlertModification) => ({ ...rest, modifiedAt: iso(modifiedAt) });
  return {
    ...{ id, type: `${alertType}/history`, name: "default" },
    properties: { alertId: record.id, modifications: record.modifications.map(modification).reverse() },
  };
}

interface SummaryGroup {
  readonly name: string;
  readonly count: number;
  readonly groupedby?: string;
  readonly values?: readonly SummaryGroup[];
}

/** Which parts alerts are counted by: `groupby=severity,alertState`; at most two, each once. */
export function readGroupings(parameters: QueryParameters): readonly string[] | ArmError {
  const names = (parameters.get("groupby") ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const isKnown = names.every((each) => groupings.some((known) => known === each.toLowerCase()));
  if (
    names.length < 1 ||
    names.length > 2 ||
    !isKnown ||
    new Set(names.map((each) => each.toLowerCase())).size < names.length
  )
    return bad("groupby", `one or two of ${groupings.join(", ")}`);
  return names;
}

/** How many alerts there are, by one or two of their parts (reference §5.1). */
export function summaryBody(records: readonly AlertRecord[], scope: string, groupby: readonly string[]) {
  const [first = ""] = groupby;
  return {
    id: `${scope}/providers/Microsoft.AlertsManagement/alertsSummary/current`,
    type: "Microsoft.AlertsManagement/alertsSummary",
    name: "current",
    properties: { total: records.length, smartGroupsCount: 0, groupedby: first, values: groupsOf(records, groupby) },
  };
}

function groupsOf(records: readonly AlertRecord[], [first = "", second]: readonly string[]): readonly SummaryGroup[] {
  const groups = new Map<string, AlertRecord[]>();
  const valueOf = filters[first.toLowerCase()] ?? (() => "Metric");
  for (const record of records) groups.set(valueOf(record), [...(groups.get(valueOf(record)) ?? []), record]);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => ({
      ...{ name, count: members.length },
      ...(second !== undefined && { groupedby: second, values: groupsOf(members, [second]) }),
    }));
}

/** @returns undefined: it is none */
export const readPeopleState = (text: string) => alertStates.find((each) => each.toLowerCase() === text.toLowerCase());
