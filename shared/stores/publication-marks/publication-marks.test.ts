import { TableClient } from "@azure/data-tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startAzurite, type Azurite } from "../../testing/azurite.js";
import { publicationMarksInMemory } from "../../testing/publication-marks-in-memory.js";
import { publicationMarksIn, publicationMarksTable } from "./publication-marks.azure.js";
import type { PublicationMarks } from "./publication-marks.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const implementations: readonly (readonly [string, () => PublicationMarks])[] = [
  [
    "Table Storage",
    () => {
      const options = { allowInsecureConnection: true };
      return publicationMarksIn(
        TableClient.fromConnectionString(azurite.connectionString(), publicationMarksTable, options),
      );
    },
  ],
  ["memory", publicationMarksInMemory],
];

describe.each(implementations)("%s keeps publication marks", (_, open) => {
  test("an hour that was never published is at 0; what is saved last is read", async () => {
    const marks = open();
    const name = { account: "acc", service: "table", hour: 490_000 } as const;
    expect(await marks.read(name)).toBe(0);
    for (const position of [2 ** 40, 17]) {
      await marks.save(name, position);
      expect(await marks.read(name)).toBe(position);
    }
    expect(await marks.read({ ...name, hour: 490_001 })).toBe(0);
    expect(await marks.read({ ...name, service: "blob" })).toBe(0);
    await marks.remove(name);
    await marks.remove(name);
    expect(await marks.read(name)).toBe(0);
  });
});
