import { describe, expect, test } from "vitest";

import { readAlertTestdata } from "../testing/alert-samples.js";
import { drawAlertChart, shortNumber } from "./alert-chart.js";
import { maxMailLength, maxSubjectLength, renderAlertMail, type MailedAlert } from "./alert-mail.js";

const sample = readAlertTestdata("payloads/common-test-metric-static.fired.json") as MailedAlert;
type Essentials = MailedAlert["data"]["essentials"];
const withEssentials = (about: Partial<Essentials>): MailedAlert => ({
  ...sample,
  data: { ...sample.data, essentials: { ...sample.data.essentials, ...about } },
});

describe("a mail", () => {
  test("says in its subject what, where and how bad, and in its text what was measured", () => {
    const { subject, text, html } = renderAlertMail(sample);
    expect(subject).toMatch(/^Fired Sev4: test-metricAlertRule on .+, ApiName=GetBlob$/);
    expect(text).toContain("Total of Transactions is 100; the rule looks for > 0");
    expect(html).toContain("Total of Transactions is 100; the rule looks for &#62; 0");
    expect(html).not.toContain("<img");
  });

  test("has the chart and the links that there are, and what was held back", () => {
    const link = "https://vigil.example/a?b=1&c=2";
    const { html, text } = renderAlertMail(withEssentials({ investigationLink: link }), {
      ...{ chartId: "chart", ruleLink: "https://vigil.example/rule", heldBack: 7 },
    });
    expect(html).toContain('src="cid:chart"');
    expect(html).toContain('href="https://vigil.example/a?b=1&#38;c=2"');
    expect(text).toContain("https://vigil.example/rule");
    expect(text).toContain("7 earlier notifications");
  });

  test("has the rule's own subject, on one line", () => {
    const { subject } = renderAlertMail(sample, { subject: "Look:\r\nBcc: all@example.com\u2028x".padEnd(500, "x") });
    expect(subject).toMatch(/^Look: Bcc: all@example\.com xx+$/);
    expect(subject).toHaveLength(maxSubjectLength);
  });

  test("shows what users named as text, whatever it looks like", () => {
    const evil = "<script>alert(1)</script>\"'&";
    const { html } = renderAlertMail(withEssentials({ alertRule: evil, description: evil }), {
      ruleLink: `https://x/"><script>`,
    });
    expect(html).not.toContain("<script");
    expect(html).toContain("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;");
  });

  test("is no longer than a mail may be, and whole", () => {
    const { html, text } = renderAlertMail(withEssentials({ description: "<".repeat(60_000) }));
    expect(Math.max(html.length, text.length)).toBeLessThanOrEqual(maxMailLength);
    expect(html.endsWith("</body></html>")).toBe(true);
  });
});

describe("a chart", () => {
  const chart = (values: readonly (number | undefined)[], thresholds: readonly number[]) =>
    drawAlertChart({ from: Date.parse("2026-01-31T08:00:00Z"), stepMinutes: 1, values, thresholds });

  test.each([
    { title: "values and a threshold", values: [1, 5, undefined, 3], thresholds: [4] },
    { title: "no data", values: [undefined, undefined], thresholds: [4] },
    { title: "one value", values: [7], thresholds: [] },
    { title: "nothing at all", values: [], thresholds: [Number.POSITIVE_INFINITY] },
    { title: "negative and huge values", values: [-1e18, 1e18], thresholds: [Number.NaN] },
  ])("is a PNG of some kilobytes: $title", ({ values, thresholds }) => {
    const bytes = chart(values, thresholds);
    expect(Buffer.from(bytes.subarray(1, 4)).toString()).toBe("PNG");
    expect(bytes.length).toBeLessThan(20_000);
  });

  test("shows its threshold", () => {
    expect(chart([1, 2], [1.5])).not.toEqual(chart([1, 2], [3]));
  });

  test.each([
    [0, "0"],
    [999, "999"],
    [1_500, "1.5k"],
    [-2_340_000, "-2.34M"],
    [7e9, "7G"],
    [1e12, "1T"],
    [1e15, "1e+15"],
    [0.000123, "0.000123"],
  ])("writes %d as %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});
