import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { checkServiceProperties, retentionDays, trimBooleans } from "./service-properties.js";

const current = "2024-11-04";
const retention = "<RetentionPolicy><Enabled>true</Enabled><Days>7</Days></RetentionPolicy>";
const off = "<RetentionPolicy><Enabled>false</Enabled></RetentionPolicy>";

const logging = ({
  version = "1.0",
  flags = "<Delete>true</Delete><Read>false</Read><Write>true</Write>",
  policy = retention,
} = {}) => `<Logging><Version>${version}</Version>${flags}${policy}</Logging>`;
const metrics = ({
  root = "HourMetrics",
  version = "1.0",
  enabled = "true",
  apis = "<IncludeAPIs>true</IncludeAPIs>",
  policy = retention,
} = {}) => `<${root}><Version>${version}</Version><Enabled>${enabled}</Enabled>${apis}${policy}</${root}>`;
const document = (...roots: readonly string[]) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<StorageServiceProperties>${roots.join("\n  ")}</StorageServiceProperties>`;
const days = (text: string) => `<RetentionPolicy><Enabled>true</Enabled><Days>${text}</Days></RetentionPolicy>`;

const metricsParts = {
  Version: "<Version>1.0</Version>",
  Enabled: "<Enabled>true</Enabled>",
  IncludeAPIs: "<IncludeAPIs>false</IncludeAPIs>",
  RetentionPolicy: retention,
};

interface PropertiesCase {
  readonly what: string;
  readonly body: string;
  /** Undefined: accepted. */
  readonly code?: string;
  readonly service?: Service;
  readonly version?: string;
}

const accepted: readonly PropertiesCase[] = [
  {
    what: "all roots of a current version",
    body: document(
      logging(),
      metrics(),
      metrics({ root: "MinuteMetrics" }),
      "<Cors />",
      "<DefaultServiceVersion>2020-10-02</DefaultServiceVersion>",
    ),
  },
  { what: "one root only, the others keep their settings", body: document(metrics({ root: "MinuteMetrics" })) },
  { what: "no root at all", body: "<StorageServiceProperties/>" },
  { what: "logging 2.0 of the Blob service", body: document(logging({ version: "2.0" })), service: "blob" },
  { what: "logging 2.0 of the Queue service", body: document(logging({ version: "2.0" })), service: "queue" },
  { what: "1 day", body: document(logging({ policy: days("1") })) },
  { what: "365 days", body: document(logging({ policy: days("365") })) },
  { what: "retention off", body: document(logging({ policy: off })) },
  {
    what: "days of a policy that is off, as in Azure's own example",
    body: document(logging({ policy: "<RetentionPolicy><Enabled>false</Enabled><Days>7</Days></RetentionPolicy>" })),
  },
  {
    what: "booleans with blanks, as in Azure's own example",
    body: document(logging({ flags: "<Delete>true </Delete><Read> false</Read><Write>\ntrue\n</Write>" })),
  },
  { what: "metrics off without IncludeAPIs", body: document(metrics({ enabled: "false", apis: "" })) },
  { what: "metrics off with IncludeAPIs, which then says nothing", body: document(metrics({ enabled: "false" })) },
  {
    what: "children in another order, a comment and a byte order mark",
    body: `\ufeff${document("<!-- x -->", `<Logging>${retention}<Write>true</Write><Read>true</Read><Delete>true</Delete><Version>1.0</Version></Logging>`)}`,
  },
  {
    what: "roots that have nothing to do with analytics",
    body: document(
      "<StaticWebsite><Enabled>true</Enabled></StaticWebsite>",
      "<DeleteRetentionPolicy><Enabled>true</Enabled><Days>5</Days></DeleteRetentionPolicy>",
    ),
  },
  {
    what: "Logging and Metrics of an old version",
    body: document(logging(), metrics({ root: "Metrics" })),
    version: "2012-02-12",
  },
];

const refused: readonly PropertiesCase[] = [
  ...["Version", "Delete", "Read", "Write", "RetentionPolicy"].map((name) => ({
    what: `Logging without ${name}`,
    body: document(logging().replace(new RegExp(`<${name}>.*</${name}>`), "")),
    code: "MissingRequiredXmlNode",
  })),
  ...Object.keys(metricsParts).map((name) => ({
    what: `HourMetrics without ${name}`,
    body: document(
      `<HourMetrics>${Object.entries(metricsParts)
        .filter(([part]) => part !== name)
        .map(([, xml]) => xml)
        .join("")}</HourMetrics>`,
    ),
    code: "MissingRequiredXmlNode",
  })),
  {
    what: "an enabled policy without days",
    body: document(logging({ policy: "<RetentionPolicy><Enabled>true</Enabled></RetentionPolicy>" })),
    code: "MissingRequiredXmlNode",
  },
  {
    what: "a policy that does not say whether it is on",
    body: document(metrics({ policy: "<RetentionPolicy><Days>7</Days></RetentionPolicy>" })),
    code: "MissingRequiredXmlNode",
  },
  {
    what: "an empty policy",
    body: document(logging({ policy: "<RetentionPolicy/>" })),
    code: "MissingRequiredXmlNode",
  },
  { what: "an empty Logging", body: document("<Logging/>"), code: "MissingRequiredXmlNode" },
  { what: "0 days", body: document(logging({ policy: days("0") })), code: "OutOfRangeInput" },
  { what: "366 days", body: document(logging({ policy: days("366") })), code: "OutOfRangeInput" },
  { what: "-1 days", body: document(metrics({ policy: days("-1") })), code: "OutOfRangeInput" },
  { what: "1.5 days", body: document(logging({ policy: days("1.5") })), code: "InvalidXmlNodeValue" },
  { what: "days that are no number", body: document(metrics({ policy: days("a week") })), code: "InvalidXmlNodeValue" },
  { what: "empty days", body: document(logging({ policy: days("") })), code: "InvalidXmlNodeValue" },
  { what: "logging 3.0", body: document(logging({ version: "3.0" })), code: "InvalidXmlNodeValue" },
  {
    what: "logging 2.0 of the Table service",
    body: document(logging({ version: "2.0" })),
    service: "table",
    code: "InvalidXmlNodeValue",
  },
  { what: "metrics 2.0", body: document(metrics({ version: "2.0" })), code: "InvalidXmlNodeValue" },
  {
    what: "a flag that is neither true nor false",
    body: document(logging({ flags: "<Delete>yes</Delete><Read>true</Read><Write>true</Write>" })),
    code: "InvalidXmlNodeValue",
  },
  { what: "an empty Enabled", body: document(metrics({ enabled: "" })), code: "InvalidXmlNodeValue" },
  {
    what: "IncludeAPIs that is neither true nor false",
    body: document(metrics({ apis: "<IncludeAPIs>1</IncludeAPIs>" })),
    code: "InvalidXmlNodeValue",
  },
  {
    what: "a child that Logging does not have",
    body: document(logging({ policy: `${retention}<Enabled>true</Enabled>` })),
    code: "UnsupportedXmlNode",
  },
  {
    what: "a child twice",
    body: document(logging({ flags: "<Delete>true</Delete><Read>true</Read><Read>false</Read><Write>true</Write>" })),
    code: "InvalidXmlDocument",
  },
  { what: "a root twice", body: document(logging(), logging()), code: "InvalidXmlDocument" },
  {
    what: "the Metrics of old versions in a new one",
    body: document(metrics({ root: "Metrics" })),
    code: "UnsupportedXmlNode",
  },
  {
    what: "HourMetrics in an old version",
    body: document(logging(), metrics({ root: "Metrics" }), metrics()),
    version: "2012-02-12",
    code: "UnsupportedXmlNode",
  },
  {
    what: "an old version without Metrics",
    body: document(logging()),
    version: "2009-09-19",
    code: "MissingRequiredXmlNode",
  },
  {
    what: "an old version without Logging",
    body: document(metrics({ root: "Metrics" })),
    version: "2011-08-18",
    code: "MissingRequiredXmlNode",
  },
  { what: "another document", body: "<Logging/>", code: "InvalidXmlDocument" },
  { what: "two documents", body: "<StorageServiceProperties/><StorageServiceProperties/>", code: "InvalidXmlDocument" },
  { what: "a cut document", body: document(logging()).slice(0, -5), code: "InvalidXmlDocument" },
  { what: "a document type", body: `<!DOCTYPE a [<!ENTITY b "c">]>${document(logging())}`, code: "InvalidXmlDocument" },
  { what: "JSON", body: "{}", code: "InvalidXmlDocument" },
  { what: "nothing", body: "", code: "InvalidXmlDocument" },
];

describe("Set Service Properties", () => {
  test.each(accepted)("takes $what", ({ body, service = "blob", version = current }) => {
    expect(checkServiceProperties(service, version, body)).toBeUndefined();
  });

  test.each(refused)("refuses $what: $code", ({ body, code, service = "blob", version = current }) => {
    expect(checkServiceProperties(service, version, body)).toMatchObject({ status: 400, code });
  });

  test("a request that names no version is checked as a current one", () => {
    expect(checkServiceProperties("queue", undefined, document(metrics()))).toBeUndefined();
  });

  test(`takes ${retentionDays.least} to ${retentionDays.most} days and no others`, () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), (count) => {
        const error = checkServiceProperties("table", current, document(metrics({ policy: days(String(count)) })));
        return (error === undefined) === (count >= 1 && count <= 365);
      }),
    );
  });

  test("never throws, whatever the body", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "<StorageServiceProperties>", "<a><![CDATA["),
        (text, before) => {
          checkServiceProperties("blob", current, before + text);
        },
      ),
    );
  });
});

test("blanks around booleans move to the end, so that the length stays", () => {
  const body = "<a><b> true </b><c>false</c><d>\ntrue</d><e> x </e></a>";
  expect(trimBooleans(body)).toBe("<a><b>true</b><c>false</c><d>true</d><e> x </e></a>   ");
});
