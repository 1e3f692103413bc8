// Addresses in a configuration: which ones only this machine reaches, and which ranges are too wide to mean anything.
import { parseAddress, parseRange } from "../identity/address.ts";

/** 127.0.0.0/8 (RFC 1122) and ::1 (RFC 4291); not 0.0.0.0 and ::, which stand for every address. */
export function isLoopback(text: string): boolean {
  return parseAddress(text)?.range() === "loopback";
}

/** Whether the name or address of a URL's host can only mean this machine (RFC 6761 §6.3). */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name);
}

/** Wider than this is the internet, not a proxy. */
const LEAST_BITS = { 4: 8, 6: 16 } as const;

/** Why an address or CIDR cannot name our own peers; undefined when it can. */
export function rangeFault(text: string): string | undefined {
  const range = parseRange(text);
  if (range === undefined) return "is not an address or CIDR";
  if (range.cidr === "0.0.0.0/32" || range.cidr === "::/128") return "is not the address of a peer";
  return range.prefix < LEAST_BITS[range.family] ? `is wider than /${LEAST_BITS[range.family]}` : undefined;
}
