import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll, beforeAll } from "vitest";

import { startAzurite, type Azurite } from "../../testing/azurite.js";
import { ledgersInMemory } from "../../testing/ledgers-in-memory.js";
import { rollUpLedgersIn } from "./roll-up-ledgers.azure.js";
import { rollUpLedgersContract } from "./roll-up-ledgers.contract.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

rollUpLedgersContract("Blob Storage", () =>
  Promise.resolve(rollUpLedgersIn(BlobServiceClient.fromConnectionString(azurite.connectionString()))),
);
rollUpLedgersContract("memory", () => Promise.resolve(ledgersInMemory()));
