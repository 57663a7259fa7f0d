import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { QueueServiceClient } from "@azure/storage-queue";
import { expect, test } from "vitest";

import { startAzurite } from "./azurite.js";

const second = { name: "second", key: Buffer.from("a key of the second account").toString("base64") };

test("serves every account it was given, and comes back with ports and data after a stop", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "vigil-azurite-"));
  const azurite = await startAzurite({ dataFolder, accounts: [second] });
  try {
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString("second"), {
      retryOptions: { maxTries: 1 },
    });
    await queues.createQueue("kept");
    await azurite.stop();
    await expect(queues.getQueueClient("kept").exists()).rejects.toThrow(/ECONNREFUSED/);
    await azurite.start();
    expect(await queues.getQueueClient("kept").exists()).toBe(true);
    expect(() => azurite.connectionString("unknown")).toThrow(/unknown/);
  } finally {
    await azurite.stop();
    await rm(dataFolder, { recursive: true });
  }
});
