import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeAddress, type AddressPolicy } from "./address-guard.js";

const policies = {
  public: { allowLoopback: false, allowPrivate: false },
  loopback: { allowLoopback: true, allowPrivate: false },
  private: { allowLoopback: true, allowPrivate: true },
} satisfies Record<string, AddressPolicy>;

type PolicyName = keyof typeof policies;

const everybody: readonly PolicyName[] = ["public", "loopback", "private"];
const nobody: readonly PolicyName[] = [];

test.each<{ readonly address: string; readonly what: string; readonly allowedFor: readonly PolicyName[] }>([
  { address: "93.184.215.14", what: "public IPv4", allowedFor: everybody },
  { address: "2606:2800:21f:cb07:6820:80da:af6b:8b2c", what: "public IPv6", allowedFor: everybody },
  { address: "::ffff:93.184.215.14", what: "public IPv4 in IPv6", allowedFor: everybody },
  { address: "127.0.0.1", what: "loopback", allowedFor: ["loopback", "private"] },
  { address: "127.255.255.254", what: "the other end of loopback", allowedFor: ["loopback", "private"] },
  { address: "::1", what: "loopback of IPv6", allowedFor: ["loopback", "private"] },
  { address: "::ffff:127.0.0.1", what: "loopback, mapped", allowedFor: ["loopback", "private"] },
  { address: "0:0:0:0:0:ffff:7f00:1", what: "loopback, mapped, written out", allowedFor: ["loopback", "private"] },
  { address: "::7f00:1", what: "loopback, IPv4-compatible", allowedFor: ["loopback", "private"] },
  { address: "64:ff9b::7f00:1", what: "loopback behind NAT64", allowedFor: ["loopback", "private"] },
  { address: "10.0.0.1", what: "private", allowedFor: ["private"] },
  { address: "172.31.255.255", what: "private", allowedFor: ["private"] },
  { address: "172.32.0.1", what: "just outside of a private network", allowedFor: everybody },
  { address: "192.168.1.1", what: "private", allowedFor: ["private"] },
  { address: "100.64.0.1", what: "carrier-shared", allowedFor: ["private"] },
  { address: "fd12:3456:789a::1", what: "unique local", allowedFor: ["private"] },
  { address: "2002:0a00:0001::1", what: "private behind 6to4", allowedFor: ["private"] },
  { address: "169.254.169.254", what: "metadata", allowedFor: nobody },
  { address: "::ffff:169.254.169.254", what: "metadata, mapped", allowedFor: nobody },
  { address: "::ffff:a9fe:a9fe", what: "metadata, mapped, in hexadecimal", allowedFor: nobody },
  { address: "64:ff9b::a9fe:a9fe", what: "metadata behind NAT64", allowedFor: nobody },
  { address: "2002:a9fe:a9fe::", what: "metadata behind 6to4", allowedFor: nobody },
  { address: "168.63.129.16", what: "Azure's host agent", allowedFor: nobody },
  { address: "100.100.100.200", what: "Alibaba's metadata in the carrier-shared range", allowedFor: nobody },
  { address: "fd00:ec2::254", what: "AWS's metadata in the unique local range", allowedFor: nobody },
  { address: "169.254.1.1", what: "link-local", allowedFor: nobody },
  { address: "fe80::1", what: "link-local of IPv6", allowedFor: nobody },
  { address: "fe80::1%eth0", what: "link-local with a zone", allowedFor: nobody },
  { address: "0.0.0.0", what: "unspecified: the machine itself", allowedFor: nobody },
  { address: "::", what: "unspecified of IPv6", allowedFor: nobody },
  { address: "224.0.0.1", what: "multicast", allowedFor: nobody },
  { address: "255.255.255.255", what: "broadcast", allowedFor: nobody },
  { address: "2001:0:1::1", what: "Teredo", allowedFor: nobody },
  { address: "localhost", what: "a name, which nobody resolved", allowedFor: nobody },
  { address: "0x7f.1", what: "an address in another notation", allowedFor: nobody },
])("$address ($what) is allowed for $allowedFor", ({ address, allowedFor }) => {
  const allowed = everybody.filter((name) => judgeAddress(address, policies[name]).kind === "allowed");
  expect(allowed).toEqual(allowedFor);
});

describe("a refusal", () => {
  test("says why", () => {
    expect(judgeAddress("::ffff:169.254.169.254", policies.private)).toEqual({
      kind: "refused",
      reason: "169.254.169.254 is a metadata address",
    });
  });

  test("holds however an IPv4 address is wrapped", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom("::ffff:", "64:ff9b::"), (address, wrapping) => {
        for (const policy of Object.values(policies)) {
          expect(judgeAddress(`${wrapping}${address}`, policy)).toEqual(judgeAddress(address, policy));
        }
      }),
    );
  });
});
