// Open event streams: how many of one principal and of all, and that none outlives what its principal proved.
import type { Principal } from "../../core/identity/principal.ts";

export interface StreamsParts {
  /** Most streams of one principal. */
  readonly perPrincipal: () => number;
  /** Most streams altogether. */
  readonly total: () => number;
  /** Whether what proved the principal still counts: not expired, not revoked. A throw is a no. */
  readonly stillValid: (principal: Principal) => boolean | Promise<boolean>;
  readonly stopping: AbortSignal;
  readonly every: (millis: number, tick: () => void) => () => void;
}

export interface Streams {
  readonly size: number;
  /** Takes a place; undefined when there is none. The returned function gives it back. */
  open(principal: Principal, stream: Stream): (() => void) | undefined;
}

export interface Stream {
  end(): void;
  /** Called while the stream is open and its principal still valid, so that no proxy takes it for dead. */
  beat?(): void;
}

/** Milliseconds between two looks at who is still valid: a revoked token hears news for so long at the most. */
export const STREAM_CHECK_MS = 15_000;

interface Open {
  readonly principal: Principal;
  readonly stream: Stream;
}

export function openStreams(parts: StreamsParts): Streams {
  const open = new Set<Open>();
  const countOf = ({ name }: Principal): number =>
    [...open].filter(({ principal }) => principal.name === name).length;
  const stop = parts.every(STREAM_CHECK_MS, () => {
    for (const one of open) void check(parts, one);
  });
  parts.stopping.addEventListener("abort", () => {
    stop();
    for (const { stream } of open) stream.end();
  });
  return {
    get size() {
      return open.size;
    },
    open(principal, stream) {
      const full = open.size >= parts.total() || countOf(principal) >= parts.perPrincipal();
      if (full || parts.stopping.aborted) return undefined;
      const one = { principal, stream };
      open.add(one);
      return () => void open.delete(one);
    },
  };
}

async function check({ stillValid }: StreamsParts, { principal, stream }: Open): Promise<void> {
  const valid = await Promise.resolve()
    .then(() => stillValid(principal))
    .catch(() => false);
  if (valid) stream.beat?.();
  else stream.end();
}
