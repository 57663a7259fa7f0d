import { Ajv, type ErrorObject } from "ajv";

import {
  accessSettingsSchema,
  jsonAccessSettings,
  readAccessSettings,
  type AccessSettings,
  type RawAccessSettings,
} from "../access/access-settings.js";
import { refuseDevelopmentMode } from "../access/development-mode.js";
import { azureAnalyticsLimit } from "../storage-analytics/analytics-limit.js";
import { resolveConnection, type Connection } from "./connection.js";

/** A storage account whose `$logs` Vigil reads. */
export interface MonitoredAccount {
  /** Last segment of `resourceId`; what routes, messages and rows call it. Unique. */
  readonly name: string;
  readonly resourceId: string;
  readonly connection: Connection;
  /** Name of the workspace that its logs go to. */
  readonly workspace: string;
}

/** A Log Analytics workspace that Vigil plays. */
export interface Workspace {
  readonly name: string;
  /** GUID; lower case. */
  readonly customerId: string;
  readonly resourceId: string;
}

/** Everything the environment decides, read once at start. */
export interface Settings {
  /** Where queues, `Vigil…` tables and dead letters are. */
  readonly state: Connection;
  readonly accounts: readonly MonitoredAccount[];
  readonly workspaces: readonly Workspace[];
  /** undefined: nobody is let in. */
  readonly auth: "development" | "entra" | undefined;
  /** By what callers are recognized, and what they may do. */
  readonly access: AccessSettings;
  /** How long after a request its entry may still arrive in `$logs`, where no gateway says so itself. Milliseconds. */
  readonly logLatenessMs: number;
  /** How long the metric store keeps what it has. */
  readonly metricsRetentionDays: number;
  /** Bytes of logs and metrics rows of an account at which analytics stops writing. */
  readonly analyticsLimitBytes: number;
  /** Where mails of alerts go; undefined: nowhere. The URL may hold a password. */
  readonly mail: { readonly url: string; readonly from: string } | undefined;
  /** What sends SMS; undefined: nothing. Both may be secrets. */
  readonly sms: { readonly url: string; readonly token?: string } | undefined;
  /** Where people reach the app, without a slash at the end; undefined: links are left out. */
  readonly publicUrl: string | undefined;
  /** Whether webhooks may be called in private networks and on loopback. */
  readonly privateWebhooks: boolean;
  /** Whether secure webhooks and event hubs get tokens of the app's own identity. */
  readonly ownIdentity: boolean;
  /** How long a storage service may keep silent before a try is given up. Milliseconds. */
  readonly storageTimeoutMs: number;
}

/** A setting that is missing or wrong. The message names it and says what it should be, never what it holds. */
export class WrongSetting extends Error {
  override readonly name = "WrongSetting";
  readonly setting: string;
  constructor(setting: string, expected: string, problem: string) {
    super(`Setting ${setting} is wrong: ${problem}. Expected: ${expected}.`);
    this.setting = setting;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const local = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers";
const emulatorAccount = "devstoreaccount1";
const defaults = {
  VIGIL_STORAGE: "AzureWebJobsStorage",
  VIGIL_LOG_LATENESS: "00:15:00",
  VIGIL_STORAGE_TIMEOUT: "00:00:10",
  VIGIL_METRICS_RETENTION_DAYS: "93",
  VIGIL_ANALYTICS_LIMIT_BYTES: azureAnalyticsLimit.toString(),
  VIGIL_WORKSPACES: [
    {
      name: "default",
      customerId: "00000000-0000-0000-0000-000000000000",
      resourceId: `${local}/Microsoft.OperationalInsights/workspaces/default`,
    },
  ],
};

interface RawSettings extends RawAccessSettings {
  readonly VIGIL_STORAGE: string;
  readonly VIGIL_AUTH?: "development" | "entra";
  readonly VIGIL_LOG_LATENESS: string;
  readonly VIGIL_STORAGE_TIMEOUT: string;
  readonly VIGIL_METRICS_RETENTION_DAYS: string;
  readonly VIGIL_ANALYTICS_LIMIT_BYTES: string;
  readonly VIGIL_WORKSPACES: readonly Workspace[];
  readonly VIGIL_SMTP_URL?: string;
  readonly VIGIL_MAIL_FROM?: string;
  readonly VIGIL_SMS_URL?: string;
  readonly VIGIL_SMS_TOKEN?: string;
  readonly VIGIL_PUBLIC_URL?: string;
  readonly VIGIL_WEBHOOK_NETWORKS?: "public" | "private";
  readonly VIGIL_WEBHOOK_IDENTITY?: "none" | "default";
  readonly VIGIL_ACCOUNTS?: readonly {
    readonly resourceId: string;
    readonly connection: string;
    readonly workspace: string;
  }[];
}

const resourceId = (type: string, name: string): string =>
  `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type}/${name}$`;
const accountId = resourceId("Microsoft\\.Storage/storageAccounts", "[A-Za-z0-9]{3,24}");
const workspaceId = resourceId("Microsoft\\.OperationalInsights/workspaces", "[A-Za-z0-9-]{1,63}");

/** Each setting with its `description`: the expected form, as an error tells it. */
const schema = {
  type: "object",
  required: [
    "VIGIL_STORAGE",
    "VIGIL_LOG_LATENESS",
    "VIGIL_STORAGE_TIMEOUT",
    "VIGIL_METRICS_RETENTION_DAYS",
    "VIGIL_ANALYTICS_LIMIT_BYTES",
    "VIGIL_WORKSPACES",
  ],
  properties: {
    VIGIL_STORAGE: {
      description: "the name of a connection, such as AzureWebJobsStorage: letters, digits and _",
      type: "string",
      pattern: "^[A-Za-z][A-Za-z0-9_]*$",
    },
    VIGIL_AUTH: {
      description: "development (a laptop: callers on this machine may do everything) or entra",
      enum: ["development", "entra"],
    },
    VIGIL_LOG_LATENESS: {
      description: "a duration as hh:mm:ss, below 24 hours, such as 00:15:00",
      type: "string",
      pattern: "^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
    },
    VIGIL_STORAGE_TIMEOUT: {
      description: "a duration as hh:mm:ss from 00:00:01 to 00:01:00, such as 00:00:10",
      type: "string",
      pattern: "^00:(?:00:(?:0[1-9]|[1-5][0-9])|01:00)$",
    },
    VIGIL_METRICS_RETENTION_DAYS: {
      description: "a number of days from 1 to 3650, such as 93",
      type: "string",
      pattern: "^(?:[1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)$",
    },
    VIGIL_ANALYTICS_LIMIT_BYTES: {
      description: "a number of bytes, at most 15 digits, such as 20000000000000 (20 TB)",
      type: "string",
      pattern: "^[1-9][0-9]{0,14}$",
    },
    VIGIL_ACCOUNTS: {
      description:
        'JSON [{"resourceId":"/subscriptions/…/providers/Microsoft.Storage/storageAccounts/<name>","connection":"<name of a connection>","workspace":"<name of a workspace>"}], each account once',
      type: "array",
      items: {
        type: "object",
        required: ["resourceId", "connection", "workspace"],
        additionalProperties: false,
        properties: {
          resourceId: { type: "string", pattern: accountId },
          connection: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_]*$" },
          workspace: { type: "string", minLength: 1 },
        },
      },
    },
    VIGIL_WORKSPACES: {
      description:
        'JSON [{"name":"default","customerId":"<GUID>","resourceId":"/subscriptions/…/providers/Microsoft.OperationalInsights/workspaces/<name>"}], each name and customerId once',
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["name", "customerId", "resourceId"],
        additionalProperties: false,
        properties: {
          name: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9-]{0,62}$" },
          customerId: { type: "string", pattern: "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" },
          resourceId: { type: "string", pattern: workspaceId },
        },
      },
    },
    VIGIL_SMTP_URL: {
      description: "smtp://host:port or smtps://host:port, with user:password@ if the server wants a login",
      type: "string",
      pattern: "^smtps?://[^\\s]{1,2048}$",
    },
    VIGIL_MAIL_FROM: {
      description: "the address that mails come from, such as vigil@example.com; with VIGIL_SMTP_URL",
      type: "string",
      pattern: '^[^\\s@<>",;]+@[^\\s@<>",;]+$',
      maxLength: 254,
    },
    VIGIL_SMS_URL: {
      description: 'an http or https URL that takes {"to","text","id"} by POST',
      type: "string",
      pattern: "^https?://[^\\s]{1,2048}$",
    },
    VIGIL_SMS_TOKEN: { description: "the provider's bearer token", type: "string", pattern: "^[\\x21-\\x7e]{1,4096}$" },
    VIGIL_PUBLIC_URL: {
      description: "the http or https URL that people reach the app at, such as https://vigil.example.com",
      type: "string",
      pattern: "^https?://[^\\s?#]{1,2048}$",
    },
    VIGIL_WEBHOOK_NETWORKS: {
      description: "public (the default) or private: then webhooks in private networks and on loopback are called, too",
      enum: ["public", "private"],
    },
    VIGIL_WEBHOOK_IDENTITY: {
      description: "none (the default) or default: secure webhooks and event hubs get tokens of DefaultAzureCredential",
      enum: ["none", "default"],
    },
    ...accessSettingsSchema,
  },
} as const;

type SettingName = keyof typeof schema.properties;
/** Names of all settings that the schema knows. */
export const settingNames = Object.keys(schema.properties) as SettingName[];
const jsonSettings: ReadonlySet<string> = new Set<SettingName>([
  ...(["VIGIL_ACCOUNTS", "VIGIL_WORKSPACES"] as const),
  ...jsonAccessSettings,
]);

const wrong = (name: SettingName, problem: string): WrongSetting =>
  new WrongSetting(name, schema.properties[name].description, problem);

/**
 * Reads all settings of the app.
 * @param environment `process.env`, which only `functions/index.ts` hands over
 * @throws WrongSetting for the first setting that is missing or wrong
 */
export function readSettings(environment: Environment): Settings {
  const raw = validate({ ...defaults, ...given(environment) });
  const state = connect("VIGIL_STORAGE", raw.VIGIL_STORAGE, environment);
  const refusal = raw.VIGIL_AUTH === "development" ? refuseDevelopmentMode(environment) : undefined;
  if (refusal !== undefined) throw wrong("VIGIL_AUTH", `development is refused here: ${refusal}`);
  const access = readAccessSettings(raw, raw.VIGIL_AUTH);
  if (access.kind === "invalid") throw wrong(access.setting, access.problem);
  const workspaces = raw.VIGIL_WORKSPACES.map((each) => ({ ...each, customerId: each.customerId.toLowerCase() }));
  requireUnique(
    "VIGIL_WORKSPACES",
    workspaces.flatMap(({ name, customerId }) => [name.toLowerCase(), customerId]),
  );
  return {
    state,
    workspaces,
    accounts: readAccounts(raw, state, workspaces, environment),
    auth: raw.VIGIL_AUTH,
    access: access.settings,
    logLatenessMs: durationMs(raw.VIGIL_LOG_LATENESS),
    ...readActionSettings(raw),
    storageTimeoutMs: durationMs(raw.VIGIL_STORAGE_TIMEOUT),
    metricsRetentionDays: Number(raw.VIGIL_METRICS_RETENTION_DAYS),
    analyticsLimitBytes: Number(raw.VIGIL_ANALYTICS_LIMIT_BYTES),
  };
}

type ActionSettings = Pick<Settings, "mail" | "sms" | "publicUrl" | "privateWebhooks" | "ownIdentity">;

function readActionSettings(raw: RawSettings): ActionSettings {
  const { VIGIL_SMTP_URL: smtp, VIGIL_MAIL_FROM: from, VIGIL_SMS_URL: sms, VIGIL_SMS_TOKEN: token } = raw;
  if (smtp !== undefined && !URL.canParse(smtp)) throw wrong("VIGIL_SMTP_URL", "it is no URL");
  if (smtp !== undefined && from === undefined) throw wrong("VIGIL_MAIL_FROM", "it is missing");
  return {
    mail: smtp === undefined || from === undefined ? undefined : { url: smtp, from },
    sms: sms === undefined ? undefined : { url: sms, ...(token !== undefined && { token }) },
    publicUrl: raw.VIGIL_PUBLIC_URL?.replace(/\/+$/, ""),
    privateWebhooks: raw.VIGIL_WEBHOOK_NETWORKS === "private",
    ownIdentity: raw.VIGIL_WEBHOOK_IDENTITY === "default",
  };
}

/** @param text `hh:mm:ss` */
function durationMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** The settings that are there. Hosts set empty ones for "not set"; JSON ones are parsed. */
function given(environment: Environment): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const name of settingNames) {
    const text = environment[name]?.trim() ?? "";
    if (text === "") continue;
    values[name] = jsonSettings.has(name) ? parseJson(name, text) : text;
  }
  return values;
}

function parseJson(name: SettingName, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // the parser's own message quotes the text
    if (error instanceof SyntaxError) throw wrong(name, "it is not JSON");
    throw error;
  }
}

function validate(values: Readonly<Record<string, unknown>>): RawSettings {
  const check = new Ajv({ strict: true, allErrors: false }).compile<RawSettings>(schema);
  if (check(values)) return values;
  throw describe(check.errors?.[0]);
}

function describe(error: ErrorObject | undefined): Error {
  const [, name = "", ...path] = (error?.instancePath ?? "").split("/");
  const setting = settingNames.find((known) => known === name);
  if (error === undefined || setting === undefined) return new Error("checking the settings: the schema names none");
  const where = path.length === 0 ? "it" : path.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join("");
  return wrong(setting, `${where} ${error.message ?? "does not fit"}`);
}

function connect(setting: SettingName, name: string, environment: Environment): Connection {
  const resolution = resolveConnection(name, environment);
  if (resolution.kind === "found") return resolution.connection;
  throw wrong(setting, `its connection ${name} can't be used: ${resolution.reason}`);
}

function readAccounts(
  raw: RawSettings,
  state: Connection,
  workspaces: readonly Workspace[],
  environment: Environment,
): readonly MonitoredAccount[] {
  if (raw.VIGIL_ACCOUNTS === undefined) return emulatorOnly(state, workspaces);
  const accounts = raw.VIGIL_ACCOUNTS.map((each): MonitoredAccount => {
    const name = (each.resourceId.split("/").at(-1) ?? "").toLowerCase();
    const connection = connect("VIGIL_ACCOUNTS", each.connection, environment);
    if (connection.kind === "connection-string" && (connection.accountName ?? name).toLowerCase() !== name) {
      throw wrong("VIGIL_ACCOUNTS", `connection ${each.connection} is not one to the account ${name}`);
    }
    if (!workspaces.some((workspace) => workspace.name === each.workspace)) {
      throw wrong("VIGIL_ACCOUNTS", `workspace ${each.workspace} of account ${name} is not in VIGIL_WORKSPACES`);
    }
    return { name, resourceId: each.resourceId, connection, workspace: each.workspace };
  });
  requireUnique(
    "VIGIL_ACCOUNTS",
    accounts.map(({ name }) => name),
  );
  return accounts;
}

/** Until settings say otherwise, the emulator's account is monitored; any other account only if it is named. */
function emulatorOnly(state: Connection, workspaces: readonly Workspace[]): readonly MonitoredAccount[] {
  const [workspace] = workspaces;
  if (workspace === undefined || state.kind !== "connection-string" || state.accountName !== emulatorAccount) return [];
  return [
    {
      name: emulatorAccount,
      resourceId: `${local}/Microsoft.Storage/storageAccounts/${emulatorAccount}`,
      connection: state,
      workspace: workspace.name,
    },
  ];
}

function requireUnique(setting: SettingName, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong(setting, `${twice} is there twice`);
}
