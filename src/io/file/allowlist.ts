// The allow-list of source addresses on disk: read for every caller, written only by `countersign allowlist sync`.
import { chmod, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { utf8 } from "../../core/base/bytes.ts";
import type { Clock } from "../../core/base/time.ts";
import {
  type Believed,
  type Bypass,
  decide,
  MAX_LIST_BYTES,
  MISSING,
  parseAllowList,
  type Passage,
} from "../../core/identity/allowlist.ts";
import { storage, syncPath, writeTemp } from "./durable.ts";
import { rereading } from "./reread.ts";

export interface AllowlistParts {
  readonly clock: Clock;
  /** network.max_age_seconds */
  readonly maxAgeSeconds: number;
  readonly bypass: Bypass;
}

export interface Allowlist {
  /** Whether the caller at `address` may go on; see `decide`. Never throws. */
  allowed(address: string): Passage;
}

/** The file is looked at once in so many milliseconds, so that a flood costs no system calls. */
const LOOK_MS = 1000;

/** The list at `path`; with an empty path there is none, and everybody passes: network.allowlist_file says so. */
export function openAllowlist(path: string, { clock, maxAgeSeconds, bypass }: AllowlistParts): Allowlist {
  if (path === "") return { allowed: () => ({ ok: true }) };
  const read = allowlistReader(path);
  let looked = Number.NEGATIVE_INFINITY;
  let believed: Believed = { ok: false, why: MISSING };
  return {
    allowed(address) {
      const now = clock();
      // Also after a clock was set back: the last look is then in the future.
      if (Math.abs(now - looked) >= LOOK_MS) {
        believed = read();
        looked = now;
      }
      return decide(believed, address, now, maxAgeSeconds, bypass);
    },
  };
}

/** Reads and checks the list at `path`; while the file stays the same, without reading it again. */
export function allowlistReader(path: string): () => Believed {
  const read = rereading(path, MAX_LIST_BYTES);
  let known: { readonly bytes: Uint8Array; readonly believed: Believed } | undefined;
  return () => {
    const content = read();
    if (!content.ok) return { ok: false, why: content.why };
    if (known?.bytes !== content.bytes)
      known = { bytes: content.bytes, believed: parseAllowList(content.bytes) };
    return known.believed;
  };
}

/** Everybody may read it: it holds no secret, and the gateway is another user than the person who syncs. */
const LIST_MODE = 0o644;

/** Puts a list in place, whole or not at all. Throws `storage`. */
export async function writeAllowlist(path: string, text: string): Promise<void> {
  await storage(path, async () => {
    const temp = await writeTemp(dirname(path), utf8(text));
    try {
      await chmod(temp, LIST_MODE); // before it has its name, and whatever the umask says
      await rename(temp, path);
    } catch (cause) {
      await unlink(temp).catch(() => undefined);
      throw cause;
    }
    await syncPath(dirname(path));
  });
}
