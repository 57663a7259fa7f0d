import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { StartError } from "../config/start-error.js";
import { describeError, type Log } from "../log.js";
import { type CoreModule } from "./core-module.js";
import { findEntryFiles } from "./entry-files.js";
import { listeningOnLoopback } from "./loopback-listening.js";

/** Capabilities the worker offers before the library adds its own (§1.3). */
const defaultCapabilities = [
  "RawHttpBodyBytes",
  "RpcHttpTriggerMetadataRemoved",
  "RpcHttpBodyOnly",
  "IgnoreEmptyValuedRpcHttpHeaders",
  "UseNullableValueDictionaryForHttp",
  "WorkerStatus",
  "TypedDataCollection",
  "HandlesWorkerTerminateMessage",
];

export type LoadedApp = {
  readonly files: readonly string[];
  /** `main` of package.json, as written. */
  readonly main: string | undefined;
  /** Address of the library's proxy when HTTP streaming is on. */
  readonly httpUri: string | undefined;
};

/** Loads the app as the Node worker does: entry files in order, then `appStart` hooks, then capabilities (§1.3). */
export async function loadApp(appFolder: string, core: CoreModule, log: Log): Promise<LoadedApp> {
  const manifest = await readManifest(appFolder, log);
  const main = typeof manifest.main === "string" && manifest.main !== "" ? manifest.main : undefined;
  const files = main === undefined ? [] : await findEntryFiles(appFolder, main);
  if (main === undefined)
    log("warning", "Host.Startup", `package.json in ${appFolder} has no "main": nothing is loaded.`);
  else if (files.length === 0) throw new StartError(nothingFound(appFolder, main));

  for (const file of files) {
    core.currentFile = file;
    try {
      await loadFile(join(appFolder, file), manifest.type === "module");
    } catch (error) {
      throw new StartError(`Worker was unable to load entry point "${file}": ${describeError(error)}`, {
        cause: error,
      });
    }
  }
  core.currentFile = undefined;

  try {
    await core.hooks.runAppHooks("appStart", appFolder);
  } catch (error) {
    throw new StartError(`An appStart hook of the app failed: ${describeError(error)}`, { cause: error });
  }
  const defaults = Object.fromEntries(defaultCapabilities.map((name) => [name, "true"]));
  const { model } = core;
  const capabilities =
    model === undefined ? defaults : await listeningOnLoopback(() => model.getCapabilities(defaults));
  core.lock();
  return { files, main, httpUri: capabilities.HttpUri };
}

type Manifest = { readonly main?: unknown; readonly type?: unknown };

/** A missing or broken package.json is an empty one to the worker; it says so. */
async function readManifest(appFolder: string, log: Log): Promise<Manifest> {
  const path = join(appFolder, "package.json");
  try {
    const manifest: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof manifest === "object" && manifest !== null ? manifest : {};
  } catch (error) {
    log("warning", "Host.Startup", `Cannot use ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

async function loadFile(path: string, appIsModule: boolean): Promise<void> {
  const isModule = path.endsWith(".mjs") || (appIsModule && !path.endsWith(".cjs"));
  if (isModule) await import(pathToFileURL(path).href);
  else createRequire(path)(path);
}

function nothingFound(appFolder: string, main: string): string {
  return /[*?{[]/.test(main)
    ? `Worker was unable to load entry point "${main}": Found zero files matching the supplied pattern in ${appFolder}. Has the app been built?`
    : `Worker was unable to load entry point "${main}": File does not exist in ${appFolder}. Has the app been built?`;
}
