import { StartError } from "./start-error.js";

/** Sets what Core Tools set on a laptop (§10.2, §10.3). A variable that is set already wins over local.settings.json.
 * The time zone is UTC unless `WEBSITE_TIME_ZONE` or `TZ` says otherwise, as in Azure (§7.3).
 * @returns notices for the log
 * @throws StartError for a time zone that does not exist: schedules would silently follow UTC
 */
export function applyEnvironment(values: Readonly<Record<string, string>>, appFolder: string): string[] {
  const notices: string[] = [];
  const existing = new Map(Object.keys(process.env).map((name) => [name.toLowerCase(), name]));
  for (const [name, value] of Object.entries(values)) {
    const known = existing.get(name.toLowerCase());
    if (known === undefined) process.env[name] = value;
    else if (process.env[known] !== value) {
      notices.push(`local.settings.json: '${name}' is already set in the environment, which wins.`);
    }
  }
  process.env.AZURE_FUNCTIONS_ENVIRONMENT = "Development";
  process.env.AzureWebJobsScriptRoot = appFolder;
  process.env.FUNCTIONS_CORETOOLS_ENVIRONMENT = "true";
  process.env.FUNCTIONS_WORKER_RUNTIME ??= "node";
  checkTimeZone(process.env.WEBSITE_TIME_ZONE);
  process.env.TZ = process.env.WEBSITE_TIME_ZONE ?? process.env.TZ ?? "UTC";
  if (process.env.TZ !== "UTC") notices.push(`Schedules follow the time zone ${process.env.TZ}.`);
  return notices;
}

function checkTimeZone(name: string | undefined): void {
  if (name === undefined) return;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
  } catch (error) {
    throw new StartError(`WEBSITE_TIME_ZONE must be a time zone such as Europe/Berlin, not '${name}'`, {
      cause: error,
    });
  }
}
