import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { BodyHash } from "./body-hash.js";
import { BufferBudget } from "./buffer-budget.js";

const body = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251));
const pieces = [body.subarray(0, 300), body.subarray(300, 301), body.subarray(301, 900), body.subarray(900)];
const md5 = createHash("md5").update(body).digest("base64");

describe("the MD5 of a body that passes", () => {
  it.each([
    ["all of it is kept", 1_000],
    ["some of it finds room", 600],
    ["nothing finds room", 0],
  ])("is the body's when %s", (_, limit) => {
    const budget = new BufferBudget(limit);
    const hash = new BodyHash(budget);
    for (const piece of pieces) hash.update(piece);
    expect([hash.digest(), budget.used]).toEqual([md5, 0]);
  });

  it("keeps its bytes while more of them come, and hashes them by itself when none do", async () => {
    const budget = new BufferBudget(1_000);
    const hash = new BodyHash(budget);
    for (const piece of pieces) {
      hash.update(piece);
      await nextTurn();
    }
    const kept = budget.used;
    while (budget.used > 0) await nextTurn();
    expect([kept, hash.digest()]).toEqual([1_000, md5]);
  });

  it("shares its room with other bodies, and frees it when nobody wants the MD5", async () => {
    const budget = new BufferBudget(1_000);
    const [given, other] = [new BodyHash(budget), new BodyHash(budget)];
    given.update(body);
    for (const piece of pieces) other.update(piece);
    given.drop();
    await nextTurn();
    expect([budget.used, other.digest()]).toEqual([0, md5]);
  });
});
