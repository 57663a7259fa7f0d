import { join, resolve } from "node:path";
import { services, type Service } from "../../shared/storage-analytics/log-entry.js";
import { openLocalReader } from "./identity/local-reader.js";
import { localTenantId } from "./identity/tenant.js";
import type { LocalTrust } from "./local-trust.js";
import type { StartOptions } from "./start-options.js";
import { connectionString, type StorageAccount } from "./storage-accounts.js";

/** What there is to say about a stack that is up. */
export interface Started {
  readonly options: StartOptions;
  readonly accounts: readonly StorageAccount[];
  readonly identityUrl: string;
  /** Of the mailbox's page. */
  readonly mailboxUrl: string;
  readonly trust: LocalTrust;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

/** Where everything is, and what to try. */
export async function welcome({
  options,
  accounts,
  identityUrl,
  mailboxUrl,
  trust,
  startedAt,
}: Started): Promise<string> {
  const app = `http://127.0.0.1:${options.port}`;
  const scheme = options.https ? "https" : "http";
  const shown = options.https ? `https://127.0.0.1:${options.httpsPort}` : app;
  const described = await Promise.all(
    accounts.map(async ({ name }) => {
      const logged = await loggedKinds(`${app}/storage-analytics/${name}`, options.data);
      return [
        `  Storage account ${name}`,
        ...services.map((service, offset) => {
          const url = `${scheme}://127.0.0.1:${options.storagePort + offset}/${name}`;
          return `    ${service.padEnd(6)} ${url}  ${logged?.[service] ?? ""}`.trimEnd();
        }),
        `    what it recorded: ${shown}/storage-analytics/${name}`,
        `    its requests:     ${shown}/storage-analytics/${name}/blob/requests`,
      ];
    }),
  );
  return [
    "",
    `Vigil is ready (${((performance.now() - startedAt) / 1000).toFixed(1)} s). Data: ${resolve(options.data)}`,
    "",
    ...described.flat(),
    `  Health ${shown}/health    API ${shown}/openapi.json`,
    `  Mailbox and webhook inbox ${mailboxUrl}`,
    ...aboutIdentity(options, identityUrl, trust),
    "",
    whatToTry(options, accounts[0]),
    "Ctrl-C stops everything.",
  ].join("\n");
}

function aboutIdentity(options: StartOptions, identityUrl: string, { certificates }: LocalTrust): readonly string[] {
  const moved =
    new URL(identityUrl).port === String(options.identityPort) ? "" : ` (${options.identityPort} is in use)`;
  const secrets = join(options.data, "identity", "client-secrets.json");
  return [
    `  Identity provider ${identityUrl}/${localTenantId}${moved}, client secrets in ${secrets}`,
    ...(options.https
      ? [
          "  Callers need a token or an API key (npm run keys -- create …), and have to trust the local authority:",
          `    NODE_EXTRA_CA_CERTS=${resolve(certificates.authorityFile)}`,
        ]
      : []),
  ];
}

function whatToTry({ storagePort, port, data }: StartOptions, first: StorageAccount | undefined): string {
  const folder = data === ".vigil" ? "" : ` --data ${data}`;
  if (storagePort === 10000) {
    return `Programs that say UseDevelopmentStorage=true are logged as they are. Try: npm run demo${folder && ` --${folder}`}`;
  }
  const connection =
    first === undefined ? "" : connectionString(first, storagePort).replace(/AccountKey=[^;]*/, "AccountKey=…");
  return `Programs find it as ${connection}. Try: npm run demo -- --storage-port ${storagePort} --port ${port}${folder}`;
}

/** What each service logs, in words; undefined where the app does not let this launcher ask. */
async function loggedKinds(
  overview: string,
  dataFolder: string,
): Promise<Readonly<Record<Service, string>> | undefined> {
  const response = await openLocalReader(dataFolder)(overview);
  if (!response.ok) return undefined;
  const answer = (await response.json()) as {
    readonly services: Readonly<Record<Service, { readonly logging: Readonly<Record<string, unknown>> }>>;
  };
  const words = services.map((service) => {
    const { logging } = answer.services[service];
    const kinds = ["read", "write", "delete"].filter((kind) => logging[kind] === true);
    return [service, kinds.length === 0 ? "(not logged)" : `(logged: ${kinds.join(", ")})`];
  });
  return Object.fromEntries(words) as Record<Service, string>;
}
