import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import type { BenchRow } from "../bench/bench-row.js";
import { connectionString, emulatorAccount } from "../local/storage-accounts.js";
import { startLoggedStorage } from "../bench/logged-storage.js";

const steadyMs = 15_000;
const outageMs = 30_000;
const callers = 8;
/** A caller rests this long between two requests: the outage must not be a busy loop of refused connections. */
const restMs = 20;
/** A request that began shortly before the outage or ended shortly after it belongs to it. */
const marginMs = 2_000;
const flushedMs = 15_000;
/**
 * A server that stops closes the connections that are idle, and the gateway passes that on. A request sent just then is
 * read by nobody (RFC 9112 §9.6), so nobody logs it: at most one per connection.
 */
const closingMs = 100;

interface Outcome {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Why it failed, in a word of the client's; undefined: it succeeded. */
  readonly failure: string | undefined;
}

/** Azurite is gone for 30 s under load and comes back: only requests of that time fail, and each one is in `$logs`. */
export async function soakOutage(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "vigil-outage-"));
  const storage = await startLoggedStorage(folder);
  try {
    const service = BlobServiceClient.fromConnectionString(connectionString(emulatorAccount, storage.storagePort), {
      retryOptions: { maxTries: 1 },
    });
    const container = service.getContainerClient("outage");
    await container.create();

    const outcomes: Outcome[] = [];
    const load = new AbortController();
    const calling = Promise.all(Array.from({ length: callers }, () => callUntil(load.signal, container, outcomes)));
    await sleep(steadyMs);
    const goneAt = performance.now();
    await storage.azurite.stop();
    await sleep(outageMs);
    await storage.azurite.start();
    const backAt = performance.now();
    await sleep(steadyMs);
    load.abort();
    await calling;
    await sleep(flushedMs);

    const seen = await idsInLogs(storage.azurite.connectionString());
    const duringOutage = ({ startedAt, endedAt }: Outcome) =>
      endedAt >= goneAt - marginMs && startedAt <= backAt + marginMs;
    const failedOutside = outcomes.filter((outcome) => outcome.failure !== undefined && !duringOutage(outcome)).length;
    const failedInside = outcomes.filter((outcome) => outcome.failure !== undefined && duringOutage(outcome)).length;
    const unlogged = outcomes.filter(({ id }) => seen.get(id) === undefined);
    const metClosing = ({ startedAt, failure }: Outcome) =>
      failure === "ECONNRESET" && startedAt >= goneAt && startedAt <= goneAt + closingMs;
    const missing = unlogged.filter((outcome) => !metClosing(outcome));
    for (const { id, startedAt, endedAt, failure = "succeeded" } of missing) {
      const [from, to] = [startedAt, endedAt].map((at) => `${((at - goneAt) / 1000).toFixed(3)} s`);
      console.error(`not in $logs: ${id}, ${failure}, from ${from} to ${to} after the stop`);
    }
    const closing = unlogged.length - missing.length;
    const repeated = outcomes.filter(({ id }) => (seen.get(id) ?? 0) > 1).length;
    return [
      count("requests sent around a 30 s outage", outcomes.length),
      count("failed during the outage", failedInside, failedInside > 0, "> 0"),
      count("failed outside of it", failedOutside, failedOutside === 0, "0"),
      count("met a connection that was being closed", closing, closing <= callers, `≤ ${callers}`),
      count("missing in $logs", missing.length, missing.length === 0, "0"),
      count("twice in $logs", repeated, repeated === 0, "0"),
    ];
  } finally {
    await storage.stop();
    await rm(folder, { recursive: true });
  }
}

async function callUntil(signal: AbortSignal, container: ContainerClient, outcomes: Outcome[]): Promise<void> {
  while (!signal.aborted) {
    const id = randomUUID();
    const startedAt = performance.now();
    const call = container.getBlockBlobClient(`id-${id}`).upload("x", 1);
    const failure = await call.then(
      () => undefined,
      (error: unknown) => String((error as { code?: unknown }).code ?? error),
    );
    outcomes.push({ id, startedAt, endedAt: performance.now(), failure });
    await sleep(restMs);
  }
}

/** How often each `id-…` of a blob's name stands in the request URLs of `$logs`. */
async function idsInLogs(connection: string): Promise<ReadonlyMap<string, number>> {
  const logs = BlobServiceClient.fromConnectionString(connection).getContainerClient("$logs");
  const seen = new Map<string, number>();
  for await (const { name } of logs.listBlobsFlat({ prefix: "blob/" })) {
    const text = (await logs.getBlobClient(name).downloadToBuffer()).toString();
    for (const [, id = ""] of text.matchAll(/"http[^"]*\/outage\/id-([0-9a-f-]{36})"/g)) {
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  }
  return seen;
}

const count = (name: string, value: number, pass?: boolean, budget = ""): BenchRow => ({
  name,
  value,
  unit: "",
  budget,
  pass,
});
