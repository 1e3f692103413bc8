// The issuer's public keys: from a file, or from its URL with a bounded number of fetches and a bounded age.
import { createLocalJWKSet, type JWK, type LocalJWKSet } from "jose";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Reread } from "../../io/file/reread.ts";

export interface KeySet {
  /** Digest of the bytes: what was verified with one set is not believed under another. */
  readonly id: Digest;
  readonly find: LocalJWKSet;
}

export interface KeySource {
  /** The keys that are believed now, or undefined. */
  current(): Promise<KeySet | undefined>;
  /** Like `current`, when a token names a key that is not in it: may look again. */
  newer(): Promise<KeySet | undefined>;
}

export const MAX_KEYS_BYTES = 1_048_576;

/** After so long the keys are fetched again. */
const FRESH_MS = 600_000;
/** Between two fetches at least, whoever asks and however they end. */
const PAUSE_MS = 30_000;
/**
 * Longest use of keys that cannot be fetched again. A restart of the issuer must not lock everybody out; but whoever
 * holds a withdrawn key and can cut us off from the issuer gains this long.
 */
const STALE_MS = 3_600_000;

const keysSchema = z.looseObject({
  keys: z
    .array(z.looseObject({ kty: z.string().max(20), kid: z.string().max(512).optional() }))
    .min(1)
    .max(100),
});

/** A key set as RFC 7517 has it, or undefined. Only its public keys for signatures are ever verified with. */
function parseKeySet(bytes: Uint8Array): KeySet | undefined {
  try {
    const { keys } = keysSchema.parse(JSON.parse(fromUtf8(bytes) ?? ""));
    return { id: sha256(bytes), find: createLocalJWKSet({ keys: keys as JWK[] }) };
  } catch {
    return undefined;
  }
}

/** Keys of a file; read again when it changes. While it cannot be read there are none. */
export function fileKeys(read: () => Reread): KeySource {
  let known: { readonly bytes: Uint8Array; readonly keys: KeySet | undefined } | undefined;
  const current = (): Promise<KeySet | undefined> => {
    const content = read();
    if (!content.ok) known = undefined;
    else if (known?.bytes !== content.bytes)
      known = { bytes: content.bytes, keys: parseKeySet(content.bytes) };
    return Promise.resolve(known?.keys);
  };
  return { current, newer: current };
}

/** Keys that `fetch` brings. A flood of unknown key ids, or of requests during an outage, is one fetch in 30 seconds. */
export function fetchedKeys(fetch: () => Promise<Uint8Array>, clock: Clock): KeySource {
  let known: { readonly keys: KeySet; readonly at: number } | undefined;
  let tried = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    // A clock that was set back counts as a pause that is over: otherwise it would last until the old time returns.
    if (running === undefined && Math.abs(clock() - tried) >= PAUSE_MS) {
      tried = clock();
      running = fetchOnce().finally(() => {
        running = undefined;
      });
    }
    await running;
  };
  const fetchOnce = async (): Promise<void> => {
    const at = clock();
    const bytes = await fetch().catch(() => undefined);
    const keys = bytes === undefined ? undefined : parseKeySet(bytes);
    if (keys !== undefined) known = { keys: keys.id === known?.keys.id ? known.keys : keys, at };
  };
  const within = (limit: number): boolean => known !== undefined && Math.abs(clock() - known.at) < limit;
  const believed = (): KeySet | undefined => (within(STALE_MS) ? known?.keys : undefined);
  return {
    async current() {
      if (!within(FRESH_MS)) await refresh();
      return believed();
    },
    async newer() {
      await refresh();
      return believed();
    },
  };
}
