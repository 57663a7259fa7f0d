import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";

import { isUnavailable } from "../http/fault.js";
import { openStorage, type StorageClients } from "./storage-clients.js";

const limits = { answerMs: 150, progressMs: 150 };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** The clients of a storage that answers as it is told; `tries` counts the requests. */
async function storageThat(
  answers: (response: ServerResponse, attempt: number) => void,
): Promise<{ readonly clients: StorageClients; readonly tries: () => number }> {
  let tries = 0;
  const started = createServer((request, response) => {
    request.resume();
    answers(response, ++tries);
  });
  server = started;
  await once(started.listen(0, "127.0.0.1"), "listening");
  const { port } = started.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/one`;
  const endpoints = `BlobEndpoint=${url};QueueEndpoint=${url};TableEndpoint=${url}`;
  const value = `DefaultEndpointsProtocol=http;AccountName=one;AccountKey=${Buffer.from("key").toString("base64")};${endpoints}`;
  const clients = await openStorage({ kind: "connection-string", name: "One", value, accountName: "one" }, limits);
  return { clients, tries: () => tries };
}

const download = async ({ blobs }: StorageClients): Promise<Buffer> => {
  const { readableStreamBody } = await blobs.getContainerClient("a").getBlobClient("b").download();
  return await buffer(readableStreamBody as NodeJS.ReadableStream);
};

const calls: Record<string, (clients: StorageClients) => Promise<unknown>> = {
  blob: download,
  queue: ({ queues }) => queues.getQueueClient("q").getProperties(),
  table: (clients) => clients.table("t").getEntity("p", "r"),
};

describe("storage that never answers is given up after three tries", () => {
  test.each(Object.entries(calls))("%s", async (_, call) => {
    const { clients, tries } = await storageThat(() => undefined);
    const error: unknown = await call(clients).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: "ETIMEDOUT", message: "storage kept silent for 150 ms" });
    expect(isUnavailable(error)).toBe(true);
    expect(tries()).toBe(3);
  });

  test("a caller's own signal ends it at once", async () => {
    // while the first try waits, however long that took to arrive
    const caller = new AbortController();
    const { clients, tries } = await storageThat(() => {
      caller.abort();
    });
    const call = clients.blobs.getContainerClient("a").exists({ abortSignal: caller.signal });
    await expect(call).rejects.toThrow(/abort/);
    expect(tries()).toBe(1);
  });
});

const head = { "content-length": "10", etag: '"1"', "last-modified": new Date(0).toUTCString() };

test("a try that keeps silent is followed by one that answers", async () => {
  const { clients } = await storageThat((response, attempt) => {
    if (attempt > 1) response.writeHead(200, head).end("0123456789");
  });
  expect((await download(clients)).toString()).toBe("0123456789");
});

test("a body that comes slowly is read to its end, however long it takes", async () => {
  const { clients } = await storageThat((response) => {
    response.writeHead(200, head);
    let sent = 0;
    const timer = setInterval(() => {
      response.write(String(sent));
      if (++sent < 10) return;
      clearInterval(timer);
      response.end();
    }, 40);
  });
  const startedAt = performance.now();
  expect((await download(clients)).toString()).toBe("0123456789");
  expect(performance.now() - startedAt).toBeGreaterThan(2 * limits.progressMs);
});

test("a body that stops coming fails", async () => {
  const { clients } = await storageThat((response) => {
    response.writeHead(200, head).write("01234");
  });
  const error: unknown = await download(clients).catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: "ETIMEDOUT", message: "storage kept silent for 150 ms" });
  expect(isUnavailable(error)).toBe(true);
});
