import { afterAll, beforeAll, expect, test } from "vitest";
import { startAzurite, type Azurite } from "../../../shared/testing/azurite.js";
import { connectClients } from "./clients.js";
import { SentRequests } from "./sent.js";
import { runWorkload } from "./workload.js";

let azurite: Azurite;
beforeAll(async () => (azurite = await startAzurite()));
afterAll(() => azurite.stop());

async function run(seed: number, name: string) {
  const sent = new SentRequests();
  const [account] = azurite.accounts;
  if (account === undefined) throw new Error("Azurite has no account");
  const clients = connectClients({ account, ports: [azurite.blobPort, azurite.queuePort, azurite.tablePort] }, sent);
  await runWorkload(clients, sent, { seed, steps: 250, name, progress: () => undefined });
  return sent.all;
}

test("the same seed sends the same requests, each with an id of its own", async () => {
  const first = await run(7, "first");
  const second = await run(7, "second");
  const shape = (requests: typeof first) => requests.map(({ operation, httpStatus }) => `${operation} ${httpStatus}`);
  expect(shape(second)).toEqual(shape(first));
  expect(new Set(first.map(({ clientRequestId }) => clientRequestId)).size).toBe(first.length);
});

test("the mix holds all three services, success and failure, and what Azure does not log", async () => {
  const sent = await run(1, "third");
  expect(new Set(sent.map(({ service }) => service))).toEqual(new Set(["blob", "queue", "table"]));
  for (const status of [200, 201, 202, 204, 206, 304, 403, 404, 409, 412]) {
    expect(sent.map(({ httpStatus }) => httpStatus)).toContain(status);
  }
  expect(sent.some(({ logged }) => !logged)).toBe(true);
});
