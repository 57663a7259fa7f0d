import fc from "fast-check";
import { expect, test } from "vitest";

import { hashRequestId, RequestIdSet } from "./request-ids.js";

const hash = fc.record({
  high: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  low: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});
const setOf = (hashes: Iterable<{ high: number; low: number }>): RequestIdSet => {
  const set = new RequestIdSet();
  for (const { high, low } of hashes) set.add(high, low);
  return set;
};

test("a set holds what was added and nothing else, and says what was new", () => {
  const small = fc.record({ high: fc.nat({ max: 5 }), low: fc.nat({ max: 5 }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(hash, small), { maxLength: 500 }), (hashes) => {
      // 0, 0 and 0, 1 share a place
      const nameOf = ({ high, low }: { high: number; low: number }) => `${high},${high === 0 && low === 0 ? 1 : low}`;
      const model = new Set<string>();
      const set = new RequestIdSet();
      for (const each of hashes) {
        expect(set.has(each.high, each.low)).toBe(model.has(nameOf(each)));
        expect(set.add(each.high, each.low)).toBe(!model.has(nameOf(each)));
        model.add(nameOf(each));
      }
      expect(set.size).toBe(model.size);
    }),
  );
});

test("a packed list is ascending, and a set made of it is the same", () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300 }), (hashes) => {
      const packed = setOf(hashes).toSortedBytes();
      const numbers = [...new BigUint64Array(packed.slice().buffer)];
      expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
      const again = new RequestIdSet();
      again.addAll(packed);
      expect(again.toSortedBytes()).toEqual(packed);
      expect(hashes.every(({ high, low }) => again.has(high, low))).toBe(true);
    }),
  );
});

test("overlap is found whichever hash it is", () => {
  const set = setOf([hashRequestId("a", 0), hashRequestId("b", 0)]);
  expect(set.hasAnyOf(setOf([hashRequestId("c", 0), hashRequestId("b", 0)]).toSortedBytes())).toBe(true);
  expect(set.hasAnyOf(setOf([hashRequestId("b", 1)]).toSortedBytes())).toBe(false);
});

test("ids that differ in one character or in the operation never collide among 200,000, in either half much more than by chance", () => {
  const set = new RequestIdSet();
  const highs = new Set<number>();
  for (let number = 0; number < 100_000; number++) {
    // as Azure makes them: the end is always the same
    const id = `${number.toString(16).padStart(8, "0")}-0003-0023-4e12-9ab1e2000000`;
    for (const operation of [0, 1]) {
      const { high, low } = hashRequestId(id, operation);
      expect(set.add(high, low)).toBe(true);
      highs.add(high);
    }
  }
  // the birthday bound for 32 bits is about 5 of 200,000
  expect(highs.size).toBeGreaterThan(199_950);
});

test("a cut list is refused", () => {
  expect(() => {
    new RequestIdSet().addAll(new Uint8Array(9));
  }).toThrow(RangeError);
  expect(() => new RequestIdSet().hasAnyOf(new Uint8Array(7))).toThrow(RangeError);
});
