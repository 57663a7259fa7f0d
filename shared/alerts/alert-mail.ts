import { parseResourceId } from "../arm/resource-id.js";
import { type commonAlertPayload } from "./alert-payload.js";

/** Characters of a mail's body (reference §3.3). */
export const maxMailLength = 55_296;
/** Characters of a subject. Ours. */
export const maxSubjectLength = 200;

export interface AlertMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The alert that a mail is about: what commonAlertPayload made, stored as JSON and read again. */
export type MailedAlert = ReturnType<typeof commonAlertPayload>;

const severities: Readonly<Record<string, string>> = {
  Sev0: "critical",
  Sev1: "error",
  Sev2: "warning",
  Sev3: "informational",
  Sev4: "verbose",
};

const comparisons: Readonly<Record<string, string>> = {
  Equals: "=",
  GreaterThan: ">",
  GreaterThanOrEqual: "≥",
  LessThan: "<",
  LessThanOrEqual: "≤",
  GreaterOrLessThan: "outside of",
};

export interface MailOptions {
  /** The rule's own subject. */
  readonly subject?: string;
  /** `Content-ID` of the chart; undefined: there is none. */
  readonly chartId?: string;
  /** Where the rule can be looked at. */
  readonly ruleLink?: string;
  /** Told besides: notifications that a rate limit held back. */
  readonly heldBack?: number;
}

/**
 * A mail for people: what, where and how bad in its subject; then the condition with its values, and links. Everything that
 * a user or a resource named is text in it.
 */
export function renderAlertMail({ data }: MailedAlert, options: MailOptions = {}): AlertMail {
  const { essentials, alertContext } = data;
  const { alertRule, severity, monitorCondition, configurationItems, alertTargetIDs, description } = essentials;
  const target = placeOf(alertTargetIDs[0] ?? "") ?? configurationItems[0] ?? "";
  const isFired = monitorCondition === "Fired";
  const conditions = alertContext.condition.allOf.map(describeCondition);
  const series = [
    ...new Set(
      alertContext.condition.allOf.flatMap(({ dimensions }) => dimensions.map(({ name, value }) => `${name}=${value}`)),
    ),
  ];
  const where = [target, ...series].join(", ");
  const subject = oneLine(options.subject ?? `${monitorCondition} ${severity}: ${alertRule} on ${where}`);
  const facts: (readonly [string, string])[] = [
    ["State", `${monitorCondition}${isFired ? "" : ` at ${essentials.resolvedDateTime ?? ""}`}`],
    ["Severity", `${severity.slice(3)} (${severities[severity] ?? ""})`],
    ["Rule", alertRule],
    ["Resource", alertTargetIDs[0] ?? ""],
    ...(series.length === 0 ? [] : ([["Series", series.join(", ")]] as const)),
    ...conditions.map((each) => ["Condition", each] as const),
    ...windowOf(alertContext.condition),
    ["Fired", essentials.firedDateTime],
    ...(description === "" ? [] : ([["Description", description]] as const)),
    ...("note" in alertContext ? ([["Note", alertContext.note]] as const) : []),
    ...Object.entries(data.customProperties ?? {}),
    ...(options.heldBack === undefined || options.heldBack === 0
      ? []
      : ([["Held back", `${options.heldBack} earlier notifications, by the rate limit of this address`]] as const)),
  ];
  const links: (readonly [string, string])[] = [
    ...(essentials.investigationLink === undefined
      ? []
      : ([["Look at the alert", essentials.investigationLink]] as const)),
    ...(options.ruleLink === undefined ? [] : ([["Look at the rule", options.ruleLink]] as const)),
  ];
  const headline = `${alertRule} ${isFired ? "has fired" : "has resolved"} on ${where}`;
  const text = [
    ...[headline, ""],
    ...facts.map(([name, value]) => `${`${name}:`.padEnd(13)}${oneLine(value, maxMailLength)}`),
    ...["", ...links.map(([name, link]) => `${name}: ${link}`)],
    `Alert ${essentials.alertId}`,
  ].join("\n");
  return { subject, text: text.slice(0, maxMailLength), html: html(headline, isFired, facts, links, options.chartId) };
}

function html(
  headline: string,
  isFired: boolean,
  facts: readonly (readonly [string, string])[],
  links: readonly (readonly [string, string])[],
  chartId: string | undefined,
): string {
  const colour = isFired ? "#b3261e" : "#1b7f4b";
  const row = ([name, value]: readonly [string, string]): string =>
    `<tr><td style="padding:4px 16px 4px 0;color:#5b6875;vertical-align:top">${escape(name)}</td><td style="padding:4px 0">${escape(value)}</td></tr>`;
  let rows = "";
  for (const fact of facts) {
    const next = row(fact);
    // what is too long for a mail is left out from the end, never cut within a tag
    if (rows.length + next.length < maxMailLength - 4_096) rows += next;
  }
  const chart =
    chartId === undefined
      ? ""
      : `<p><img src="cid:${escape(chartId)}" width="560" height="180" alt="The metric with its threshold"></p>`;
  const anchors = links.map(([name, link]) => `<a href="${escape(link)}">${escape(name)}</a>`).join(" · ");
  return `<!doctype html><html><body style="font:15px/1.5 system-ui,sans-serif;color:#1d2733"><h2 style="color:${colour};font-size:18px">${escape(headline.slice(0, 1_024))}</h2>${chart}<table style="border-collapse:collapse;font-size:14px">${rows}</table><p>${anchors}</p></body></html>`;
}

/** As people call a resource: `devstoreaccount1`, `devstoreaccount1 blobservices`; undefined: the id is none. */
function placeOf(id: string): string | undefined {
  const parts = parseResourceId(id);
  if (parts === undefined) return undefined;
  const types = parts.type.split("/").slice(1);
  // what there is but one of is called by its type
  const rest = types.map((type, index) =>
    parts.names[index + 1] === "default" ? type : (parts.names[index + 1] ?? ""),
  );
  return [parts.names[0], ...rest].join(" ");
}

type Condition = MailedAlert["data"]["alertContext"]["condition"];

function describeCondition({
  metricName,
  operator,
  threshold,
  timeAggregation,
  metricValue,
}: Condition["allOf"][number]): string {
  const sign = comparisons[operator] ?? operator;
  const value = metricValue === null ? "no data" : String(metricValue);
  return `${timeAggregation} of ${metricName} is ${value}; the rule looks for ${sign} ${threshold ?? "its usual range"}`;
}

function windowOf(condition: Condition): readonly (readonly [string, string])[] {
  return "windowStartTime" in condition
    ? [["Window", `${condition.windowStartTime ?? ""} to ${condition.windowEndTime ?? ""}`]]
    : [];
}

/** Line breaks in a header would begin another one. */
const oneLine = (text: string, length = maxSubjectLength): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, length);

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
