import { readFile } from "node:fs/promises";

import { type Settings } from "./config/app-settings.js";
import { type HostJson } from "./config/host-json.js";
import { StartError } from "./config/start-error.js";
import { type TlsOptions } from "./http/http-listener.js";
import { defaultBodyLimitBytes } from "./http/request-body.js";

export type FunctionsHostOptions = {
  /** Folder that holds package.json, host.json and local.settings.json. */
  readonly appFolder: string;
  /** Default: `Host.LocalHttpPort` of local.settings.json, else 7071. 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default: `Host.LocalHttpAddress` of local.settings.json, else 127.0.0.1. */
  readonly address?: string | undefined;
  /** A second port, for TLS, besides the one for plain http. */
  readonly tls?: TlsOptions | undefined;
  /** How long a received queue message stays invisible without renewal; the real host takes 600. Default 60. */
  readonly receiveLeaseSeconds?: number | undefined;
  /** Lease of a timer's lock, 15 to 60; the real host takes 60. Default 30. */
  readonly timerLeaseSeconds?: number | undefined;
  /** Default: machine name and a hash of the app folder. */
  readonly hostId?: string | undefined;
  /** How long a stop waits for what is running. Default 10. */
  readonly drainSeconds?: number | undefined;
  readonly write?: ((text: string) => void) | undefined;
  readonly colour?: boolean | undefined;
  /** Whether the app's `console` goes through the log. */
  readonly captureConsole?: boolean | undefined;
  /** The app can no longer be trusted: an unhandled error, or a function that outlived its timeout. The process should end. */
  readonly onFatal?: ((reason: string) => void) | undefined;
};

export const defaultPort = 7071;
export const defaultAddress = "127.0.0.1";
export const defaultReceiveLeaseSeconds = 60;
const defaultTimerLeaseSeconds = 30;
export const defaultDrainSeconds = 10;

/** Lease of a timer's lock in milliseconds: the option, else host.json, else the default. */
export function timerLeaseMs(options: FunctionsHostOptions, hostJson: HostJson): number {
  const ms =
    options.timerLeaseSeconds === undefined
      ? (hostJson.listenerLockPeriodMs ?? defaultTimerLeaseSeconds * 1_000)
      : options.timerLeaseSeconds * 1_000;
  if (ms >= 15_000 && ms <= 60_000) return ms;
  throw new StartError(`The timer lease must be 15 to 60 seconds, as Blob Storage demands (--timer-lease-seconds)`);
}

/** Largest request body in bytes (§6.3). */
export function bodyLimit(settings: Settings): number {
  const text = settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT");
  if (text === undefined) return defaultBodyLimitBytes;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new StartError("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a whole number of bytes above 0");
}

/** A file's text; undefined when there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new StartError(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
