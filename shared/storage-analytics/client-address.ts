/** The client's address out of `requester-ip-address`, which is `ip:port`, `[ipv6]:port`, or an address alone. */
export function clientAddress(requesterIpAddress: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(requesterIpAddress)?.[1];
  if (bracketed !== undefined) return bracketed;
  const colon = requesterIpAddress.indexOf(":");
  // more than one colon: an IPv6 address without a port
  return colon < 0 || requesterIpAddress.includes(":", colon + 1)
    ? requesterIpAddress
    : requesterIpAddress.slice(0, colon);
}

/** An address as 8 groups of 16 bits; IPv4 is `::ffff:a.b.c.d`, so that both kinds compare. */
export type AddressGroups = readonly number[];

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function parseIpv4(text: string): readonly number[] | undefined {
  const bytes = ipv4.exec(text)?.slice(1).map(Number);
  if (bytes === undefined || bytes.some((byte) => byte > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [a * 256 + b, c * 256 + d];
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const embedded = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (embedded !== undefined) groups.push(...embedded);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** @returns undefined if the text is no IPv4 or IPv6 address; a zone (`%eth0`) is none of a client's */
export function parseAddress(text: string): AddressGroups | undefined {
  const short = parseIpv4(text);
  if (short !== undefined) return [0, 0, 0, 0, 0, 0xffff, ...short];
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return undefined;
  const [left, right] = [parseGroups(halves[0] ?? ""), parseGroups(halves[1] ?? "")];
  if (left === undefined || right === undefined) return undefined;
  if (halves.length === 1) return left.length === 8 ? left : undefined;
  const gap = 8 - left.length - right.length;
  return gap < 1 ? undefined : [...left, ...Array.from({ length: gap }, () => 0), ...right];
}

/** All addresses that agree with `address` in its first `bits` bits. */
export interface AddressRange {
  readonly address: AddressGroups;
  /** 0 to 128; of an IPv4 range its length plus 96. */
  readonly bits: number;
}

/** @returns undefined if the text is neither an address nor a range in CIDR form, such as `10.0.0.0/8` or `2001:db8::/32` */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { address, bits: 128 };
  const length = text.slice(slash + 1);
  const offset = text.includes(":") ? 0 : 96;
  if (!/^\d{1,3}$/.test(length) || Number(length) + offset > 128) return undefined;
  return { address, bits: Number(length) + offset };
}

export function isInRange(address: AddressGroups, range: AddressRange): boolean {
  for (let group = 0, bits = range.bits; bits > 0; group++, bits -= 16) {
    const ignored = Math.max(0, 16 - bits);
    if ((address[group] ?? 0) >> ignored !== (range.address[group] ?? 0) >> ignored) return false;
  }
  return true;
}
