// IP addresses and ranges in one spelling, so that equal addresses are equal texts and an IPv4 caller stays one on IPv6.
import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface Range {
  /** Canonical text: masked, RFC 5952, IPv4-mapped IPv6 as IPv4. */
  readonly cidr: string;
  readonly family: 4 | 6;
  readonly prefix: number;
}

/**
 * An address as sockets and proxies write it; undefined for anything else. Octal, hexadecimal and short IPv4 forms are
 * none: two readers would take `010.0.0.1` for two addresses. A zone (`%eth0`) names a cable, and is left out.
 */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const [bare = ""] = text.split("%");
  if (!bare.includes(":") || !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** A range, or a single address as a range of one; undefined for anything else. Bits behind the prefix are cleared. */
export function parseRange(text: string): Range | undefined {
  const [, base = "", length] = /^([0-9A-Fa-f.:]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseAddress(base);
  if (address === undefined) return undefined;
  const bits = bitsOf(address);
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24 in other words.
  const given =
    length === undefined ? undefined : Number(length) - (base.includes(":") && bits === 32 ? 96 : 0);
  const prefix = given ?? bits;
  if (prefix < 0 || prefix > bits) return undefined;
  const network = ipaddr.fromByteArray([...masked(address, prefix)]);
  const words = network.kind() === "ipv6" ? (network as ipaddr.IPv6).toRFC5952String() : network.toString();
  return { cidr: `${words}/${prefix}`, family: bits === 32 ? 4 : 6, prefix };
}

/** Whether an address lies in one of the ranges. A look-up takes one step for each prefix length, not for each range. */
export function addressSet(ranges: readonly Range[]): (address: Address) => boolean {
  const byPrefix = new Map<
    string,
    { readonly bits: number; readonly prefix: number; readonly networks: Set<string> }
  >();
  for (const { cidr, family, prefix } of ranges) {
    const address = parseAddress(cidr.slice(0, cidr.indexOf("/")));
    if (address === undefined) continue;
    const name = `${family}/${prefix}`;
    const level = byPrefix.get(name) ?? { bits: family === 4 ? 32 : 128, prefix, networks: new Set() };
    level.networks.add(key(masked(address, prefix)));
    byPrefix.set(name, level);
  }
  const levels = [...byPrefix.values()];
  return (address) => {
    const bits = bitsOf(address);
    return levels.some(
      (level) => level.bits === bits && level.networks.has(key(masked(address, level.prefix))),
    );
  };
}

function bitsOf(address: Address): 32 | 128 {
  return address.kind() === "ipv4" ? 32 : 128;
}

function masked(address: Address, prefix: number): readonly number[] {
  return address.toByteArray().map((byte, at) => {
    const kept = Math.min(8, Math.max(0, prefix - at * 8));
    return byte & (0xff00 >> kept) & 0xff;
  });
}

function key(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}
