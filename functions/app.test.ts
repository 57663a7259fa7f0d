import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { formatLogBlobName } from "../shared/storage-analytics/log-blob.js";
import { formatLogEntry } from "../shared/storage-analytics/log-line.js";
import { startAppHost, type AppHost } from "../shared/testing/app-host.js";
import { startAzurite, type Azurite } from "../shared/testing/azurite.js";
import { logEntry } from "../shared/testing/log-entry.js";
import { until } from "../shared/testing/until.js";

const second = { name: "second", key: Buffer.from("the key of the second account").toString("base64") };
const accountId = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;

let azurite: Azurite;
let settings: Record<string, string>;
let app: AppHost;

beforeAll(async () => {
  azurite = await startAzurite({ accounts: [second] });
  settings = {
    AzureWebJobsStorage: azurite.connectionString(),
    Second: azurite.connectionString(second.name),
    VIGIL_AUTH: "development",
    VIGIL_ACCOUNTS: JSON.stringify([
      { resourceId: accountId("devstoreaccount1"), connection: "AzureWebJobsStorage", workspace: "default" },
      { resourceId: accountId(second.name), connection: "Second", workspace: "default" },
    ]),
    // failing messages need no waiting here
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: "00:00:00",
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: "00:00:00.200",
  };
  await markGateway(second.name);
  app = await startAppHost(settings);
});
afterAll(async () => {
  await app.stop();
  await azurite.stop();
});

/** Says that a gateway writes for the account: then every tick of the timer looks at it. */
async function markGateway(account: string): Promise<void> {
  const mark = { flushedUpTo: new Date().toISOString(), buffered: 0, lost: 0, ownRequests: 0, ownBytes: 0 };
  const marks = BlobServiceClient.fromConnectionString(azurite.connectionString()).getContainerClient("vigil-gateway");
  await marks.createIfNotExists();
  const text = JSON.stringify(mark);
  await marks.getBlockBlobClient(`${account}/blob.json`).upload(text, text.length);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
const get = async (path: string, headers: Record<string, string> = {}, from = app): Promise<Answer> => {
  const response = await fetch(`${from.url}${path}`, { headers });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
};

/** Puts a log blob into `$logs` as Azure does, without any gateway. */
async function file(account: string, hour: Date, counter: number, text: string): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString(account));
  const container = service.getContainerClient("$logs");
  await container.createIfNotExists();
  const name = formatLogBlobName({ service: "blob", hour, counter });
  await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
}

interface Overview {
  readonly services: Record<
    "blob" | "queue" | "table",
    {
      readonly kept?: { readonly blobs: number };
      readonly deadLetters: { readonly letters: number };
      readonly lastHour: { readonly requests: number; readonly operations: readonly { readonly operation: string }[] };
    }
  >;
}
const overview = async (account: string): Promise<Overview> =>
  (await get(`/storage-analytics/${account}`)).body as Overview;

describe("the counts of a logged account", () => {
  test("a log blob of now is counted within seconds, its bad line is kept", async () => {
    const requestStartTime = `${new Date().toISOString().slice(0, -1)}0000Z`;
    const lines = [
      formatLogEntry(logEntry({ requestStartTime, ownerAccountName: second.name })),
      formatLogEntry(logEntry({ requestStartTime, operationType: "PutBlob", requestStatus: "AuthorizationError" })),
      "no log entry",
    ];
    await file(second.name, new Date(), 0, `${lines.join("\n")}\n`);
    await app.runTimer("PlanLogBlobs");
    const { blob } = (
      await until("the counts", async () => {
        const found = await overview(second.name);
        return found.services.blob.lastHour.requests > 0 && found;
      })
    ).services;
    expect(blob.lastHour).toMatchObject({
      requests: 2,
      errors: 1,
      operations: [
        { operation: "GetBlob", requests: 1, errors: 0, statuses: { Success: 1 } },
        { operation: "PutBlob", requests: 1, errors: 1, statuses: { AuthorizationError: 1 } },
      ],
    });
    expect(blob.deadLetters.letters).toBe(1);
    expect((await overview("devstoreaccount1")).services.blob.lastHour.requests).toBe(0);
  });
});

describe("who is let in", () => {
  test.each([
    { title: "a caller on this machine", headers: {}, status: 200 },
    { title: "one that came through a proxy", headers: { "x-forwarded-for": "203.0.113.7" }, status: 403 },
  ])("$title: $status", async ({ headers, status }) => {
    expect((await get("/storage-analytics/second", headers)).status).toBe(status);
  });

  test("a page of another host, which its name leads to this machine, is refused", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "evil.example" };
      httpRequest(`${app.url}/storage-analytics/second`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  test("health tells strangers its status alone", async () => {
    expect((await get("/health", { "x-forwarded-for": "203.0.113.7" })).body).toEqual({ status: "ok" });
    expect(Object.keys((await get("/health")).body as object)).toContain("dependencies");
  });

  test("without VIGIL_AUTH everything but health is refused", async () => {
    const closed = await startAppHost({ ...settings, VIGIL_AUTH: "" });
    try {
      expect(await get("/storage-analytics/second", {}, closed)).toMatchObject({
        status: 401,
        body: { error: { code: "AuthenticationFailed" } },
      });
      expect(await get("/health", {}, closed)).toEqual({ status: 200, body: { status: "ok" } });
    } finally {
      await closed.stop();
    }
  });
});

describe("a wrong setting stops the start with its name and what it should be", () => {
  test.each([
    { setting: { VIGIL_AUTH: "none" }, says: /VIGIL_AUTH.*development .* or entra/ },
    { setting: { VIGIL_ACCOUNTS: "[{}]" }, says: /VIGIL_ACCOUNTS.*resourceId/ },
    { setting: { VIGIL_LOG_LATENESS: "soon" }, says: /VIGIL_LOG_LATENESS.*hh:mm:ss/ },
    { setting: { WEBSITE_SITE_NAME: "vigil" }, says: /VIGIL_AUTH.*WEBSITE_SITE_NAME/ },
  ])("$setting", async ({ setting, says }) => {
    await expect(startAppHost({ ...settings, ...setting })).rejects.toThrow(says);
  });
});

describe("messages of other programs end in the poison queue, with a reason", () => {
  const work = (about: object): string =>
    JSON.stringify({ work: { kind: "read-log-blob", account: "second", blob: "x", etag: "1", ...about } });
  const messages = [
    { message: "hello", reason: /must be object/ },
    { message: "[1]", reason: /must be object/ },
    { message: "{}", reason: /'work'/ },
    { message: '{"dequeueCount":0,"id":"x","work":7}', reason: /work must be object/ },
    { message: work({}), reason: /not the name of a log blob/ },
    { message: work({ blob: "blob/2026/01/01/1000/000000.log", account: "third" }), reason: /third is not in VIGIL/ },
    { message: work({ blob: "../../secret" }), reason: /not the name of a log blob/ },
  ];
  test("whatever they hold", async () => {
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString());
    const queue = queues.getQueueClient("vigil-read-logs");
    await queue.createIfNotExists();
    for (const { message } of messages) await queue.sendMessage(Buffer.from(message).toString("base64"));
    await until("all messages in the poison queue", async () => {
      const { queues: counts } = (await get("/health")).body as { queues: { poison: number }[] };
      return counts[0]?.poison === messages.length;
    });
    expect(await get("/health")).toMatchObject({ status: 200, body: { status: "degraded" } });
    const received = await queues.getQueueClient("vigil-read-logs-poison").receiveMessages({ numberOfMessages: 32 });
    const poisoned = received.receivedMessageItems.map((item) => Buffer.from(item.messageText, "base64").toString());
    expect(poisoned.sort()).toEqual(messages.map(({ message }) => message).sort());
    const reasons: string[] = [];
    const letters = BlobServiceClient.fromConnectionString(azurite.connectionString()).getContainerClient(
      "vigil-dead-letters",
    );
    for await (const { name } of letters.listBlobsFlat({ prefix: "messages/vigil-read-logs/" })) {
      const letter = JSON.parse((await letters.getBlobClient(name).downloadToBuffer()).toString()) as {
        reason: string;
      };
      reasons.push(letter.reason);
    }
    expect(reasons.length).toBe(messages.length);
    for (const { reason } of messages) expect(reasons.some((each) => reason.test(each))).toBe(true);
  });
});

test("two apps on one storage count each request once", async () => {
  const other = await startAppHost({ ...settings, AzureFunctionsWebHost__hostid: "another-host" });
  try {
    const before = (await overview("second")).services.blob.lastHour.requests;
    const requestStartTime = `${new Date().toISOString().slice(0, -1)}0000Z`;
    for (let counter = 10; counter < 30; counter++) {
      await file("second", new Date(), counter, `${formatLogEntry(logEntry({ requestStartTime }))}\n`);
    }
    await Promise.all([app.runTimer("PlanLogBlobs"), other.runTimer("PlanLogBlobs")]);
    const requests = async (): Promise<number> => (await overview("second")).services.blob.lastHour.requests;
    await until("all blobs to be counted", async () => (await requests()) >= before + 20);
    await until("nothing to wait", async () => {
      const { queues } = (await get("/health")).body as { queues: { waiting: number }[] };
      return queues[0]?.waiting === 0;
    });
    expect(await requests()).toBe(before + 20);
  } finally {
    await other.stop();
  }
});
