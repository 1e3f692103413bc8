// Failed attempts to prove who is calling, by source address: beyond a limit they are answered without an entry each.
import type { Clock } from "../../core/base/time.ts";
import { parseAddress } from "../../core/identity/address.ts";
import { openAttempts } from "./attempts.ts";

export interface FailureMeterParts {
  /** server.http.failures_per_minute */
  readonly perMinute: number;
  readonly clock: Clock;
  readonly maxAddresses?: number;
  /** Entries that all addresses together may cause in any minute. */
  readonly entriesPerMinute?: number;
}

export interface FailureMeter {
  /**
   * One more failed from `address`. Suppressed: record nothing. `retrySeconds` above 0: its own limit is used up, answer
   * 429; with 0 it is the limit of all, and the answer stays what it is: a client must hear that its token expired, also
   * while others attack. A valid proof is never asked about here.
   */
  failed(address: string): { readonly suppressed: boolean; readonly retrySeconds: number };
  /** Once a minute, or with `all` at once, how many were suppressed since the last time; otherwise 0. For one access.suppressed entry. */
  due(all?: boolean): number;
}

const MINUTE = 60_000;

/** Unless the operator allows a single address more. */
const ENTRIES = 600;
const EVERYBODY = "";

export function openFailureMeter(parts: FailureMeterParts): FailureMeter {
  const { perMinute, clock, maxAddresses = 4096 } = parts;
  const { entriesPerMinute = Math.max(ENTRIES, perMinute) } = parts;
  const attempts = openAttempts({ limit: perMinute, windowMillis: MINUTE, clock, maxKeys: maxAddresses });
  const entries = openAttempts({ limit: entriesPerMinute, windowMillis: MINUTE, clock, maxKeys: 1 });
  let suppressed = 0;
  let since = clock();
  return {
    failed(address) {
      const source = sourceOf(address);
      const retrySeconds = attempts.wait(source);
      if (retrySeconds === 0) attempts.add(source);
      const silent = retrySeconds > 0 || entries.wait(EVERYBODY) > 0;
      if (silent) suppressed += 1;
      else entries.add(EVERYBODY);
      return { suppressed: silent, retrySeconds };
    },
    due(all = false) {
      // A clock that was set back must not keep the count for ever.
      if (suppressed === 0 || (!all && Math.abs(clock() - since) < MINUTE)) return 0;
      const count = suppressed;
      suppressed = 0;
      since = clock();
      return count;
    },
  };
}

/** The part of an address that one caller cannot choose freely: an IPv4 address, this whole machine, or an IPv6 /64. */
export function sourceOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "unknown";
  if ("parts" in parsed) return parsed.parts.slice(0, 4).join(":");
  return parsed.range() === "loopback" ? "loopback" : parsed.toString();
}
