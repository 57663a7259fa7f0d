import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openStorage } from "../runtime/storage-clients.js";
import { LogRollUp } from "../storage-analytics/log-roll-up.js";
import { metricsTablesIn } from "../stores/metrics-tables/metrics-tables.azure.js";
import type { MetricsTables } from "../stores/metrics-tables/metrics-tables.js";
import { startAzurite, type Azurite } from "../testing/azurite.js";
import { ledgersInMemory } from "../testing/ledgers-in-memory.js";
import { sampleEntry, startTimeAt } from "../testing/metric-entries.js";
import { metricStoreInMemory } from "../testing/metric-store-in-memory.js";
import { publicationMarksInMemory } from "../testing/publication-marks-in-memory.js";
import { OpenLedgers } from "./open-ledgers.js";
import { publishHour } from "./publish-hour.js";

type Fault = "busy" | "answer-lost";

let azurite: Azurite;
let proxy: Server;
/** What becomes of the next requests that write, the first one first; then all pass. */
let faults: (Fault | undefined)[] = [];
let lost = 0;

beforeAll(async () => {
  azurite = await startAzurite();
  proxy = createServer((request, response) => {
    const fault = request.method === "GET" ? undefined : faults.shift();
    if (fault === "busy") {
      request.resume();
      const body = JSON.stringify({ "odata.error": { code: "ServerBusy", message: { lang: "en", value: "busy" } } });
      response.writeHead(503, { "content-type": "application/json", "x-ms-error-code": "ServerBusy" }).end(body);
      return;
    }
    const { method, url, headers } = request;
    const port = azurite.tablePort;
    const passed = httpRequest({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      if (fault === "answer-lost") {
        answer.resume().on("end", () => {
          lost += 1;
          response.destroy();
        });
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
});
afterAll(async () => {
  proxy.close();
  proxy.closeAllConnections();
  await azurite.stop();
});

/** The tables as the app opens them, behind the proxy. */
async function openTables(): Promise<MetricsTables> {
  const { port } = proxy.address() as AddressInfo;
  const value = azurite.connectionString().replace(/(TableEndpoint=http:\/\/127\.0\.0\.1:)\d+/, `$1${port}`);
  const clients = await openStorage({
    kind: "connection-string",
    name: "Test",
    value,
    accountName: "devstoreaccount1",
  });
  return metricsTablesIn((name) => clients.table(name));
}

const hourMs = 3_600_000;
const on = { enabled: true, includeApis: true };

describe("rows are right, and each request is in them once, when the table service", () => {
  test.each<{ title: string; faults: typeof faults }>([
    { title: "is busy now and then", faults: [undefined, "busy", undefined, "busy", "busy"] },
    { title: "loses answers to writes that it has done", faults: ["answer-lost", undefined, "answer-lost"] },
    { title: "does both", faults: ["busy", "answer-lost", undefined, "answer-lost", "busy"] },
    {
      title: "is busy for longer than a call tries: the message comes again",
      faults: Array(9).fill("busy") as Fault[],
    },
  ])("$title", async ({ title, faults: given }) => {
    // an hour of its own for each
    const hour = Date.UTC(2026, 0, 1) / hourMs + title.length;
    const ledgers = ledgersInMemory();
    const rollUp = new LogRollUp("blob");
    for (let index = 0; index < 6; index++) {
      const about = { requestIdHeader: `${index}`, operationType: index % 2 === 0 ? "GetBlob" : "PutBlob" };
      rollUp.addEntry(sampleEntry({ ...about, requestStartTime: startTimeAt(hour * hourMs + index * 20_000) }));
    }
    const [part] = rollUp.parts();
    if (part === undefined) throw new Error("there is a part");
    const name = { account: "acc", service: "blob", hour } as const;
    const record = { source: "log", cells: [...part.cells.cells()], ids: part.ids.toSortedBytes() };
    await new OpenLedgers(ledgers).append(name, () => Promise.resolve([record]));

    const stores = { marks: publicationMarksInMemory(), tables: await openTables(), metrics: metricStoreInMemory() };
    const target = { resourceId: "/subscriptions/s", namespace: "n" };
    const settings = { hourMetrics: on, minuteMetrics: on, withSystem: false, whole: false, hourRows: true };
    const deliver = () =>
      publishHour({ ...stores, ledgers: new OpenLedgers(ledgers) }, { ...name, target, ...settings });
    faults = [...given];
    const lostBefore = lost;
    for (let delivery = 1; ; delivery++) {
      try {
        await deliver();
        break;
      } catch (error) {
        if (delivery === 5) throw error;
      }
    }
    expect(lost - lostBefore).toBe(given.filter((fault) => fault === "answer-lost").length);
    for (const level of ["Minute", "Hour"] as const) {
      const table = { kind: "transactions", level, location: "Primary", service: "blob" } as const;
      const key = (time: number): string => new Date(time).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
      const rows = await stores.tables.read(table, key(hour * hourMs), key((hour + 1) * hourMs - 1));
      const sum = (rowKey: string): number =>
        rows
          .filter((row) => row.rowKey === rowKey)
          .reduce((all, { columns }) => all + (columns["TotalRequests"] ?? 0), 0);
      expect([sum("user;All"), sum("user;GetBlob"), sum("user;PutBlob")], level).toEqual([6, 3, 3]);
    }
  });
});
