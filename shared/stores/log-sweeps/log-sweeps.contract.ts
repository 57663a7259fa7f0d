import { expect, test } from "vitest";

import type { LogSweep, LogSweeps } from "./log-sweeps.js";

const sums = (bytes: number): LogSweep["soFar"] => ({
  blob: { blobs: 1, bytes },
  queue: { blobs: 0, bytes: 0 },
  table: { blobs: 0, bytes: 0 },
});

/** What every keeper of log sweeps does. @param open a new, empty one */
export const logSweepsContract = (name: string, open: () => Promise<LogSweeps>): void => {
  test(`${name} keeps where the sweep of each account stands`, async () => {
    const sweeps = await open();
    expect(await sweeps.read("one")).toBeUndefined();
    const begun: LogSweep = {
      at: new Date(1),
      began: new Date(0),
      from: "page 2",
      reached: { service: "queue", hour: new Date(3_600_000) },
      soFar: sums(2 ** 40),
      last: undefined,
    };
    const done: LogSweep = {
      at: new Date(2),
      began: new Date(2),
      from: undefined,
      reached: undefined,
      soFar: sums(0),
      last: { began: new Date(0), ended: new Date(2), sums: sums(5) },
    };
    await sweeps.save("one", begun);
    await sweeps.save("two", done);
    expect(await sweeps.read("one")).toEqual(begun);
    expect(await sweeps.read("two")).toEqual(done);
    await sweeps.save("one", done);
    expect(await sweeps.read("one")).toEqual(done);
  });
};
