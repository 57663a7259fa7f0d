import { parseArgs } from "node:util";

import { isRole, roles, type Role } from "../../shared/access/role.js";
import { parseScope, type Scope } from "../../shared/access/scope.js";

/** What `npm run keys -- …` is asked to do. */
export type KeyCommand =
  | {
      readonly kind: "create";
      readonly label: string;
      readonly role: Role;
      readonly scope: Scope;
      /** Days until it expires; undefined: never. */
      readonly days: number | undefined;
    }
  | { readonly kind: "list" }
  | { readonly kind: "revoke"; readonly id: string }
  | { readonly kind: "workspace"; readonly customerId: string; readonly version: number };

/** Where a laptop's stack is, when the environment names no storage. */
export interface LocalStack {
  readonly dataFolder: string;
  /** Base, as in `npm start`. */
  readonly azuritePort: number;
}

export type ParsedCommand =
  | { readonly kind: "command"; readonly command: KeyCommand; readonly local: LocalStack }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

const defaultDays = 365;
const maxDays = 3_650;
const maxLabelLength = 100;

export const help = `npm run keys -- create --label TEXT --role ROLE [--scope ID] [--days N | --days never]
npm run keys -- list
npm run keys -- revoke ID
npm run keys -- workspace CUSTOMER_ID [--version N]

  create     makes an API key and prints it, this once
               --role    ${roles.join(", ")}
               --scope   / (everything, the default) or a resource id, below which it holds
               --days    1 to ${maxDays}, or never (default ${defaultDays})
  list       all keys, without their secrets
  revoke     makes a key useless, at once
  workspace  prints the shared key of a workspace for the HTTP Data Collector API

The keys of an app in Azure: set AzureWebJobsStorage (or VIGIL_STORAGE and what it names) and VIGIL_KEY_SECRET as in its
app settings. Without them it is about the stack that npm start runs: --data FOLDER (default .vigil), --azurite-port N
(default 20000).`;

const invalid = (message: string): ParsedCommand => ({ kind: "invalid", message });

/** Parses the arguments; an invalid one is named together with what it should be. */
export function parseKeyCommand(args: readonly string[]): ParsedCommand {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    // every fault of parseArgs in the arguments themselves is a TypeError with a code ERR_PARSE_ARGS_…
    if (error instanceof TypeError) return invalid(error.message);
    throw error;
  }
  const { values, positionals } = parsed;
  if (values.help === true || positionals.length === 0) return { kind: "help" };
  const port = Number(values["azurite-port"]);
  if (!/^\d{1,5}$/.test(values["azurite-port"]) || port < 1 || port > 65_533) {
    return invalid(`--azurite-port must be a port from 1 to 65533, instead got ${values["azurite-port"]}`);
  }
  const command = commandOf(positionals, values);
  if (typeof command === "string") return invalid(command);
  return { kind: "command", command, local: { dataFolder: values.data, azuritePort: port } };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      label: { type: "string" },
      role: { type: "string" },
      scope: { type: "string", default: "/" },
      days: { type: "string", default: String(defaultDays) },
      version: { type: "string", default: "1" },
      data: { type: "string", default: ".vigil" },
      "azurite-port": { type: "string", default: "20000" },
      help: { type: "boolean", short: "h" },
    },
  });

/** @returns what is wrong, in words, or the command */
function commandOf(
  [name = "", subject, ...more]: readonly string[],
  values: ReturnType<typeof parse>["values"],
): KeyCommand | string {
  if (more.length > 0) return `${name} takes one argument at most, instead got ${more.length + 1}`;
  switch (name) {
    case "create":
      return createOf(values);
    case "list":
      return { kind: "list" };
    case "revoke":
      if (subject === undefined || !/^[a-z2-7]{16}$/.test(subject)) {
        return "revoke needs the id of a key, 16 characters, as list shows it";
      }
      return { kind: "revoke", id: subject };
    case "workspace": {
      if (subject === undefined || !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subject)) {
        return "workspace needs the customer id of a workspace, a GUID";
      }
      const version = wholeNumber(values.version, 1, 1_000_000);
      if (version === undefined) return `--version must be a whole number from 1, instead got ${values.version}`;
      return { kind: "workspace", customerId: subject, version };
    }
    default:
      return `there is no command ${name}; commands are create, list, revoke and workspace`;
  }
}

function createOf({
  label,
  role,
  scope: text,
  days: daysText,
}: ReturnType<typeof parse>["values"]): KeyCommand | string {
  const words = label?.trim() ?? "";
  if (words === "" || words.length > maxLabelLength || /\p{Cc}/u.test(words)) {
    return `--label must say what the key is for, in 1 to ${maxLabelLength} characters`;
  }
  if (role === undefined || !isRole(role))
    return `--role must be one of ${roles.join(", ")}, instead got ${String(role)}`;
  const scope = parseScope(text);
  if (scope === undefined) return `--scope must be / or a resource id such as /subscriptions/…, instead got ${text}`;
  const days = daysText === "never" ? undefined : wholeNumber(daysText, 1, maxDays);
  if (days === undefined && daysText !== "never") {
    return `--days must be a whole number from 1 to ${maxDays}, or never, instead got ${daysText}`;
  }
  return { kind: "create", label: words, role, scope, days };
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= least && number <= most ? number : undefined;
}
