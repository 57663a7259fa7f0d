import { expect, test } from "vitest";
import { measureLargeTransfer } from "./large-transfer.js";

const mebi = 1024 * 1024;
/** Room for buffers and for what the collector has not fetched yet; the blob is four times as large. */
const growthLimit = 64 * mebi;

test("256 MiB go up and down in memory that does not grow with them", { timeout: 120_000 }, async () => {
  const { idleBytes, peakBytes, intact } = await measureLargeTransfer(256 * mebi);
  expect(intact).toBe(true);
  expect(peakBytes - idleBytes).toBeLessThan(growthLimit);
});
