import { TableClient, TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { LogEntry } from "../shared/storage-analytics/log-entry.js";
import { formatLogEntry } from "../shared/storage-analytics/log-line.js";
import { retentionTasks } from "../shared/retention/retention-run.js";
import { formatLogBlobName } from "../shared/storage-analytics/log-blob.js";
import { failedWith } from "../shared/stores/azure-error.js";
import { findRow } from "../shared/stores/table-rows.js";
import { startAppFixture, type AppFixture } from "../shared/testing/app-fixture.js";
import type { Azurite } from "../shared/testing/azurite.js";
import { startAppHost } from "../shared/testing/app-host.js";
import { blobRead } from "../shared/testing/log-entries.js";
import { until } from "../shared/testing/until.js";

let fixture: AppFixture;

const tableOptions = { allowInsecureConnection: true };
const tableOf = (azurite: Azurite, account: string, name: string): TableClient =>
  TableClient.fromConnectionString(azurite.connectionString(account), name, tableOptions);
const tablesOf = (azurite: Azurite): TableServiceClient =>
  TableServiceClient.fromConnectionString(azurite.connectionString("second"), tableOptions);
const longAgo = { hour: new Date("2026-01-01T10:00:00Z"), counter: 0 };

beforeAll(async () => {
  fixture = await startAppFixture({
    prepare: async (file, azurite) => {
      const service = BlobServiceClient.fromConnectionString(azurite.connectionString("second"));
      const { containerClient } = await service.createContainer("holdings");
      await containerClient.getBlockBlobClient("one").upload("12345", 5);
      await containerClient.getBlockBlobClient("two").upload("123", 3);
      // logs of long ago, of a service whose logging is off and whose policy is on, and of one without a policy
      const policy = { enabled: true, days: 7 };
      await tablesOf(azurite).setProperties({
        logging: { version: "1.0", read: false, write: false, delete: false, retentionPolicy: policy },
        hourMetrics: { version: "1.0", enabled: false, retentionPolicy: policy },
      });
      for (const service of ["table", "queue"] as const) await file("second", { service, ...longAgo }, "\n");
      const rows = tableOf(azurite, "second", "$MetricsHourPrimaryTransactionsTable");
      await rows.createTable();
      for (const partitionKey of ["20260101T1000", "29991231T1000"]) {
        await rows.createEntity({ partitionKey, rowKey: "user;All" });
      }
    },
  });
});
afterAll(() => fixture.stop());

interface Overview {
  readonly services: Readonly<
    Record<"blob", { readonly deadLetters: { letters: number }; readonly lastHour: { readonly requests: number } }>
  >;
}
async function overviewOf(account: string): Promise<unknown> {
  const { status, text, body } = await fixture.get(`/storage-analytics/${account}`);
  if (status !== 200) throw new Error(`the overview answers ${status}: ${text}\n${fixture.app.output().slice(-4_000)}`);
  return body;
}
const overview = async (account: string): Promise<Overview["services"]["blob"]> =>
  ((await overviewOf(account)) as Overview).services.blob;

interface Health {
  readonly queues: readonly { readonly waiting: number; readonly poison: number }[];
}
const queueCounts = async (): Promise<Health["queues"][0] | undefined> =>
  ((await fixture.get("/health")).body as Health).queues[0];

/** A request of its own. */
const blobRequest = (about: Partial<LogEntry>): string =>
  formatLogEntry({ ...blobRead, requestIdHeader: randomUUID(), ...about });

const startedNow = (): string => `${new Date().toISOString().slice(0, -1)}0000Z`;

test("a log blob of now is counted within seconds, and its bad line is kept", async () => {
  const requestStartTime = startedNow();
  const failed = { operationType: "PutBlob", requestStatus: "AuthorizationError", httpStatusCode: "403" };
  const lines = [blobRequest({ requestStartTime }), blobRequest({ requestStartTime, ...failed }), "no log entry"];
  await fixture.file("second", { service: "blob", hour: new Date(), counter: 0 }, `${lines.join("\n")}\n`);
  const blob = await until("the counts", async () => {
    const found = await overview("second");
    return found.lastHour.requests > 0 && found;
  });
  expect(blob).toMatchObject({
    deadLetters: { letters: 1, blobs: 1, complete: true },
    lastHour: {
      requests: 2,
      errors: 1,
      operations: [
        { operation: "GetBlob", requests: 1, errors: 0, statuses: { AnonymousSuccess: 1 } },
        { operation: "PutBlob", requests: 1, errors: 1, statuses: { AuthorizationError: 1 } },
      ],
    },
  });
  expect((await overview("devstoreaccount1")).lastHour.requests).toBe(0);
});

test("what an account holds is counted at the first start, as Azure's rows say it", async () => {
  await fixture.app.runTimer("PlanCapacity");
  const table = tableOf(fixture.azurite, "second", "$MetricsCapacityBlob");
  const rows = await until("both rows", async () => {
    const found = new Map<string | undefined, object>();
    try {
      for await (const row of table.listEntities()) found.set(row.rowKey, row);
    } catch (error) {
      if (!failedWith(error, "TableNotFound")) throw error;
    }
    return found.size === 2 && found;
  });
  const partitionKey = expect.stringMatching(/^\d{8}T0000$/) as string;
  expect(rows.get("data")).toMatchObject({ partitionKey, Capacity: 8n, ContainerCount: 1n, ObjectCount: 2n });
  expect(rows.get("analytics")).toMatchObject({ partitionKey, ContainerCount: 1n });
});

test("what is older than its policy is deleted, once it was read, and nothing else", async () => {
  const logs = BlobServiceClient.fromConnectionString(fixture.azurite.connectionString("second"));
  const isLogged = (service: "queue" | "table"): Promise<boolean> =>
    logs
      .getContainerClient("$logs")
      .getBlobClient(formatLogBlobName({ service, ...longAgo }))
      .exists();
  const rows = tableOf(fixture.azurite, "second", "$MetricsHourPrimaryTransactionsTable");
  const runs = tableOf(fixture.azurite, "devstoreaccount1", "VigilDailyRuns");
  const earlier = "2026-01-02";
  const left = await until("the old log to be gone", async () => {
    await fixture.app.runTimer("PlanRetention");
    await until("the day's run to be done", async () => {
      const run = await findRow<{ readonly day: string; readonly work0: string }>(runs, "retention", "second");
      if (run === undefined || run.day === earlier) return false;
      return (JSON.parse(run.work0) as { readonly task: number }).task === retentionTasks.length;
    });
    // the first run may have come before the log was read: then it goes the next day
    const keys = { partitionKey: "retention", rowKey: "second" };
    if (await isLogged("table")) {
      await runs.updateEntity({ ...keys, day: earlier }, "Merge");
      return undefined;
    }
    const found: (string | undefined)[] = [];
    for await (const { partitionKey } of rows.listEntities()) found.push(partitionKey);
    return found;
  });
  expect(left).not.toContain("20260101T1000");
  expect(left).toContain("29991231T1000");
  expect(await isLogged("queue")).toBe(true);
});

test("analytics that takes as much as it may is stopped, everybody is told, and it goes on by itself", async () => {
  interface Analytics {
    readonly account: string;
    readonly writing: boolean;
  }
  const isWriting = async (): Promise<boolean | undefined> => {
    const { analytics } = (await fixture.get("/health")).body as { analytics: readonly Analytics[] };
    return analytics.find(({ account }) => account === "second")?.writing;
  };
  const limited = await startAppHost({ ...fixture.settings, VIGIL_ANALYTICS_LIMIT_BYTES: "1" });
  try {
    await until("writing to stop", async () => {
      await limited.runTimer("CheckAnalyticsLimit");
      return (await isWriting()) === false;
    });
    const overview = (await fixture.get("/storage-analytics/second", {}, limited)).body;
    expect(overview).toMatchObject({ analytics: { writing: false, limitBytes: 1, cost: { free: {} } } });
    expect((await fixture.get("/health")).body).toMatchObject({ status: "degraded" });
  } finally {
    await limited.stop();
  }
  await until("writing to go on", async () => {
    await fixture.app.runTimer("CheckAnalyticsLimit");
    return await isWriting();
  });
  const { analytics } = (await overviewOf("second")) as { analytics: Analytics };
  expect(analytics).toMatchObject({ writing: true, limitBytes: 20_000_000_000_000 });
});

describe("who is let in", () => {
  test.each([
    { title: "a caller on this machine", headers: {}, status: 200 },
    { title: "one that came through a proxy", headers: { "x-forwarded-for": "203.0.113.7" }, status: 403 },
  ])("$title: $status", async ({ headers, status }) => {
    expect((await fixture.get("/storage-analytics/second", headers)).status).toBe(status);
  });

  test("a page of another host, whose name leads to this machine, is refused", async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { host: "evil.example" };
      httpRequest(`${fixture.app.url}/storage-analytics/second`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });

  test("health tells strangers its status alone", async () => {
    const { body } = await fixture.get("/health", { "x-forwarded-for": "203.0.113.7" });
    expect(body).toEqual({ status: "ok" });
    expect(Object.keys((await fixture.get("/health")).body as object)).toContain("dependencies");
  });

  test("without VIGIL_AUTH everything but health and the description is refused", async () => {
    const closed = await startAppHost({ ...fixture.settings, VIGIL_AUTH: "" });
    try {
      for (const path of ["/storage-analytics/second", "/storage-analytics/none", "/storage-analytics/a/b/c/d"]) {
        const { status, body, headers } = await fixture.get(path, {}, closed);
        expect({ path, status, body }).toMatchObject({
          status: 401,
          body: { error: { code: "AuthenticationFailed" } },
        });
        expect(headers.get("www-authenticate")).toBe('Bearer realm="vigil"');
      }
      expect(await fixture.get("/health", {}, closed)).toMatchObject({ status: 200, body: { status: "ok" } });
      expect((await fixture.get("/openapi.json", {}, closed)).status).toBe(200);
      await until("the log to say so", () =>
        Promise.resolve(closed.output().includes("VIGIL_AUTH is not set: every request")),
      );
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
    await expect(startAppHost({ ...fixture.settings, ...setting })).rejects.toThrow(says);
  });
});

test("messages of other programs end in the poison queue, whole, and their reasons are kept", async () => {
  const work = (name: string, account = "second"): string =>
    JSON.stringify({ work: { kind: "read-log-blobs", account, blobs: [{ name, etag: "1" }] } });
  const messages = [
    { message: "hello", reason: /must be object/ },
    { message: "[1]", reason: /must be object/ },
    { message: "{}", reason: /'work'/ },
    { message: '{"dequeueCount":0,"id":"x","work":7}', reason: /work must be object/ },
    { message: work("x"), reason: /not the name of a log blob/ },
    { message: work("../../secret"), reason: /not the name of a log blob/ },
    { message: work("blob/2026/01/01/1000/000000.log", "third"), reason: /third is not in VIGIL/ },
  ];
  const queues = QueueServiceClient.fromConnectionString(fixture.azurite.connectionString());
  const queue = queues.getQueueClient("vigil-read-logs");
  await queue.createIfNotExists();
  for (const { message } of messages) await queue.sendMessage(Buffer.from(message).toString("base64"));
  await until("all messages in the poison queue", async () => (await queueCounts())?.poison === messages.length);
  expect(await fixture.get("/health")).toMatchObject({ status: 200, body: { status: "degraded" } });

  const received = await queues.getQueueClient("vigil-read-logs-poison").receiveMessages({ numberOfMessages: 32 });
  const poisoned = received.receivedMessageItems.map((item) => Buffer.from(item.messageText, "base64").toString());
  expect(poisoned.sort()).toEqual(messages.map(({ message }) => message).sort());

  const service = BlobServiceClient.fromConnectionString(fixture.azurite.connectionString());
  const letters = service.getContainerClient("vigil-dead-letters");
  const reasons: string[] = [];
  for await (const { name } of letters.listBlobsFlat({ prefix: "messages/vigil-read-logs/" })) {
    const letter = JSON.parse((await letters.getBlobClient(name).downloadToBuffer()).toString()) as { reason: string };
    reasons.push(letter.reason);
  }
  expect(messages.filter(({ reason }) => !reasons.some((each) => reason.test(each)))).toEqual([]);
});

test("two apps on one storage count each request once", async () => {
  const other = await startAppHost({ ...fixture.settings, AzureFunctionsWebHost__hostid: "another-host" });
  try {
    const before = (await overview("second")).lastHour.requests;
    const requestStartTime = startedNow();
    for (let counter = 10; counter < 30; counter++) {
      const text = `${blobRequest({ requestStartTime })}\n`;
      await fixture.file("second", { service: "blob", hour: new Date(), counter }, text);
    }
    await Promise.all([fixture.app.runTimer("PlanLogBlobs"), other.runTimer("PlanLogBlobs")]);
    await until("all blobs to be counted", async () => (await overview("second")).lastHour.requests >= before + 20);
    await until("nothing to wait", async () => (await queueCounts())?.waiting === 0);
    expect((await overview("second")).lastHour.requests).toBe(before + 20);
  } finally {
    await other.stop();
  }
});
