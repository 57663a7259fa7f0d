import { parseArgs } from "node:util";

/** What `npm start -- …` accepts; ports in the order in which design.md §3 lists them. */
export interface StartOptions {
  readonly port: number;
  /** Base: blob N, queue N+1, table N+2. */
  readonly storagePort: number;
  /** Base, like `storagePort`. */
  readonly azuritePort: number;
  readonly directoryPort: number;
  readonly identityPort: number;
  /** TLS port of the functions app, opened with `https` only. */
  readonly httpsPort: number;
  readonly mailboxPort: number;
  readonly smtpPort: number;
  /** Folder of the emulated account's data. */
  readonly data: string;
  /** TLS everywhere, and tokens or API keys instead of development mode. */
  readonly https: boolean;
  /** Switch logging and metrics on for accounts that are new in the data folder. */
  readonly analytics: boolean;
}

export type ParsedOptions =
  | { readonly kind: "options"; readonly options: StartOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

const portOptions = {
  port: { default: 7071, count: 1, help: "HTTP port of the functions app" },
  "storage-port": { default: 10000, count: 3, help: "logged storage account: blob N, queue N+1, table N+2" },
  "azurite-port": { default: 20000, count: 3, help: "Azurite behind it: blob N, queue N+1, table N+2" },
  "directory-port": { default: 7090, count: 1, help: "reserved for the directory stand-in; opens nothing yet" },
  "identity-port": { default: 7091, count: 1, help: "identity provider, over TLS; a free port if it is busy" },
  "https-port": { default: 7443, count: 1, help: "HTTPS port of the functions app, with --https" },
  "mailbox-port": { default: 7092, count: 1, help: "mailbox and webhook inbox, a page; a free port if it is busy" },
  "smtp-port": { default: 7093, count: 1, help: "the mailbox's SMTP server; a free port if it is busy" },
} as const;
type PortOption = keyof typeof portOptions;
const portNames = Object.keys(portOptions) as PortOption[];

export const help = [
  "npm start -- [options]",
  "",
  ...portNames.map(
    (name) => `  --${`${name} N`.padEnd(18)} ${portOptions[name].help} (default ${portOptions[name].default})`,
  ),
  `  --${"data FOLDER".padEnd(18)} where the emulated storage account keeps its data (default .vigil)`,
  `  --${"https".padEnd(18)} TLS on all ports, and callers need a token or an API key (VIGIL_AUTH=entra)`,
  `  --${"no-analytics".padEnd(18)} leave Storage Analytics off for new accounts`,
].join("\n");

/** Parses the arguments of `npm start --`; an invalid one is named together with what it should be. */
export function parseStartOptions(args: readonly string[]): ParsedOptions {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(portNames.map((name) => [name, { type: "string" as const }])),
        data: { type: "string" },
        https: { type: "boolean" },
        "no-analytics": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    // every fault of parseArgs in the arguments themselves is a TypeError with a code ERR_PARSE_ARGS_…
    if (error instanceof TypeError) return { kind: "invalid", message: error.message };
    throw error;
  }
  if (values["help"] === true) return { kind: "help" };

  const ports = {} as Record<PortOption, number>;
  for (const name of portNames) {
    const { default: preset, count } = portOptions[name];
    const text = values[name] ?? String(preset);
    const port = Number(text);
    if (typeof text !== "string" || !/^\d+$/.test(text) || port < 1 || port + count - 1 > 65535) {
      return {
        kind: "invalid",
        message: `--${name} must be a port from 1 to ${65536 - count}, instead got ${String(text)}`,
      };
    }
    ports[name] = port;
  }
  const data = values["data"] ?? ".vigil";
  if (typeof data !== "string" || data === "") {
    return { kind: "invalid", message: "--data must be the path of a folder, instead got an empty one" };
  }
  const clash = firstClash(ports);
  if (clash !== undefined) return { kind: "invalid", message: clash };

  return {
    kind: "options",
    options: {
      port: ports.port,
      storagePort: ports["storage-port"],
      azuritePort: ports["azurite-port"],
      directoryPort: ports["directory-port"],
      identityPort: ports["identity-port"],
      httpsPort: ports["https-port"],
      mailboxPort: ports["mailbox-port"],
      smtpPort: ports["smtp-port"],
      data,
      https: values["https"] === true,
      analytics: values["no-analytics"] !== true,
    },
  };
}

/** The ports that the start opens now, with the option that moves each. */
export function portsToOpen(options: StartOptions): readonly { readonly port: number; readonly option: string }[] {
  return [
    { port: options.port, option: "--port" },
    ...(options.https ? [{ port: options.httpsPort, option: "--https-port" }] : []),
    ...[0, 1, 2].map((n) => ({ port: options.storagePort + n, option: "--storage-port" })),
    ...[0, 1, 2].map((n) => ({ port: options.azuritePort + n, option: "--azurite-port" })),
  ];
}

function firstClash(ports: Readonly<Record<PortOption, number>>): string | undefined {
  const owner = new Map<number, PortOption>();
  for (const name of portNames) {
    for (let port = ports[name]; port < ports[name] + portOptions[name].count; port++) {
      const other = owner.get(port);
      if (other !== undefined) return `--${other} and --${name} both want port ${port}; move one of them`;
      owner.set(port, name);
    }
  }
  return undefined;
}
