import { expect, test } from "vitest";
import { ByteNames, emptyHash, nextHash } from "./byte-names.js";

const hashOf = (name: string): number => Buffer.from(name).reduce(nextHash, emptyHash);

function lookUp<Value>(names: ByteNames<Value>, name: string, hash = hashOf(name)): Value {
  const bytes = Buffer.from(`;${name};`);
  return names.valueOf(bytes, 1, bytes.length - 1, hash);
}

test("a name is described once, and found again in other bytes", () => {
  const described: string[] = [];
  const names = new ByteNames((name) => described.push(name));
  expect(["GetBlob", "PutBlob", "GetBlob", "", "grün", "grün", ""].map((name) => lookUp(names, name))).toEqual([
    1, 2, 1, 3, 4, 4, 3,
  ]);
  expect(described).toEqual(["GetBlob", "PutBlob", "", "grün"]);
});

test("names with the same hash are kept apart", () => {
  const names = new ByteNames((name) => name);
  for (const name of ["a", "b", "a", "ab", "b"]) expect(lookUp(names, name, -1)).toBe(name);
});

test("any number of names gets the right value, though not all are remembered", () => {
  let described = 0;
  const names = new ByteNames((name) => {
    described += 1;
    return name;
  });
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 5_000; index++) expect(lookUp(names, `Op${index}`)).toBe(`Op${index}`);
  }
  expect(described).toBe(5_000 + 5_000 - 4_096);
});
