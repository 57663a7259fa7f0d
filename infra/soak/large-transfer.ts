import { type BenchRow } from "../bench/bench-row.js";
import { measureLargeTransfer } from "../local/storage-gateway/large-transfer.js";

const mebi = 1024 * 1024;
const blobBytes = 1024 * mebi;
const growthLimitMebi = 64;

/** 1 GiB up and down through the gateway; the figure is by how much its process grows meanwhile. */
export async function soakLargeTransfer(): Promise<readonly BenchRow[]> {
  const { idleBytes, peakBytes, intact } = await measureLargeTransfer(blobBytes);
  if (!intact) throw new Error("1 GiB went up, and something else came down");
  const growth = (peakBytes - idleBytes) / mebi;
  return [
    {
      name: "gateway's memory while 1 GiB goes up and down: growth",
      value: growth,
      unit: "MiB",
      budget: `≤ ${growthLimitMebi}`,
      pass: growth <= growthLimitMebi,
    },
  ];
}
