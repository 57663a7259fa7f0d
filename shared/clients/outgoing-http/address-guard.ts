import { BlockList, isIPv4, isIPv6 } from "node:net";

/** What outgoing calls may reach besides the public Internet. */
export interface AddressPolicy {
  /** Loopback, private and carrier-shared networks. Link-local and metadata addresses are refused all the same. */
  readonly allowPrivate: boolean;
  /** Loopback alone: development mode. */
  readonly allowLoopback: boolean;
}

export type AddressVerdict = { readonly kind: "allowed" } | { readonly kind: "refused"; readonly reason: string };

interface Range {
  readonly list: BlockList;
  readonly what: string;
}

const range = (what: string, ...subnets: readonly string[]): Range => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", prefix] = subnet.split("/");
    list.addSubnet(address, Number(prefix), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return { list, what };
};

/** Never, whatever the policy: who reaches these reads the machine's own credentials, or nobody at all. */
const forbidden: readonly Range[] = [
  // Azure's, AWS's (IPv6) and Alibaba's instance metadata, and Azure's host agent
  range("a metadata address", "169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128"),
  range("a link-local address", "169.254.0.0/16", "fe80::/10"),
  range("an unspecified address", "0.0.0.0/8", "::/128"),
  range("a multicast address", "224.0.0.0/4", "ff00::/8"),
  range("a reserved address", "240.0.0.0/4", "192.0.0.0/24", "198.18.0.0/15", "100::/64", "2001:db8::/32", "3fff::/20"),
  range("a documentation address", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
  // it relays to an IPv4 address that nothing here can see
  range("a Teredo address", "2001::/32"),
];
const loopback = range("a loopback address", "127.0.0.0/8", "::1/128");
const privateNetworks = range(
  "a private address",
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"],
);

/**
 * Whether an outgoing call may connect to an address (design.md §6). IPv6 addresses that carry an IPv4 one (mapped,
 * compatible, NAT64, 6to4) are judged by that one.
 *
 * Ranges: IANA special-purpose address registries (RFC 6890 and its updates).
 * @param address an IP address, without brackets
 */
export function judgeAddress(address: string, policy: AddressPolicy): AddressVerdict {
  const bare = address.replace(/%.*$/, "");
  const inner = isIPv6(bare) ? embeddedIPv4(bare) : undefined;
  if (inner !== undefined) return judgeAddress(inner, policy);
  if (!isIPv4(bare) && !isIPv6(bare)) return { kind: "refused", reason: "it is no IP address" };
  const family = isIPv4(bare) ? "ipv4" : "ipv6";
  const within = ({ list }: Range): boolean => list.check(bare, family);
  const never = forbidden.find(within);
  if (never !== undefined) return refused(bare, never);
  if (within(loopback)) return policy.allowLoopback || policy.allowPrivate ? allowed : refused(bare, loopback);
  if (within(privateNetworks)) return policy.allowPrivate ? allowed : refused(bare, privateNetworks);
  return allowed;
}

const allowed: AddressVerdict = { kind: "allowed" };
const refused = (address: string, { what }: Range): AddressVerdict => ({
  kind: "refused",
  reason: `${address} is ${what}`,
});

const embedding = {
  mapped: range("", "::ffff:0:0/96"),
  compatible: range("", "::/96"),
  nat64: range("", "64:ff9b::/96"),
  sixToFour: range("", "2002::/16"),
};

function embeddedIPv4(address: string): string | undefined {
  const within = ({ list }: Range): boolean => list.check(address, "ipv6");
  if (within(embedding.sixToFour)) return dotted(groupsOf(address).slice(1, 3));
  const low = dotted(groupsOf(address).slice(6));
  // BlockList takes a mapped address for its IPv4 one when it looks up IPv4 ranges, not in IPv6 ranges
  if (within(embedding.mapped) || within(embedding.nat64)) return low;
  return within(embedding.compatible) && address !== "::" && low !== "0.0.0.1" ? low : undefined;
}

const dotted = ([high = 0, low = 0]: readonly number[]): string =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // the URL parser writes an address in its one canonical form (WHATWG URL, "IPv6 serializer")
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = "", right] = canonical.split("::");
  const parse = (text: string): number[] => (text === "" ? [] : text.split(":").map((group) => parseInt(group, 16)));
  if (right === undefined) return parse(left);
  const [head, tail] = [parse(left), parse(right)];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
