import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteReader, ByteWriter, MalformedBytes } from "./packed-bytes.js";

test("what is written is read back in the same order", () => {
  const value = fc.oneof(
    fc.record({ kind: fc.constant("integer" as const), value: fc.maxSafeNat() }),
    fc.record({ kind: fc.constant("double" as const), value: fc.double() }),
    fc.record({ kind: fc.constant("text" as const), value: fc.string({ unit: "grapheme" }) }),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 100 }), (values) => {
      const writer = new ByteWriter();
      for (const each of values) {
        if (each.kind === "integer") writer.integer(each.value);
        else if (each.kind === "double") writer.double(each.value);
        else writer.text(each.value);
      }
      const reader = new ByteReader(writer.bytes());
      expect(values.map(({ kind }) => reader[kind]())).toEqual(values.map((each) => each.value));
      expect(reader.isOver).toBe(true);
    }),
  );
});

test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("%d is refused as an integer", (value) => {
  expect(() => new ByteWriter().integer(value)).toThrow(RangeError);
});

test("bytes that were cut off anywhere are refused, never read as something else", () => {
  const whole = new ByteWriter().integer(300).text("GetBlob").double(1.5).bytes();
  for (let length = 0; length < whole.length; length++) {
    const reader = new ByteReader(whole.slice(0, length));
    expect(() => [reader.integer(), reader.text(), reader.double()], `${length} bytes`).toThrow(MalformedBytes);
  }
});

test("a text that is not UTF-8 and a number beyond 2^53 are refused", () => {
  expect(() => new ByteReader(Uint8Array.of(1, 0xff)).text()).toThrow(MalformedBytes);
  expect(() => new ByteReader(new Uint8Array(9).fill(0xff)).integer()).toThrow(MalformedBytes);
});
