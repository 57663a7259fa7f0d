import { parseArgs } from "node:util";
import { defaultFlushSeconds } from "./request-log.js";

/** What the gateway's process is told: by flags, and by the environment. */
export interface GatewaySettings {
  readonly host: string;
  readonly storagePort: number;
  readonly azuritePort: number;
  /** Seconds between two flushes of the log, `VIGIL_LOG_FLUSH_SECONDS`. */
  readonly flushSeconds: number;
  /** undefined: plain http alone, and tokens are Azurite's business. */
  readonly tls: TlsSettings | undefined;
}

/** Files hold PEM. */
export interface TlsSettings {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authority under which Azurite's certificate is. */
  readonly authorityFile: string;
  /** URL of the identity provider whose tokens are good. */
  readonly identityUrl: string;
}

/**
 * For the gateway's process: V8 collects on the gateway's own thread. The helpers that it would wait for compete with
 * Azurite for the processors; without them, an upload costs half as much.
 */
export const gatewayNodeFlags = ["--single-threaded-gc"];

/**
 * Niceness of the gateway's process, as `os.setPriority` takes it: it never interrupts Azurite, which is what its clients
 * wait for. Without it, each of its short pieces of work may take Azurite's processor while another one is idle.
 */
export const gatewayNiceness = 5;

const longestFlushSeconds = 300;

/** @throws an error that names the flag or variable and what it should be */
export function parseGatewaySettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): GatewaySettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: "string", default: "127.0.0.1" },
      "storage-port": { type: "string", default: "10000" },
      "azurite-port": { type: "string", default: "20000" },
      cert: { type: "string" },
      key: { type: "string" },
      authority: { type: "string" },
      "identity-url": { type: "string" },
    },
  });
  return {
    host: values.host,
    storagePort: readPort("--storage-port", values["storage-port"]),
    azuritePort: readPort("--azurite-port", values["azurite-port"]),
    flushSeconds: readFlushSeconds(environment["VIGIL_LOG_FLUSH_SECONDS"]),
    tls: readTls(values),
  };
}

function readTls(values: {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly authority?: string | undefined;
  readonly "identity-url"?: string | undefined;
}): TlsSettings | undefined {
  const { cert, key, authority, "identity-url": identityUrl } = values;
  if ([cert, key, authority, identityUrl].every((each) => each === undefined)) return undefined;
  if (cert === undefined || key === undefined || authority === undefined || identityUrl === undefined) {
    throw new Error("--cert, --key, --authority and --identity-url belong together: give all four, or none");
  }
  return { certificateFile: cert, keyFile: key, authorityFile: authority, identityUrl };
}

/** A base of three ports; 0 means any free ones. */
function readPort(name: string, text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= 65535 - 2) return port;
  throw new Error(`${name} must be a port from 0 to ${65535 - 2}, and is "${text}"`);
}

function readFlushSeconds(text: string | undefined): number {
  if (text === undefined || text === "") return defaultFlushSeconds;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= longestFlushSeconds) return seconds;
  throw new Error(
    `VIGIL_LOG_FLUSH_SECONDS must be a number of seconds above 0 and up to ${longestFlushSeconds}, and is "${text}"`,
  );
}
