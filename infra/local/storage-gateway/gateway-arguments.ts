import { parseArgs } from "node:util";
import { defaultFlushSeconds } from "./request-log.js";

/** What the gateway's process is told: by flags, and by the environment. */
export interface GatewaySettings {
  readonly host: string;
  readonly storagePort: number;
  readonly azuritePort: number;
  /** Seconds between two flushes of the log, `VIGIL_LOG_FLUSH_SECONDS`. */
  readonly flushSeconds: number;
}

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
    },
  });
  return {
    host: values.host,
    storagePort: readPort("--storage-port", values["storage-port"]),
    azuritePort: readPort("--azurite-port", values["azurite-port"]),
    flushSeconds: readFlushSeconds(environment["VIGIL_LOG_FLUSH_SECONDS"]),
  };
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
