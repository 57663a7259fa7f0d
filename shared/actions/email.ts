import { drawAlertChart, type AlertChart } from "../alerts/alert-chart.js";
import { renderAlertMail, type MailedAlert } from "../alerts/alert-mail.js";
import type { MailSender } from "../clients/mail/mail-sender.js";
import type { DeliveryOutcome } from "./delivery-outcome.js";

/** What is planned for a receiver that is a person: the alert, and the rule's own subject. */
export interface PeopleMessage {
  readonly alert: MailedAlert;
  readonly subject?: string;
}

export interface EmailTools {
  readonly mail: MailSender;
  /** Undefined: there is nothing to draw, or it can't be had now. */
  readonly chartOf: (alert: MailedAlert) => Promise<AlertChart | undefined>;
  /** Where people look at a rule, by its id; undefined: nobody knows the app's address. */
  readonly ruleLink: (ruleId: string) => string | undefined;
}

const chartId = "chart";

/** Sends an alert to one address, with a chart of what was measured. */
export async function sendAlertMail(
  { mail, chartOf, ruleLink }: EmailTools,
  to: string,
  message: PeopleMessage,
  notificationId: string,
): Promise<DeliveryOutcome> {
  const { alert, subject } = message;
  const chart = await chartOf(alert);
  const link = ruleLink(alert.data.essentials.alertRuleID);
  const rendered = renderAlertMail(alert, {
    ...(subject !== undefined && { subject }),
    ...(chart !== undefined && { chartId }),
    ...(link !== undefined && { ruleLink: link }),
  });
  const images = chart === undefined ? [] : [{ id: chartId, png: drawAlertChart(chart) }];
  const outcome = await mail.send({ ...rendered, to, notificationId, images });
  switch (outcome.kind) {
    case "accepted":
      return { kind: "delivered", detail: outcome.detail };
    case "deferred":
      return { kind: "retry", reason: outcome.reason };
    case "refused":
      return { kind: "rejected", reason: outcome.reason };
    default:
      throw new Error(`no outcome ${JSON.stringify(outcome satisfies never)}`);
  }
}
