import net from "node:net";

import { type BlobServiceClient } from "@azure/storage-blob";
import { type QueueServiceClient } from "@azure/storage-queue";

import { type Settings } from "../config/app-settings.js";
import {
  type IdentitySettings,
  missingConnection,
  resolveConnection,
  type StorageConnection,
  type StorageService,
} from "../config/connections.js";
import { StartError } from "../config/start-error.js";

// The host's loops wait and try again by themselves; the SDK's own retries would only hide an outage for a while.
const retryOptions = { maxTries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
const probeTimeoutMs = 2_000;

/** Clients of the storage accounts that bindings name. The SDKs are loaded when the first one is asked for. */
export class StorageClients {
  readonly #settings: Settings;
  readonly #queues = new Map<string, Promise<QueueServiceClient>>();
  readonly #blobs = new Map<string, Promise<BlobServiceClient>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** @param connection name as in a binding; empty: `AzureWebJobsStorage` */
  async queues(connection: string): Promise<QueueServiceClient> {
    return await remember(this.#queues, connection, async () => {
      const resolved = this.#resolve(connection, "queue");
      const { QueueServiceClient: Client } = await import("@azure/storage-queue");
      if (resolved.kind === "connection-string") return Client.fromConnectionString(resolved.value, { retryOptions });
      return new Client(resolved.serviceUri, await tokenCredential(resolved.credential), { retryOptions });
    });
  }

  async blobs(connection: string): Promise<BlobServiceClient> {
    return await remember(this.#blobs, connection, async () => {
      const resolved = this.#resolve(connection, "blob");
      const { BlobServiceClient: Client } = await import("@azure/storage-blob");
      if (resolved.kind === "connection-string") return Client.fromConnectionString(resolved.value, { retryOptions });
      return new Client(resolved.serviceUri, await tokenCredential(resolved.credential), { retryOptions });
    });
  }

  #resolve(connection: string, service: StorageService): StorageConnection {
    const resolved = resolveConnection(connection, service, this.#settings);
    if (resolved === undefined) throw new StartError(missingConnection(connection));
    return resolved;
  }
}

async function remember<T>(cache: Map<string, Promise<T>>, key: string, create: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return await known;
  const created = create();
  cache.set(key, created);
  return await created;
}

type IdentityModule = {
  DefaultAzureCredential: new () => never;
  ManagedIdentityCredential: new (options: object) => never;
  ClientSecretCredential: new (tenantId: string, clientId: string, secret: string) => never;
};

/** The credential that an `X__…` section asks for (§9.2). */
async function tokenCredential(settings: IdentitySettings): Promise<never> {
  const name: string = "@azure/identity"; // not a dependency of the host: only identity-based connections need it
  let identity: IdentityModule;
  try {
    identity = (await import(name)) as IdentityModule;
  } catch (error) {
    throw new StartError(`An identity-based storage connection needs the package ${name}: npm install ${name}`, {
      cause: error,
    });
  }
  const { clientId, tenantId, clientSecret, managedIdentityResourceId: resourceId } = settings;
  if (settings.credential?.toLowerCase() === "managedidentity") {
    return new identity.ManagedIdentityCredential(resourceId === undefined ? { clientId } : { resourceId });
  }
  if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined) {
    return new identity.ClientSecretCredential(tenantId, clientId, clientSecret);
  }
  return new identity.DefaultAzureCredential();
}

/** Whether anything listens at a service's address; undefined: yes, otherwise what to tell the user. */
export async function explainUnreachable(service: StorageService, url: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ""), port: number });
  const failure = await new Promise<string | undefined>((resolve) => {
    socket.setTimeout(probeTimeoutMs);
    socket.once("connect", () => {
      resolve(undefined);
    });
    socket.once("timeout", () => {
      resolve(`does not answer within ${probeTimeoutMs / 1_000} s`);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      resolve(
        error.code === "ECONNREFUSED" ? "refuses connections" : `cannot be reached (${error.code ?? error.message})`,
      );
    });
  });
  socket.destroy();
  if (failure === undefined) return undefined;
  const local = hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
  return `The ${service} service at ${hostname}:${number} ${failure}${local ? "; is Azurite up?" : ""} The host keeps trying.`;
}

/** Error code of a storage answer, `ECONNREFUSED` and the like included; undefined when there is none. */
export function storageErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, details } = error as { code?: unknown; details?: { errorCode?: unknown } };
  // HEAD answers have no body: their code is in a header only (functions-host.md §7.6)
  const found = typeof details?.errorCode === "string" ? details.errorCode : code;
  return typeof found === "string" ? found : undefined;
}

export function storageStatus(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}
