import { parseArgs } from "node:util";

import { StartError } from "./config/start-error.js";
import { type FunctionsHostOptions, readOptional } from "./host-options.js";
import { type FunctionsHost, startFunctionsHost } from "./host.js";
import { type TlsOptions } from "./http/http-listener.js";
import { describeError } from "./log.js";

const usage = `Usage: main.js [--app DIR] [--port 7071] [--address 127.0.0.1] [--receive-lease-seconds 60]
               [--https-port PORT --cert FILE --key FILE] [--timer-lease-seconds 30] [--drain-seconds 10] [--host-id ID]`;

/** What the host tells a parent that started it with an IPC channel. */
export type HostMessage =
  | { readonly kind: "ready"; readonly url: string; readonly secureUrl: string | undefined }
  | { readonly kind: "failed"; readonly message: string };

/** Time for answers that are under way to leave before the process ends. */
const lastAnswersMs = 100;

async function main(): Promise<void> {
  let host: FunctionsHost | undefined;
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1); // asked twice: now
    stopping = true;
    void (host?.stop() ?? Promise.resolve()).then(() => {
      process.exit(0);
    });
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("message", (message) => {
    if (typeof message === "object" && message !== null && "kind" in message && message.kind === "stop") stop();
  });
  // a parent that is gone can no longer stop us
  process.on("disconnect", stop);

  const fatal = (reason: string): void => {
    if (host === undefined) {
      process.stderr.write(`${reason}\n`);
      process.exit(1);
    }
    host.abandon(reason);
    setTimeout(() => process.exit(1), lastAnswersMs);
  };
  process.on("uncaughtException", (error) => {
    fatal(`Uncaught exception in the app: ${describeError(error)}`);
  });
  process.on("unhandledRejection", (error) => {
    fatal(`Unhandled rejection in the app: ${describeError(error)}`);
  });

  try {
    host = await startFunctionsHost({
      ...(await readOptions()),
      colour: process.stdout.isTTY,
      captureConsole: true,
      onFatal: fatal,
    });
  } catch (error) {
    const message = error instanceof StartError ? error.message : describeError(error);
    await tellParent({ kind: "failed", message });
    fatal(message);
    return;
  }
  await tellParent({ kind: "ready", url: host.url, secureUrl: host.secureUrl });
}

async function readOptions(): Promise<FunctionsHostOptions> {
  let values;
  try {
    const text = { type: "string" } as const;
    ({ values } = parseArgs({
      options: {
        app: text,
        port: text,
        address: text,
        "https-port": text,
        cert: text,
        key: text,
        "host-id": text,
        "receive-lease-seconds": text,
        "timer-lease-seconds": text,
        "drain-seconds": text,
      },
    }));
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`, { cause: error });
  }
  return {
    appFolder: values.app ?? process.cwd(),
    port: number("--port", values.port, 0, 65_535),
    address: values.address,
    tls: await readTls(values["https-port"], values.cert, values.key),
    hostId: values["host-id"],
    receiveLeaseSeconds: number("--receive-lease-seconds", values["receive-lease-seconds"], 1, 7 * 86_400),
    timerLeaseSeconds: number("--timer-lease-seconds", values["timer-lease-seconds"], 15, 60),
    drainSeconds: number("--drain-seconds", values["drain-seconds"], 0, 86_400),
  };
}

async function readTls(
  port: string | undefined,
  certificate: string | undefined,
  key: string | undefined,
): Promise<TlsOptions | undefined> {
  const given = [port, certificate, key].filter((each) => each !== undefined).length;
  if (given === 0) return undefined;
  const secure = number("--https-port", port, 0, 65_535);
  if (secure === undefined || certificate === undefined || key === undefined) {
    throw new StartError("--https-port, --cert and --key belong together: give all three, or none");
  }
  return { port: secure, certificate: await readPem("--cert", certificate), privateKey: await readPem("--key", key) };
}

async function readPem(option: string, file: string): Promise<string> {
  const text = await readOptional(file);
  if (text === undefined) throw new StartError(`${option} names ${file}, which is not there`);
  return text;
}

function number(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new StartError(`${option} must be a whole number from ${min} to ${max}, not '${text}'`);
}

async function tellParent(message: HostMessage): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  await new Promise<void>((resolve) =>
    process.send?.(message, undefined, undefined, () => {
      resolve();
    }),
  );
}

await main();
