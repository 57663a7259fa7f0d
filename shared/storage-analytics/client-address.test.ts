import { describe, expect, test } from "vitest";
import { clientAddress, isInRange, parseAddress, parseAddressRange } from "./client-address.js";

test.each([
  ["192.100.0.102:4362", "192.100.0.102"],
  ["123.100.2.10", "123.100.2.10"],
  ["[2001:db8::1]:4362", "2001:db8::1"],
  ["2001:db8::1", "2001:db8::1"],
  ["20.89.XX.XX:49842", "20.89.XX.XX"],
  ["", ""],
])("the client of %s is %s", (logged, address) => {
  expect(clientAddress(logged)).toBe(address);
});

describe("an address", () => {
  test.each([
    ["1.2.3.4", [0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304]],
    ["::ffff:1.2.3.4", [0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304]],
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
    ["2001:DB8::8:800:200c:417a", [0x2001, 0xdb8, 0, 0, 8, 0x800, 0x200c, 0x417a]],
    ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0]],
  ])("%s is read", (text, groups) => {
    expect(parseAddress(text)).toEqual(groups);
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "1.2.3.4.5",
    "20.89.XX.XX",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "fe80::1%eth0",
    "1.2.3.4:80",
    "::1.2.3.4:5",
  ])("'%s' is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("a range", () => {
  test.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/31", "10.1.2.2", true],
    ["10.1.2.3/31", "10.1.2.4", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.2", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "1.2.3.4", true],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::ffff:10.0.0.0/104", "10.9.9.9", true],
  ])("%s and %s: %s", (text, address, inside) => {
    const range = parseAddressRange(text);
    const groups = parseAddress(address);
    expect(range && groups && isInRange(groups, range)).toBe(inside);
  });

  test.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0.0/8/8", "10.0.0/8"])(
    "%s is none",
    (text) => {
      expect(parseAddressRange(text)).toBeUndefined();
    },
  );
});
