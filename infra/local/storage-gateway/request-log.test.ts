import { type RequestOptions, createServer, request as forward } from "node:http";
import { type AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  analyticsPermitBlob,
  analyticsPermitContainer,
  formatAnalyticsPermit,
} from "../../../shared/storage-analytics/analytics-permit.js";
import {
  gatewayMarkBlob,
  gatewayMarkContainer,
  parseGatewayMark,
} from "../../../shared/storage-analytics/gateway-mark.js";
import { logContainer } from "../../../shared/storage-analytics/log-blob.js";
import { type Service } from "../../../shared/storage-analytics/log-entry.js";
import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { type StorageAccount } from "../storage-accounts.js";
import { type ExchangeSample, sampleExchange } from "./exchange-sample.js";
import {
  blobServiceOf,
  endpointsOf,
  everything,
  logBlobsOf,
  logLinesOf,
  nothing,
  openTestLog,
  setLogging,
  until,
} from "./log-harness.js";
import { settingsPollMs } from "./logging-settings.js";
import { type RequestLog, type RequestLogOptions } from "./request-log.js";

/** One account for each test, so that none finds what another one wrote. */
const accounts: readonly StorageAccount[] = Array.from({ length: 32 }, (_, index) => ({
  name: `account${index}`,
  key: Buffer.from(`key of account ${index}`).toString("base64"),
}));

let azurite: Azurite;
let dataFolder: string;
let used = 0;
const logs: RequestLog[] = [];

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), "request-log-"));
  azurite = await startAzurite({ accounts, dataFolder });
});
afterEach(async () => {
  await azurite.start();
  await Promise.all(logs.splice(0).map((log) => log.stop({ deadlineMs: 0 })));
});
afterAll(async () => {
  await azurite.stop();
  await rm(dataFolder, { recursive: true });
});

/** An account that nobody has used, logged as given for all services. */
async function freshAccount(logging = everything): Promise<StorageAccount> {
  const account = accounts[used++];
  if (account === undefined) throw new Error("more tests than accounts: make the list longer");
  for (const service of ["blob", "queue", "table"] as const) await setLogging(azurite, service, logging, account.name);
  return account;
}

function startLog(account: StorageAccount, options: Partial<RequestLogOptions> = {}): RequestLog {
  const quick = { settingsIntervalMs: 500, markIntervalMs: 200 };
  const log = openTestLog(azurite, { accounts: [account], stateAccount: account, ...quick, ...options });
  logs.push(log);
  log.start();
  return log;
}

const at = (time: string): number => Date.parse(`2026-11-24T${time}Z`);

/** A Get Blob of the account. */
const get = (account: StorageAccount, name: string, more: ExchangeSample = {}) =>
  sampleExchange({ target: `/${account.name}/c/${name}`, ...more });

/** Object keys below the account, in the order of the log. */
async function keysOf(account: StorageAccount): Promise<readonly string[]> {
  const lines = await logLinesOf(azurite, account.name);
  return lines.map((line) => new RegExp(`";"/${account.name}/c/([^"]*)"`).exec(line)?.[1] ?? line);
}

const namesOf = async (account: StorageAccount): Promise<readonly string[]> =>
  (await logBlobsOf(azurite, account.name)).map(({ name }) => name);

async function markOf(account: StorageAccount, service: Service = "blob") {
  const blob = blobServiceOf(azurite, account.name)
    .getContainerClient(gatewayMarkContainer)
    .getBlobClient(gatewayMarkBlob(account.name, service));
  if (!(await blob.exists())) return undefined;
  return parseGatewayMark(JSON.parse((await blob.downloadToBuffer()).toString()));
}

describe("log blobs", () => {
  test("are filed, named and described as Azure does it", async () => {
    const account = await freshAccount();
    await setLogging(azurite, "blob", { ...everything, version: "2.0" }, account.name);
    const log = startLog(account);
    const [startedAt, endedAt] = [at("13:57:00.5"), at("14:02:00")];
    log.record(get(account, "long", { startedAt, endedAt }));
    log.record(get(account, "short", { startedAt: at("14:00:01"), endedAt: at("14:00:02"), method: "DELETE" }));
    log.record(get(account, "earlier", { startedAt: at("13:59:00"), endedAt: at("13:59:59.999"), method: "PUT" }));
    log.record(sampleExchange({ service: "table", target: `/${account.name}/t()`, endedAt: at("14:00:00") }));
    await log.flush();
    const metadata = (LogType: string, StartTime: string, EndTime: string, LogVersion = "2.0") => ({
      ...{ LogType, StartTime: `2026-11-24T${StartTime}Z`, EndTime: `2026-11-24T${EndTime}Z`, LogVersion },
    });
    const blobs = await logBlobsOf(azurite, account.name);
    expect(blobs.map(({ name, metadata, lines }) => [name, metadata, lines.length])).toEqual([
      ["blob/2026/11/24/1300/000000.log", metadata("write", "13:59:00", "13:59:00"), 1],
      // by the hour in which they ended, though the metadata tells when they started
      ["blob/2026/11/24/1400/000000.log", metadata("read,delete", "13:57:00", "14:00:01"), 2],
      ["table/2026/11/24/1400/000000.log", metadata("read", "08:30:00", "08:30:00", "1.0"), 1],
    ]);
    const list = blobServiceOf(azurite, account.name).getContainerClient(logContainer).listBlobsFlat();
    for await (const { properties } of list) {
      expect(properties).toMatchObject({ blobType: "BlockBlob", contentType: "text/plain" });
    }
  });

  test("once written never change: each flush makes another one", async () => {
    const account = await freshAccount();
    const log = startLog(account);
    const seen: string[] = [];
    for (const name of ["one", "two", "three"]) {
      log.record(get(account, name));
      await log.flush();
      const blobs = await logBlobsOf(azurite, account.name);
      expect(blobs.map(({ etag }) => etag).slice(0, -1)).toEqual(seen);
      seen.push(blobs.at(-1)?.etag ?? "");
    }
    await log.flush();
    expect(await namesOf(account)).toEqual([0, 1, 2].map((n) => `blob/2026/11/24/0800/00000${n}.log`));
  });

  test("of two versions never share a blob", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 3_600 });
    log.record(get(account, "old"));
    await until(log.status, ([blob]) => blob?.buffered === 1);
    await setLogging(azurite, "blob", { ...everything, version: "2.0" }, account.name);
    await until(log.status, ([blob]) => blob?.settings?.version === "2.0");
    log.record(get(account, "new"));
    await log.flush();
    const blobs = await logBlobsOf(azurite, account.name);
    expect(blobs.map(({ metadata, lines }) => [metadata.LogVersion, lines.length])).toEqual([
      ["1.0", 1],
      ["2.0", 1],
    ]);
  });

  test("are numbered on after a restart, and the name of a deleted last one is used again", async () => {
    const account = await freshAccount();
    const container = blobServiceOf(azurite, account.name).getContainerClient(logContainer);
    const write = async (name: string): Promise<void> => {
      const log = startLog(account);
      log.record(get(account, name));
      await log.stop({ deadlineMs: 5_000 });
    };
    for (const name of ["a", "b", "c"]) await write(name);
    await container.deleteBlob("blob/2026/11/24/0800/000002.log");
    await write("d");
    await container.deleteBlob("blob/2026/11/24/0800/000000.log");
    await write("e");
    expect(await namesOf(account)).toEqual([1, 2, 3].map((n) => `blob/2026/11/24/0800/00000${n}.log`));
    expect(await keysOf(account)).toEqual(["b", "d", "e"]);
  });

  test("of two writers never overwrite each other", async () => {
    const account = await freshAccount();
    const writers = [startLog(account), startLog(account)];
    for (let round = 0; round < 5; round++) {
      for (const [writer, log] of writers.entries()) log.record(get(account, `${writer}-${round}`));
      await Promise.all(writers.map((log) => log.flush()));
    }
    const expected = [0, 1].flatMap((writer) => [0, 1, 2, 3, 4].map((round) => `${writer}-${round}`));
    expect([...(await keysOf(account))].sort()).toEqual(expected);
    expect(await namesOf(account)).toHaveLength(10);
  });

  test("are written before their time when they are large", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 3_600 });
    const requestHeaders = { "User-Agent": "a".repeat(8_000) };
    for (let index = 0; index < 700; index++) log.record(get(account, `${index}`, { requestHeaders }));
    await until(
      () => namesOf(account),
      (names) => names.length === 1,
    );
    expect(log.status()[0]?.buffered).toBeGreaterThan(0);
  });

  test("are written within the flush interval without anybody asking", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 1 });
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    const begun = performance.now();
    log.record(get(account, "x"));
    await until(
      () => keysOf(account),
      (keys) => keys.length === 1,
    );
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("go to a $logs that is made again when somebody got rid of it", async () => {
    const account = await freshAccount();
    const log = startLog(account);
    log.record(get(account, "before"));
    await log.flush();
    await blobServiceOf(azurite, account.name).deleteContainer(logContainer);
    log.record(get(account, "after"));
    await log.flush();
    expect(await keysOf(account)).toEqual(["after"]);
  });
});

describe("settings", () => {
  const hasLogs = (account: StorageAccount): Promise<boolean> =>
    blobServiceOf(azurite, account.name).getContainerClient(logContainer).exists();

  test("that log nothing make no $logs", async () => {
    const account = await freshAccount(nothing);
    const log = startLog(account);
    log.record(get(account, "x"));
    await log.flush();
    expect(log.status()[0]).toMatchObject({ buffered: 0, lost: 0, settings: { read: false } });
    expect(await hasLogs(account)).toBe(false);
  });

  test("that log anything make it before there is anything to log", async () => {
    const account = await freshAccount(nothing);
    await setLogging(azurite, "queue", { ...nothing, deleteProperty: true }, account.name);
    startLog(account);
    await until(
      () => hasLogs(account),
      (exists) => exists,
    );
  });

  test("are each service's own, and each kind's", async () => {
    const account = await freshAccount(nothing);
    await setLogging(azurite, "queue", { ...nothing, write: true }, account.name);
    const log = startLog(account);
    for (const service of ["blob", "queue"] as const) {
      for (const method of ["GET", "PUT", "DELETE"]) {
        log.record(sampleExchange({ service, method, target: `/${account.name}/x` }));
      }
    }
    await log.flush();
    const lines = await logLinesOf(azurite, account.name);
    expect(lines.map((line) => line.split(";")[2])).toEqual(["CreateQueue"]);
  });

  test("that are changed past the gateway are picked up within 5 s", async () => {
    const account = await freshAccount(nothing);
    const log = startLog(account, { settingsIntervalMs: settingsPollMs });
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    await setLogging(azurite, "blob", everything, account.name);
    await until(log.status, ([blob]) => blob?.settings?.read === true, 5_000);
  });

  test("that pass by hold for exactly the requests that follow", async () => {
    const account = await freshAccount(nothing);
    const log = startLog(account);
    log.record(get(account, "before"));
    await log.flush();
    await setLogging(azurite, "blob", everything, account.name);
    const target = `/${account.name}?restype=service&comp=properties`;
    log.record(sampleExchange({ method: "PUT", target, status: 202 }));
    log.record(get(account, "after"));
    await log.flush();
    await until(
      () => keysOf(account),
      (keys) => keys.length > 0,
    );
    expect(await keysOf(account)).toEqual(["after"]);
  });

  test("are kept as last known while storage is down", async () => {
    const account = await freshAccount();
    const log = startLog(account);
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    await azurite.stop();
    log.record(get(account, "x"));
    await until(log.status, ([blob]) => blob?.buffered === 1);
    await azurite.start();
    await log.flush();
    expect(await keysOf(account)).toEqual(["x"]);
  });
});

describe("while storage does not take the log", () => {
  const names = Array.from({ length: 500 }, (_, index) => `n${index}`);

  test("entries wait, and stand there once when it is back", async () => {
    const account = await freshAccount();
    const reports: string[] = [];
    const log = startLog(account, { flushSeconds: 0.2, report: (message) => reports.push(message) });
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    await azurite.stop();
    for (const name of names.slice(0, 250)) log.record(get(account, name));
    await until(
      () => reports,
      (messages) => messages.some((message) => message.startsWith("storage refuses the blob log")),
    );
    for (const name of names.slice(250)) log.record(get(account, name));
    await azurite.start();
    await until(
      () => keysOf(account),
      (keys) => keys.length >= names.length,
    );
    await log.flush();
    expect([...(await keysOf(account))].sort()).toEqual([...names].sort());
    expect(reports).toContain("storage takes the blob log again");
  });

  test("entries wait even if it never answered before", async () => {
    const account = await freshAccount();
    await azurite.stop();
    const log = startLog(account, { flushSeconds: 0.2 });
    log.record(get(account, "x"));
    await until(log.status, ([blob]) => blob?.buffered === 1);
    await azurite.start();
    await until(
      () => keysOf(account),
      (keys) => keys.length === 1,
    );
  });

  test("what finds no room is counted as lost, and what was accepted is not given up for it", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 0.2, bufferBytes: 200_000 });
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    await azurite.stop();
    for (const name of names) {
      log.record(get(account, name));
      if (name.endsWith("00")) await until(log.status, () => true);
    }
    expect(log.status()[0]?.lost).toBeGreaterThan(0);
    await azurite.start();
    await until(log.status, ([blob]) => blob?.buffered === 0);
    await log.flush();
    const kept = await keysOf(account);
    expect(kept).toEqual(names.slice(0, kept.length));
    expect(kept.length + (log.status()[0]?.lost ?? 0)).toBe(names.length);
    await log.stop({ deadlineMs: 5_000 });
    expect((await markOf(account))?.lost).toBe(names.length - kept.length);
  });

  test("stopping gives up at its deadline", async () => {
    const account = await freshAccount();
    const log = startLog(account);
    await until(log.status, ([blob]) => blob?.settings !== undefined);
    await azurite.stop();
    log.record(get(account, "x"));
    const begun = performance.now();
    await log.stop({ deadlineMs: 500 });
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  test("a blob whose reply was lost is not written again", async () => {
    const account = await freshAccount();
    // lets each log blob through to the emulator, and hangs up instead of answering the first time
    const swallowed = new Set<string>();
    const proxy = createServer((incoming, outgoing) => {
      const { method, url: path = "", headers } = incoming;
      const options: RequestOptions = { port: azurite.blobPort, method, path, headers, agent: false };
      const onward = forward({ ...options }, (answer) => {
        if (method === "PUT" && path.includes(".log") && !swallowed.has(path)) {
          swallowed.add(path);
          answer.resume().on("end", () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    });
    await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
    try {
      const { port } = proxy.address() as AddressInfo;
      const log = startLog(account, { azurite: { ...endpointsOf(azurite), blob: `http://127.0.0.1:${port}` } });
      for (const name of ["a", "b", "c"]) {
        log.record(get(account, name));
        await log.flush();
      }
      expect(swallowed.size).toBe(3);
      expect(await keysOf(account)).toEqual(["a", "b", "c"]);
      expect(await namesOf(account)).toHaveLength(3);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe("an account whose analytics has reached its limit", () => {
  const permit = async (account: StorageAccount, write: boolean): Promise<void> => {
    const container = blobServiceOf(azurite, account.name).getContainerClient(analyticsPermitContainer);
    await container.createIfNotExists();
    const text = formatAnalyticsPermit({ write, since: new Date().toISOString() });
    await container.getBlockBlobClient(analyticsPermitBlob(account.name)).upload(text, text.length);
  };

  test("gets no more entries, which are counted as lost, until there is space; what was taken before is written", async () => {
    const account = await freshAccount();
    const said: string[] = [];
    const log = startLog(account, { settingsIntervalMs: 50, report: (message) => said.push(message) });
    log.record(get(account, "before"));
    await log.flush();
    await permit(account, false);
    await until(
      () => said,
      (all) => all.some((message) => message.includes("has reached its limit")),
    );
    log.record(get(account, "meanwhile"));
    log.record(sampleExchange({ service: "queue", target: `/${account.name}/q` }));
    await log.flush();
    await until(
      () => log.status().map(({ service, lost, buffered }) => `${service} ${lost} ${buffered}`),
      (all) => all.join() === "blob 1 0,queue 1 0,table 0 0",
    );
    await permit(account, true);
    await until(
      () => said,
      (all) => all.some((message) => message.includes("there is space again")),
    );
    log.record(get(account, "after"));
    await log.flush();
    expect(await keysOf(account)).toEqual(["before", "after"]);
  });
});

describe("recording", () => {
  test("an exchange that cannot be described costs one entry, not the gateway", async () => {
    const account = await freshAccount();
    const reports: string[] = [];
    const log = startLog(account, { report: (message) => reports.push(message) });
    log.record(get(account, "broken", { startedAt: NaN }));
    log.record(get(account, "sound"));
    await log.flush();
    expect(await keysOf(account)).toEqual(["sound"]);
    expect(log.status()[0]?.lost).toBe(1);
    expect(reports).toEqual([`writing a blob request into the log of ${account.name}`]);
  });

  test("an account that storage does not know has no log", async () => {
    const account = await freshAccount();
    const log = startLog(account);
    log.record(sampleExchange({ target: "/nobody/c/b" }));
    await log.flush();
    expect(await logBlobsOf(azurite, account.name)).toEqual([]);
    expect(log.status().map(({ lost, buffered }) => lost + buffered)).toEqual([0, 0, 0]);
  });

  test("each account has its own $logs", async () => {
    const [one, two] = [await freshAccount(), await freshAccount()];
    const log = startLog(one, { accounts: [one, two] });
    log.record(get(one, "of one"));
    log.record(get(two, "of two"));
    await log.flush();
    expect([await keysOf(one), await keysOf(two)]).toEqual([["of one"], ["of two"]]);
  });
});

describe("gateway marks", () => {
  test("say up to when the log is written, and go on while nothing happens", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 0.2 });
    const first = await until(
      () => markOf(account),
      (mark) => mark !== undefined,
    );
    expect(first).toMatchObject({ buffered: 0, lost: 0 });
    const later = await until(
      () => markOf(account),
      (mark) => mark?.flushedUpTo !== first?.flushedUpTo,
    );
    expect(Date.parse(later?.flushedUpTo ?? "")).toBeGreaterThan(Date.parse(first?.flushedUpTo ?? ""));
    expect(Date.now() - Date.parse(later?.flushedUpTo ?? "")).toBeLessThan(5_000);
    expect(log.status()).toHaveLength(3);
  });

  test("never run ahead of an entry that is not in $logs", async () => {
    const account = await freshAccount();
    const log = startLog(account, { flushSeconds: 3_600 });
    const endedAt = Date.now() - 60_000;
    log.record(get(account, "waits", { startedAt: endedAt - 1, endedAt }));
    const mark = await until(
      () => markOf(account),
      (read) => read?.buffered === 1,
    );
    expect(mark?.flushedUpTo).toBe(new Date(endedAt).toISOString());
    expect(await keysOf(account)).toEqual([]);
    await log.stop({ deadlineMs: 5_000 });
    const last = await markOf(account);
    expect(last?.buffered).toBe(0);
    expect(Date.parse(last?.flushedUpTo ?? "")).toBeGreaterThan(endedAt);
  });

  test("keep the totals of earlier processes, under the service that the log's own requests go to", async () => {
    const account = await freshAccount();
    const run = async (): Promise<void> => {
      const log = startLog(account);
      log.record(get(account, "x"));
      log.record(sampleExchange({ service: "queue", target: `/${account.name}/q` }));
      await log.stop({ deadlineMs: 5_000 });
    };
    await run();
    const first = await markOf(account);
    await run();
    const second = await markOf(account);
    const blobs = await logBlobsOf(azurite, account.name);
    const bytes = blobs.flatMap(({ lines }) => lines).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    expect(second?.ownBytes).toBe(bytes);
    expect(second?.ownBytes).toBe(2 * (first?.ownBytes ?? 0));
    expect(second?.ownRequests).toBeGreaterThan(first?.ownRequests ?? Infinity);
    expect(await markOf(account, "queue")).toMatchObject({ ownRequests: 0, ownBytes: 0 });
  });
});
