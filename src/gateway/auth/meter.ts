// Failed attempts to prove who is calling, by source address: beyond a limit they are answered without an entry each.
import type { Clock } from "../../core/base/time.ts";
import { parseAddress } from "../../core/identity/address.ts";
import { openAttempts } from "./attempts.ts";

export interface FailureMeterParts {
  /** server.http.failures_per_minute */
  readonly perMinute: number;
  readonly clock: Clock;
  readonly maxAddresses?: number;
}

export interface FailureMeter {
  /** One more failed from `address`. Suppressed: answer 429 and record nothing. A valid proof is never asked about here. */
  failed(address: string): { readonly suppressed: boolean; readonly retrySeconds: number };
  /** Once a minute, how many were suppressed since the last time; otherwise 0. For one access.suppressed entry. */
  due(): number;
}

const MINUTE = 60_000;

export function openFailureMeter({ perMinute, clock, maxAddresses = 4096 }: FailureMeterParts): FailureMeter {
  const attempts = openAttempts({ limit: perMinute, windowMillis: MINUTE, clock, maxKeys: maxAddresses });
  let suppressed = 0;
  let since = clock();
  return {
    failed(address) {
      const source = sourceOf(address);
      const retrySeconds = attempts.wait(source);
      if (retrySeconds === 0) attempts.add(source);
      else suppressed += 1;
      return { suppressed: retrySeconds > 0, retrySeconds };
    },
    due() {
      // A clock that was set back must not keep the count for ever.
      if (suppressed === 0 || Math.abs(clock() - since) < MINUTE) return 0;
      const count = suppressed;
      suppressed = 0;
      since = clock();
      return count;
    },
  };
}

/** The part of an address that one caller cannot choose freely: an IPv4 address, or an IPv6 /64. */
export function sourceOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "unknown";
  return "parts" in parsed ? parsed.parts.slice(0, 4).join(":") : parsed.toString();
}
