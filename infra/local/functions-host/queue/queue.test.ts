import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decodeMessage, encodeMessage, messageInput, queueBindingData, queueMetadata } from "./message-text.js";
import { PollingDelay } from "./polling-delay.js";
import { outputMessages, toTypedData } from "./queue-output.js";

describe("message text (functions-host.md §8.4, §8.6)", () => {
  test("bytes come out of base64 as they went in", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const decoded = decodeMessage(encodeMessage(Buffer.from(bytes), "base64"), "base64");
        expect(decoded.kind === "decoded" && decoded.bytes.equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  test.each(["plain text", "{}", "YQ", "YQ==YQ==", "é", "YW*j"])("'%s' is not base64", (text) => {
    expect(decodeMessage(text, "base64").kind).toBe("undecodable");
  });

  test.each([
    ["none", "plain", "plain", true],
    ["base64", "", "", true],
    ["base64", "cGxhaW4=", "plain", true],
    ["base64", "//4A", "\ufffd\ufffd\u0000", false],
  ] as const)("with encoding %s the text '%s' is '%s'", (encoding, messageText, text, isUtf8) => {
    expect(decodeMessage(messageText, encoding)).toMatchObject({ text, isUtf8 });
  });

  const at = new Date("2026-11-23T13:16:13Z");
  const facts = { id: "i", dequeueCount: 1, insertedOn: at, expiresOn: at, nextVisibleOn: at, popReceipt: "p" };

  test("sent shapes of the built-in names", () => {
    const time = { json: '"2026-11-23T13:16:13+00:00"' };
    expect(queueMetadata(facts, { text: "t", isUtf8: true })).toEqual({
      QueueTrigger: { string: "t" },
      Id: { string: "i" },
      DequeueCount: { json: "1" },
      InsertionTime: time,
      ExpirationTime: time,
      NextVisibleTime: time,
      PopReceipt: { string: "p" },
    });
  });

  test("properties of the message overwrite them, whatever their case, and keep the name first used", () => {
    const metadata = queueMetadata(facts, { text: '{"ID":"x","popreceipt":null,"n":1.5}', isUtf8: true });
    expect(metadata).toMatchObject({ Id: { string: "x" }, PopReceipt: { string: "p" }, n: { string: "1.5" } });
    expect(queueBindingData(metadata)).toMatchObject({ Id: "x", DequeueCount: 1, n: "1.5" });
  });

  test("a hostile property name is just a name", () => {
    const metadata = queueMetadata(facts, { text: '{"__proto__":"x","constructor":"y"}', isUtf8: true });
    expect(Object.getOwnPropertyDescriptor(metadata, "__proto__")?.value).toEqual({ string: "x" });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test.each([
    ["2026-11-23T13:16:13Z", "11/23/2026 13:16:13"],
    ["2026-11-23T13:16:13.123", "11/23/2026 13:16:13"],
    ["2026-13-23T13:16:13Z", "2026-13-23T13:16:13Z"],
    ["2026-11-23", "2026-11-23"],
  ])("the date-like text %s comes as %s", (text, expected) => {
    expect(queueMetadata(facts, { text: JSON.stringify({ at: text }), isUtf8: true }).at).toEqual({ string: expected });
  });

  test("a binary trigger gets bytes", () => {
    const bytes = Buffer.from([1]);
    expect(messageInput({ text: "\u0001", bytes }, "binary")).toEqual({ bytes });
    expect(messageInput({ text: "\u0001", bytes }, "string")).toEqual({ string: "\u0001" });
  });
});

describe("queue outputs (functions-host.md §5)", () => {
  const texts = (value: Parameters<typeof outputMessages>[0]): string[] =>
    outputMessages(value).map((each) => each.toString());

  test.each([
    [{ string: "plain" }, ["plain"]],
    [{ string: " padded " }, [" padded "]],
    [{ string: "" }, [""]],
    [{ string: "[]" }, []],
    [{ string: ' {"a":1} ' }, ['{\n  "a": 1\n}']],
    [{ string: '["a",{"b":[]}]' }, ["a", '{\n  "b": []\n}']],
    [{ string: "{half" }, ["{half"]],
    [{ json: "[1,2.5,false]" }, ["1", "2.5", "False"]],
    [{ json: "true" }, ["True"]],
    [{ int: 7 }, ["7"]],
    [{ double: 0.5 }, ["0.5"]],
    [{}, []],
  ])("%j becomes %j", (value, messages) => {
    expect(texts(value)).toEqual(messages);
  });

  test.each(["{not json}", "[1,]", "{]"])("'%s' fails where it looks like JSON", (text) => {
    if (text === "{]") expect(texts({ string: text })).toEqual(["{]"]);
    else expect(() => texts({ string: text })).toThrow("is not valid JSON");
  });

  test.each([
    [undefined, undefined],
    [null, undefined],
    ["t", { string: "t" }],
    [1, { int: 1 }],
    [1.5, { double: 1.5 }],
    [true, { json: "true" }],
    [{ a: 1 }, { json: '{"a":1}' }],
  ])("%j in a dictionary is %j", (value, typed) => {
    expect(toTypedData(value)).toEqual(typed);
  });
});

describe("polling (functions-host.md §8.2)", () => {
  test("an empty queue is asked after 100 ms, then in doubling steps up to the maximum", () => {
    const delay = new PollingDelay(2_000, () => 0.5);
    const waits = Array.from({ length: 8 }, () => delay.next());
    expect(waits).toEqual([100, 200, 300, 500, 900, 1_700, 2_000, 2_000]);
    delay.reset();
    expect(delay.next()).toBe(100);
  });

  test("no wait is longer than the maximum, however long nothing comes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 60_000 }), fc.integer({ min: 1, max: 2_000 }), (maximum, misses) => {
        const delay = new PollingDelay(maximum);
        for (let miss = 0; miss < misses; miss++) expect(delay.next()).toBeLessThanOrEqual(maximum);
      }),
    );
  });
});
