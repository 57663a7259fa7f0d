import { BlobServiceClient } from "@azure/storage-blob";
import { parseJson } from "../storage-analytics/json-text.js";

import { formatLogBlobName, type LogBlobName } from "../storage-analytics/log-blob.js";
import { startAppHost, type AppHost } from "./app-host.js";
import { startAzurite, type Azurite } from "./azurite.js";

/** The second account of the emulator, which no gateway logs: what stands in its `$logs` was put there. */
export const secondAccount = {
  name: "second",
  key: Buffer.from("the key of the second account").toString("base64"),
};

/** Resource id of an account of the fixture. */
export const accountId = (name: string): string =>
  `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${name}`;

/** The app on the local host over an emulator with two accounts. */
export interface AppFixture {
  readonly azurite: Azurite;
  readonly app: AppHost;
  readonly settings: Readonly<Record<string, string>>;
  /** Puts a log blob into `$logs` as Azure does. */
  file(account: string, name: LogBlobName, text: string, metadata?: Record<string, string>): Promise<void>;
  get(path: string, headers?: Readonly<Record<string, string>>, from?: AppHost): Promise<HttpAnswer>;
  /** @param body JSON; undefined: none */
  send(
    request: { readonly method: string; readonly path: string; readonly body?: string | undefined },
    headers?: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** undefined if it is no JSON. */
  readonly body: unknown;
}

export interface AppFixtureOptions {
  /** Data of the emulator that outlive a stop. */
  readonly dataFolder?: string;
  /** More settings of the app, or other ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What is to be there before the app starts. */
  readonly prepare?: (file: AppFixture["file"], azurite: Azurite) => Promise<void>;
}

export async function startAppFixture({
  prepare,
  settings: more,
  ...options
}: AppFixtureOptions = {}): Promise<AppFixture> {
  const azurite = await startAzurite({ ...options, accounts: [secondAccount] });
  const file: AppFixture["file"] = async (account, name, text, metadata) => {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString(account));
    const container = service.getContainerClient("$logs");
    await container.createIfNotExists();
    const blob = container.getBlockBlobClient(formatLogBlobName(name));
    await blob.upload(text, Buffer.byteLength(text), metadata && { metadata });
  };
  await prepare?.(file, azurite);
  const settings = {
    AzureWebJobsStorage: azurite.connectionString(),
    Second: azurite.connectionString(secondAccount.name),
    VIGIL_AUTH: "development",
    VIGIL_ACCOUNTS: JSON.stringify([
      { resourceId: accountId("devstoreaccount1"), connection: "AzureWebJobsStorage", workspace: "default" },
      { resourceId: accountId(secondAccount.name), connection: "Second", workspace: "default" },
    ]),
    // failing messages need no waiting here
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:00",
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: "00:00:00.200",
    ...more,
  };
  await markGateway(azurite, secondAccount.name);
  const app = await startAppHost(settings);
  return {
    azurite,
    app,
    settings,
    file,
    get: async (path, headers = {}, from = app) =>
      await answerOf(fetch(path.startsWith("http") ? path : `${from.url}${path}`, { headers })),
    send: async ({ method, path, body }, headers = {}) => {
      const type: Readonly<Record<string, string>> = body === undefined ? {} : { "content-type": "application/json" };
      return await answerOf(
        fetch(`${app.url}${path}`, { method, headers: { ...type, ...headers }, ...(body !== undefined && { body }) }),
      );
    },
    stop: async () => {
      await app.stop();
      await azurite.stop();
    },
  };
}

async function answerOf(sent: Promise<Response>): Promise<HttpAnswer> {
  const response = await sent;
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseJson(text) };
}

/** Says that a gateway writes for the account: then every tick of the timer looks at it. */
async function markGateway(azurite: Azurite, account: string): Promise<void> {
  const mark = { flushedUpTo: new Date().toISOString(), buffered: 0, lost: 0, ownRequests: 0, ownBytes: 0 };
  const marks = BlobServiceClient.fromConnectionString(azurite.connectionString()).getContainerClient("vigil-gateway");
  await marks.createIfNotExists();
  const text = JSON.stringify(mark);
  await marks.getBlockBlobClient(`${account}/blob.json`).upload(text, text.length);
}
