import { resolve } from "node:path";

import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Azurite, startAzurite } from "../../../shared/testing/azurite.js";
import { eventually, type HostProcess, startHostProcess } from "../../../shared/testing/functions-host.js";

const appFolder = resolve(import.meta.dirname, "testdata/timer-app");

type Fired = {
  readonly at: number;
  readonly metadata: unknown;
  readonly timer: {
    readonly schedule: { readonly adjustForDST: boolean };
    readonly scheduleStatus: { readonly last: string; readonly next: string; readonly lastUpdated: string } | null;
    readonly isPastDue: boolean;
  };
};

function fired(host: HostProcess): Fired[] {
  return [...host.output().matchAll(/Function\.clock\.User: fired (.*)/g)].map(
    ([, text = ""]) => JSON.parse(text) as Fired,
  );
}
const firstFired = (host: HostProcess): Promise<Fired> => eventually("the timer fires", () => fired(host)[0]);

/** Time enough for several hosts to start side by side on a busy machine. */
const startingMs = 8_000;

/** Once an hour, at the second that lies `ms` from now: rare enough for a schedule monitor. */
function hourlyIn(ms: number): { schedule: string; slot: Date } {
  const slot = new Date(Math.ceil((Date.now() + ms) / 1_000) * 1_000);
  return { schedule: `${slot.getUTCSeconds()} ${slot.getUTCMinutes()} * * * *`, slot };
}
const iso = (time: number): string => new Date(time).toISOString().replace(/(\.000)?Z$/, "+00:00");
const hour = 3_600_000;
const never = "0001-01-01T00:00:00+00:00";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

let nextId = 0;
/** A host id of its own keeps the tests apart on one storage. */
const newHostId = (): string => `timer-test-${nextId++}`;

const start = (hostId: string, environment: Readonly<Record<string, string>>): Promise<HostProcess> =>
  startHostProcess({
    appFolder,
    storage: azurite.connectionString(),
    environment,
    options: ["--host-id", hostId, "--timer-lease-seconds", "15"],
  });

function statusBlob(hostId: string) {
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString()).getContainerClient(
    "azure-webjobs-hosts",
  );
  const blob = container.getBlockBlobClient(`timers/${hostId}/Host.Functions.clock/status`);
  return {
    read: (): Promise<{ Last: string; Next: string; LastUpdated: string } | undefined> =>
      // undefined while there is none, and for a read that falls into an overwrite
      blob
        .downloadToBuffer()
        .then((bytes) => JSON.parse(bytes.toString()) as { Last: string; Next: string; LastUpdated: string })
        .catch(() => undefined),
    write: async (status: object) => {
      await container.createIfNotExists();
      const text = JSON.stringify(status);
      await blob.upload(text, text.length);
    },
  };
}

// mostly waiting: the tests have host ids of their own, and run side by side
describe.concurrent("timer functions", { timeout: 60_000 }, () => {
  test("§7.4: the first start writes the next occurrence, and a slot is served with the state before it", async () => {
    const hostId = newHostId();
    const { schedule, slot } = hourlyIn(startingMs);
    const host = await start(hostId, { SCHEDULE: schedule });
    const before = await eventually("the status is written", () => statusBlob(hostId).read());
    expect(before).toMatchObject({ Last: never, Next: iso(slot.getTime()) });
    const { timer, at, metadata } = await firstFired(host);
    expect(at - slot.getTime()).toBeGreaterThanOrEqual(-5);
    expect(at - slot.getTime()).toBeLessThan(1_000);
    expect(timer).toMatchObject({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: { last: never, next: iso(slot.getTime()) },
    });
    expect(metadata).toBeNull();
    const after = await eventually("the status moves on", async () => {
      const status = await statusBlob(hostId).read();
      return status?.Last !== never && status;
    });
    expect(Date.parse(after.Last)).toBeGreaterThanOrEqual(slot.getTime());
    expect(after.Next).toBe(iso(slot.getTime() + hour));
    await host.stop();
    expect(fired(host)).toHaveLength(1);
  });

  test("§7.4: of all slots missed while it was down one is made up for, as past due", async () => {
    const hostId = newHostId();
    const { schedule, slot } = hourlyIn(30_000);
    const last = slot.getTime() - 6 * hour;
    await statusBlob(hostId).write({ Last: iso(last), Next: iso(last + hour), LastUpdated: iso(last) });
    const host = await start(hostId, { SCHEDULE: schedule, RUN_ON_STARTUP: "true" });
    const { timer } = await firstFired(host);
    expect(timer).toMatchObject({ isPastDue: true, scheduleStatus: { last: iso(last), next: iso(last + hour) } });
    const status = await eventually("the status moves on", async () => {
      const found = await statusBlob(hostId).read();
      return found?.Next === iso(slot.getTime()) && found;
    });
    expect(Date.now() - Date.parse(status.Last)).toBeLessThan(10_000);
    await host.stop();
    expect(fired(host)).toHaveLength(1);
  });

  test.each([
    {
      what: "a schedule that changed while down starts afresh, without a run",
      status: (slot: number) => ({ Last: iso(slot - 3 * hour), Next: iso(slot - 2.5 * hour), LastUpdated: iso(slot) }),
      expected: { Last: never },
    },
    {
      what: "a status of the real host (seven digits, no offset at 0001) is read as the same schedule",
      status: (slot: number) => ({
        Last: "0001-01-01T00:00:00",
        Next: new Date(slot).toISOString().replace(".000Z", ".0000000+00:00"),
        LastUpdated: new Date(slot - 1_000).toISOString().replace("Z", "0000+00:00"),
      }),
      expected: { Last: "0001-01-01T00:00:00" },
    },
    { what: "a blob that is no status counts as none", status: () => ({ other: 1 }), expected: { Last: never } },
  ])("§7.4: $what", async ({ status, expected }) => {
    const hostId = newHostId();
    const { schedule, slot } = hourlyIn(40_000);
    await statusBlob(hostId).write(status(slot.getTime()));
    const host = await start(hostId, { SCHEDULE: schedule });
    const found = await eventually("the status is right", async () => {
      const read = await statusBlob(hostId).read();
      return read?.Next !== undefined && Date.parse(read.Next) === slot.getTime() && read;
    });
    expect(found).toMatchObject(expected);
    await host.stop();
    expect(fired(host)).toEqual([]);
  });

  test("§7.4: runOnStartup runs once at start, and the coming slot is not lost by it", async () => {
    const hostId = newHostId();
    const { schedule, slot } = hourlyIn(startingMs);
    const host = await start(hostId, { SCHEDULE: schedule, RUN_ON_STARTUP: "true" });
    expect((await firstFired(host)).timer.isPastDue).toBe(false);
    const second = await eventually("the slot is served", () => fired(host)[1]);
    expect(second.at).toBeGreaterThanOrEqual(slot.getTime() - 5);
    await host.stop();
  });

  test("§7.5: without a monitor there is no status, in the handler or in storage", async () => {
    const hostId = newHostId();
    const { schedule } = hourlyIn(startingMs);
    const host = await start(hostId, { SCHEDULE: schedule, USE_MONITOR: "false" });
    expect((await firstFired(host)).timer.scheduleStatus).toBeNull();
    expect(await statusBlob(hostId).read()).toBeUndefined();
    await host.stop();
  });

  test("§7.2, §7.5: a TimeSpan counts from the start, and is not adjusted for DST", async () => {
    const host = await start(newHostId(), { SCHEDULE: "00:00:02" });
    expect((await firstFired(host)).timer.schedule.adjustForDST).toBe(false);
    await host.stop();
  });

  test("§7.4: a timer whose function fails goes on, one run at a time, and slots during a run are dropped", async () => {
    const host = await start(newHostId(), { SCHEDULE: "* * * * * *", FAIL: "true", RUN_MS: "1500" });
    const runs = await eventually("it ran three times", () => fired(host).length >= 3 && fired(host));
    await host.stop();
    for (const [index, run] of runs.slice(1).entries()) {
      const gap = run.at - (runs[index]?.at ?? 0);
      expect(gap).toBeGreaterThan(1_450);
      expect(gap).toBeLessThan(2_600);
    }
    expect(host.output()).toContain("the timer failed");
  });

  test("§7.4: a run longer than its interval is followed by exactly one at once, not past due", async () => {
    const hostId = newHostId();
    const host = await start(hostId, { SCHEDULE: "00:01:00", RUN_MS: "1" });
    await eventually("the status is written", () => statusBlob(hostId).read());
    await host.stop();
    // as if the slot that was served had begun more than an interval ago
    const last = Date.now() - 61_000;
    await statusBlob(hostId).write({ Last: iso(last - 1), Next: iso(last + 59_999), LastUpdated: iso(last) });
    const second = await start(hostId, { SCHEDULE: "00:01:00" });
    expect((await firstFired(second)).timer.isPastDue).toBe(true);
    await second.stop();
    expect(fired(second)).toHaveLength(1);
  });

  test("§7.4: run by hand, it fires and leaves the status alone", async () => {
    const hostId = newHostId();
    const { schedule } = hourlyIn(60_000);
    const host = await start(hostId, { SCHEDULE: schedule });
    const before = await eventually("the status is written", () => statusBlob(hostId).read());
    const answer = await fetch(`${host.url}/admin/functions/clock`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(202);
    await firstFired(host);
    expect(await statusBlob(hostId).read()).toEqual(before);
    await host.stop();
  });

  test("§7.3: schedules follow TZ", async () => {
    const { slot } = hourlyIn(startingMs);
    const local = new Date(slot.getTime() + 5.75 * hour); // Kathmandu has UTC+5:45 all year
    const schedule = `${local.getUTCSeconds()} ${local.getUTCMinutes()} ${local.getUTCHours()} * * *`;
    const host = await start(newHostId(), { SCHEDULE: schedule, TZ: "Asia/Kathmandu" });
    const { timer } = await firstFired(host);
    expect(timer.scheduleStatus?.next).toMatch(/\+05:45$/);
    expect(Date.parse(timer.scheduleStatus?.next ?? "")).toBe(slot.getTime());
    await host.stop();
  });
});

describe.concurrent("several hosts on one storage (§7.6)", { timeout: 60_000 }, () => {
  test("each slot fires on one host; when that one stops, the other goes on", async () => {
    const hostId = newHostId();
    const first = await start(hostId, { SCHEDULE: "* * * * * *" });
    await firstFired(first);
    const second = await start(hostId, { SCHEDULE: "* * * * * *" });
    await eventually("the second waits", () =>
      /waits: the host with process id \d+ .* has its lock/.test(second.output()),
    );
    await eventually("the first goes on", () => fired(first).length >= 3);
    expect(fired(second)).toEqual([]);
    expect(await first.stop()).toBe(0);
    await eventually("the second fires", () => fired(second).length >= 2);
    const slots = [...fired(first), ...fired(second)].map(({ at }) => Math.round(at / 1_000));
    expect(new Set(slots).size).toBe(slots.length);
    await second.stop();
  });

  test("the lock of a killed host of this machine is taken over at once, and what it missed is past due", async () => {
    const hostId = newHostId();
    const { schedule, slot } = hourlyIn(startingMs);
    const first = await start(hostId, { SCHEDULE: schedule });
    await eventually("the status is written", () => statusBlob(hostId).read());
    await first.kill();
    await eventually("the slot has passed", () => Date.now() > slot.getTime() + 100);
    const second = await start(hostId, { SCHEDULE: schedule });
    const startedAt = Date.now();
    expect((await firstFired(second)).timer.isPastDue).toBe(true);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(second.output()).toMatch(/took the lock over from process \d+, which is gone/);
    await second.stop();
  });
});

test("§12: timers start once storage that was down at start is up", async () => {
  const own = await startAzurite();
  await own.stop();
  const host = await startHostProcess({
    appFolder,
    storage: own.connectionString(),
    environment: { SCHEDULE: "* * * * * *" },
  });
  expect(host.output()).toContain(`The blob service at 127.0.0.1:${own.blobPort} refuses connections; is Azurite up?`);
  expect(fired(host)).toEqual([]);
  await own.start();
  await firstFired(host);
  await host.stop();
  await own.stop();
});
