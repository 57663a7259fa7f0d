import { type LoadedApp } from "./app/app-loader.js";
import { type Registration } from "./app/core-module.js";
import { defineFunction, type FunctionDefinition } from "./app/function-definition.js";
import { type Settings } from "./config/app-settings.js";
import { type HostJson } from "./config/host-json.js";
import { StartError } from "./config/start-error.js";
import { buildRoutes, compareNames, type HttpFunction, type Route } from "./http/route-table.js";
import { type Log } from "./log.js";
import { parseSchedule } from "./timer/schedule.js";

export type CollectedFunctions = {
  readonly definitions: readonly FunctionDefinition[];
  readonly routes: readonly Route[];
};

/** All functions the app registered, ready to run, sorted by name.
 * The real host leaves a wrong function out and starts with the others; here the start stops and names every fault (§12).
 */
export function collectFunctions(
  registrations: readonly Registration[],
  settings: Settings,
  hostJson: HostJson,
  app: LoadedApp,
  log: Log,
): CollectedFunctions {
  const problems: string[] = [];
  const complain = (name: string, file: string | undefined, reason: string): void => {
    problems.push(`${file ?? "unknown file"}: function '${name}': ${reason}`);
  };
  const wanted = hostJson.functions?.map((name) => name.toLowerCase());
  const chosen = registrations.filter(({ metadata }) => wanted?.includes(metadata.name.toLowerCase()) ?? true);
  const definitions: FunctionDefinition[] = [];
  const names = new Set<string>();
  for (const registration of chosen) {
    const { name } = registration.metadata;
    if (names.has(name.toLowerCase()))
      complain(name, registration.file, "another function has this name (case does not count)");
    names.add(name.toLowerCase());
    const defined = defineFunction(registration, settings);
    if ("problems" in defined) {
      for (const reason of defined.problems) complain(name, registration.file, reason);
      continue;
    }
    const { trigger } = defined.definition;
    const schedule = trigger.kind === "timer" ? parseSchedule(trigger.schedule) : undefined;
    if (schedule?.kind === "invalid") complain(name, registration.file, schedule.reason);
    definitions.push(defined.definition);
  }
  definitions.sort((a, b) => compareNames(a.name, b.name));
  const built = buildRoutes(definitions.filter(isHttp), hostJson.http.routePrefix);
  for (const problem of built.problems) complain(problem.function.name, problem.function.file, problem.reason);
  if (problems.length > 0) throw new StartError(`The app cannot start:\n  ${problems.join("\n  ")}`);

  for (const warning of built.warnings) log("warning", "Host.Startup", warning);
  if (definitions.length === 0) {
    const from = app.main === undefined ? 'package.json has no "main"' : `main is "${app.main}"`;
    log("warning", "Host.Startup", `Loaded ${app.files.length} files, 0 functions registered (${from}).`);
  }
  if (
    !hostJson.hasExtensionBundle &&
    definitions.some(({ trigger, outputs }) => trigger.kind === "queue" || outputs.some(({ kind }) => kind === "queue"))
  ) {
    log(
      "warning",
      "Host.Startup",
      "host.json has no extensionBundle: the real host needs it for queues. Add Microsoft.Azure.Functions.ExtensionBundle.",
    );
  }
  return { definitions, routes: built.routes };
}

function isHttp(definition: FunctionDefinition): definition is HttpFunction {
  return definition.trigger.kind === "http";
}
