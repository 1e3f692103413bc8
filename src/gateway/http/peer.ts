// Whose address a request comes from: the peer's own, or what our own proxy says; nobody else is believed about it.
import ipaddr from "ipaddr.js";
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { CountersignError } from "../../core/base/failure.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { Presented } from "../auth/authenticate.ts";
import type { Declined, DoorConfig } from "./parts.ts";

export type Peer = Pick<Presented, "channel" | "address" | "proxied">;

export interface Proxies {
  readonly includes: (address: string) => boolean;
  readonly secret: string | undefined;
}

/** Throws `config_invalid` for what is no address and no CIDR range. */
export function openProxies({ addresses, secret }: DoorConfig["proxy"]): Proxies {
  const ranges = addresses.map(rangeOf);
  return {
    secret,
    includes(address) {
      const own = ipaddr.parse(address);
      return ranges.some(([range, bits]) => range.kind() === own.kind() && own.match(range, bits));
    },
  };
}

/** One spelling for each address: IPv4 inside IPv6 is IPv4, and no zone. Undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.replace(/%.*$/s, "");
  // ipaddr.js would also read 127.1 and 0x7f.0.0.1, which a proxy never writes.
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare).toString();
}

export function isLoopback(address: string): boolean {
  const own = canonicalAddress(address);
  return own !== undefined && ipaddr.parse(own).range() === "loopback";
}

/**
 * `remote` is undefined for a Unix socket, which no proxy of the configuration can sit behind. A request that came
 * through the proxy is never local, wherever the proxy runs: else everybody behind it would be `local:loopback`.
 */
export function whoCalls(
  remote: string | undefined,
  forwardedFor: readonly string[],
  proof: readonly string[],
  proxies: Proxies,
): Peer | Declined {
  if (remote === undefined) return { channel: "unix", address: "unix", proxied: false };
  const address = canonicalAddress(remote);
  if (address === undefined) return malformed("the peer has no address");
  if (!isProxy(address, proof, proxies))
    return { channel: isLoopback(address) ? "loopback" : "network", address, proxied: false };
  const caller = forwarded(address, forwardedFor, proxies);
  if (caller === undefined) return malformed("x-forwarded-for of the proxy holds what is no address");
  return { channel: "network", address: caller, proxied: true };
}

function isProxy(address: string, proof: readonly string[], { includes, secret }: Proxies): boolean {
  if (!includes(address)) return false;
  if (secret === undefined) return true;
  const [given] = proof;
  return proof.length === 1 && given !== undefined && sameText(given, secret);
}

/** From the right: each proxy of ours appended whom it saw; everything left of the first stranger is that stranger's word. */
function forwarded(peer: string, headers: readonly string[], { includes }: Proxies): string | undefined {
  const hops = headers.flatMap((value) => value.split(",")).map((hop) => hop.trim());
  for (const hop of hops.toReversed()) {
    const address = canonicalAddress(hop);
    if (address === undefined || !includes(address)) return address;
  }
  return peer;
}

/** Equal length for timingSafeEqual by hashing, so that not even the length of the secret can be measured. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(a), digest(b));
}

function rangeOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    const [address = "", bits] = text.split("/");
    if (isIP(address) === 0) throw new TypeError("no address");
    if (bits === undefined) {
      const own = ipaddr.process(address);
      return [own, own.kind() === "ipv4" ? 32 : 128];
    }
    return ipaddr.parseCIDR(text);
  } catch (cause) {
    throw new CountersignError(
      "config_invalid",
      `server.http.proxy.addresses: ${text} is no address or CIDR`,
      {
        cause,
      },
    );
  }
}

function malformed(why: string): Declined {
  return { status: 400, refusal: refusal("request_malformed", why, "x-forwarded-for") };
}
