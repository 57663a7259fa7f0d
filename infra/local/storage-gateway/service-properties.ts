import { XMLParser } from "fast-xml-parser";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type StorageError } from "./storage-error.js";

/** Days a retention policy may keep data (REST reference, "Set Blob Service Properties"). */
export const retentionDays = { least: 1, most: 365 } as const;
/** From this version on, HourMetrics and MinuteMetrics stand in for Metrics, and each root element is optional. */
const splitMetricsSince = "2013-08-15";

/**
 * Checks the body of Set Service Properties as Azure does and Azurite does not.
 *
 * Roots that say nothing of analytics (Cors, StaticWebsite …) are left to Azurite. Which of the service's error codes
 * stands for which fault is not documented; these are the ones whose description fits.
 *
 * @param version effective `x-ms-version`; undefined is taken as a current one
 */
export function checkServiceProperties(
  service: Service,
  version: string | undefined,
  body: string,
): StorageError | undefined {
  const root = parseDocument(body);
  if (root === undefined) return invalidDocument;
  const old = version !== undefined && version < splitMetricsSince;
  return firstOf([
    () => findTwice(root),
    () => (old ? missing(root, "StorageServiceProperties", ["Logging", "Metrics"]) : undefined),
    () => {
      const misplaced = root.find(({ name }) => (old ? splitMetrics : oldMetrics).includes(name));
      return misplaced === undefined ? undefined : unsupported(misplaced.name);
    },
    ...root.map((node) => () => checkRoot(service, node)),
  ]);
}

/**
 * Takes the blanks off booleans, which Azure ignores and Azurite keeps (`true ` would come back as neither true nor
 * false), and puts them at the end: the signature covers the length.
 */
export function trimBooleans(body: string): string {
  const trimmed = body.replace(/>\s*(true|false)\s*<\//g, ">$1</");
  return trimmed + " ".repeat(body.length - trimmed.length);
}

interface Node {
  readonly name: string;
  readonly children: readonly Node[];
  readonly text: string;
}

const oldMetrics = ["Metrics"];
const splitMetrics = ["HourMetrics", "MinuteMetrics"];

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  processEntities: false,
});

/** Children of the one root, `StorageServiceProperties`; undefined: not that document. */
function parseDocument(body: string): readonly Node[] | undefined {
  const text = body.replace(/^\ufeff/, "").trim();
  // a document type has no business here, and is where XML gets expensive
  if (text === "" || text.includes("<!DOCTYPE")) return undefined;
  let nodes: unknown[];
  try {
    // its successor is a package with three more behind it; the version here is pinned and does the same
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    nodes = parser.parse(text, true) as unknown[];
  } catch {
    // every fault that the parser throws is one of the text
    return undefined;
  }
  const [root, ...more] = nodes.map(toNode);
  return root?.name === "StorageServiceProperties" && more.length === 0 ? root.children : undefined;
}

/** One node of the parser's ordered form: `{name: [children]}`, texts being `{"#text": …}`. */
function toNode(value: unknown): Node {
  const [name = "", content] = Object.entries(value as Record<string, unknown>)[0] ?? [];
  if (name === "#text") return { name, children: [], text: String(content) };
  const children = Array.isArray(content) ? content.map(toNode) : [];
  const isText = (child: Node): boolean => child.name === "#text";
  const text = children.filter(isText).map((child) => child.text);
  return { name, children: children.filter((child) => !isText(child)), text: text.join("").trim() };
}

function checkRoot(service: Service, { name, children }: Node): StorageError | undefined {
  switch (name) {
    case "Logging":
      return firstOf([
        () => checkChildren(name, children, ["Version", "Delete", "Read", "Write", "RetentionPolicy"]),
        () => checkVersion(children, service === "table" ? ["1.0"] : ["1.0", "2.0"]),
        ...["Delete", "Read", "Write"].map((flag) => () => checkBoolean(children, flag)),
        () => checkRetention(children),
      ]);
    case "Metrics":
    case "HourMetrics":
    case "MinuteMetrics":
      return firstOf([
        () => checkChildren(name, children, ["Version", "Enabled", "RetentionPolicy"], ["IncludeAPIs"]),
        () => checkVersion(children, ["1.0"]),
        () => checkBoolean(children, "Enabled"),
        // where metrics are off it says nothing: accepted, like the Days of a policy that is off
        () => (textOf(children, "Enabled") === "true" ? missing(children, name, ["IncludeAPIs"]) : undefined),
        () => (has(children, "IncludeAPIs") ? checkBoolean(children, "IncludeAPIs") : undefined),
        () => checkRetention(children),
      ]);
    default:
      return undefined;
  }
}

function checkRetention(children: readonly Node[]): StorageError | undefined {
  const policy = children.find(({ name }) => name === "RetentionPolicy")?.children ?? [];
  return firstOf([
    () => checkChildren("RetentionPolicy", policy, ["Enabled"], ["Days"]),
    () => checkBoolean(policy, "Enabled"),
    () => (textOf(policy, "Enabled") === "true" ? checkDays(policy) : undefined),
  ]);
}

function checkDays(policy: readonly Node[]): StorageError | undefined {
  const days = textOf(policy, "Days");
  if (days === undefined) return missing(policy, "RetentionPolicy", ["Days"]);
  if (!/^-?[0-9]+$/.test(days)) return invalidValue("Days", days, "a whole number of days");
  const { least, most } = retentionDays;
  if (Number(days) >= least && Number(days) <= most) return undefined;
  return {
    status: 400,
    code: "OutOfRangeInput",
    message: `One of the request inputs is out of range: Days is ${days} and must be from ${least} to ${most}.`,
  };
}

function checkChildren(
  parent: string,
  children: readonly Node[],
  required: readonly string[],
  optional: readonly string[] = [],
): StorageError | undefined {
  const unknown = children.find(({ name }) => !required.includes(name) && !optional.includes(name));
  if (unknown !== undefined) return unsupported(unknown.name);
  return findTwice(children) ?? missing(children, parent, required);
}

function checkVersion(children: readonly Node[], allowed: readonly string[]): StorageError | undefined {
  const version = textOf(children, "Version") ?? "";
  return allowed.includes(version) ? undefined : invalidValue("Version", version, allowed.join(" or "));
}

function checkBoolean(children: readonly Node[], name: string): StorageError | undefined {
  const text = textOf(children, name) ?? "";
  return text === "true" || text === "false" ? undefined : invalidValue(name, text, "true or false");
}

const has = (children: readonly Node[], name: string): boolean => children.some((child) => child.name === name);
const textOf = (children: readonly Node[], name: string): string | undefined =>
  children.find((child) => child.name === name)?.text;

function missing(children: readonly Node[], parent: string, required: readonly string[]): StorageError | undefined {
  const absent = required.find((name) => !has(children, name));
  if (absent === undefined) return undefined;
  return {
    status: 400,
    code: "MissingRequiredXmlNode",
    message: `A required XML node was not specified in the request body: ${parent} has no ${absent}.`,
    details: { XmlNodeName: absent },
  };
}

function findTwice(children: readonly Node[]): StorageError | undefined {
  const names = children.map(({ name }) => name);
  return names.some((name, index) => names.indexOf(name) !== index) ? invalidDocument : undefined;
}

const invalidDocument: StorageError = {
  status: 400,
  code: "InvalidXmlDocument",
  message: "XML specified is not syntactically valid.",
};

const unsupported = (name: string): StorageError => ({
  status: 400,
  code: "UnsupportedXmlNode",
  message: "One of the XML nodes specified in the request body is not supported.",
  details: { XmlNodeName: name },
});

const invalidValue = (name: string, value: string, expected: string): StorageError => ({
  status: 400,
  code: "InvalidXmlNodeValue",
  message: `The value for one of the XML nodes is not in the correct format: ${name} must be ${expected}.`,
  details: { XmlNodeName: name, XmlNodeValue: value.slice(0, 100) },
});

/** The first fault that a list of checks finds. */
function firstOf(checks: readonly (() => StorageError | undefined)[]): StorageError | undefined {
  for (const check of checks) {
    const error = check();
    if (error !== undefined) return error;
  }
  return undefined;
}
