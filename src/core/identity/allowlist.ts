// The allow-list of source addresses: its file, what is believed of it, and who passes. Every fault is a no.
import { z } from "zod";
import { fromUtf8 } from "../base/bytes.ts";
import { canonical } from "../base/canonical.ts";
import { type Digest, digestSchema, sha256 } from "../base/digest.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import { instant } from "../base/time.ts";
import { type Address, addressSet, parseAddress, parseRange, type Range } from "./address.ts";
import { widthFault } from "./width.ts";

/** Most ranges in one list; the largest published ones (whole clouds) hold some ten thousand. */
export const MAX_CIDRS = 100_000;
/** Largest list file, and largest source of one, in bytes. */
export const MAX_LIST_BYTES = 8_388_608;

/** How far in the future a list may be dated: clocks differ, but a list from tomorrow would stay fresh for too long. */
export const MAX_AHEAD_SECONDS = 60;

const listSchema = z.strictObject({
  version: z.literal(1),
  fetched_at: z.iso.datetime({ offset: true }),
  fetched_at_epoch: z.int().min(0),
  source_url: z.string().min(1).max(4200),
  content_hash: digestSchema,
  /** A person said --force when it was made: only then may it hold whole providers. */
  forced: z.literal(true).optional(),
  cidrs: z.array(z.string().max(50)).min(1).max(MAX_CIDRS),
});

const formSchema = z.looseObject({ cidrs: z.array(z.unknown()), content_hash: z.unknown() });

export interface AllowList {
  /** Seconds since 1970. */
  readonly fetched: number;
  readonly source: string;
  readonly forced: boolean;
  readonly hash: Digest;
  /** Canonical, sorted, each once. */
  readonly cidrs: readonly string[];
  readonly has: (address: Address) => boolean;
}

/** A list, or why there is none that could be believed. */
export type Believed =
  | { readonly ok: true; readonly list: AllowList }
  /** `ours`: it has the form of a list, so a new one may take its place. */
  | { readonly ok: false; readonly why: string; readonly ours?: boolean };

/** Why there is no list where nothing stands at all. */
export const MISSING = "is missing";

/** Reads a list file. Whatever is wrong with it, there is then no list, and without a list nobody passes. */
export function parseAllowList(bytes: Uint8Array): Believed {
  const json = jsonOf(bytes);
  const parsed = listSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const why = `${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`.trim();
    return { ...doubt(why), ours: formSchema.safeParse(json).success };
  }
  const { cidrs, forced = false, fetched_at: at, fetched_at_epoch: fetched, ...rest } = parsed.data;
  const found = cidrs.map(parseRange);
  const ranges = found.filter((range) => range !== undefined);
  if (ranges.length < found.length) return doubt("cidrs holds something that is no range");
  const wide = forced ? undefined : widthFault(ranges);
  if (wide !== undefined) return doubt(`cidrs holds ${wide}`);
  const sorted = inOrder(ranges);
  if (rest.content_hash !== hashOf(sorted)) return doubt("content_hash does not belong to cidrs");
  if (Math.abs(Date.parse(at) / 1000 - fetched) > 1) return doubt("fetched_at and fetched_at_epoch disagree");
  const { source_url: source, content_hash: hash } = rest;
  return { ok: true, list: { fetched, source, forced, hash, cidrs: sorted, has: addressSet(ranges) } };
}

export interface ListWords {
  /** Seconds since 1970 at which the source was read, or was last true. */
  readonly fetched: number;
  readonly source: string;
  readonly forced: boolean;
  readonly ranges: readonly Range[];
}

/** The text of a list file. `content_hash`: SHA-256 of the sorted ranges as canonical JSON (`jq -cj '.cidrs|sort'`). */
export function renderAllowList({ fetched, source, forced, ranges }: ListWords): string {
  const cidrs = inOrder(ranges);
  const list = {
    version: 1,
    fetched_at: instant(fetched * 1000),
    fetched_at_epoch: fetched,
    source_url: source,
    content_hash: hashOf(cidrs),
    ...(forced ? { forced } : {}),
    cidrs,
  };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

/** Why a list is not fresh at `now` (milliseconds), or undefined. */
export function staleness({ fetched }: AllowList, now: number, maxAgeSeconds: number): string | undefined {
  const age = now / 1000 - fetched;
  if (age < -MAX_AHEAD_SECONDS) return "is dated in the future";
  return age > maxAgeSeconds ? "is too old" : undefined;
}

export interface Bypass {
  readonly loopback: boolean;
  readonly private: boolean;
}

export type Passage =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 403 | 503; readonly refusal: Refusal };

/** Who passes without a list, in the quickstart preset only. */
const BYPASSED: Readonly<Record<string, keyof Bypass>> = {
  loopback: "loopback",
  private: "private",
  uniqueLocal: "private",
  linkLocal: "private",
};

/**
 * Whether the caller at `address` may go on. 503 when no list can be believed at `now` (milliseconds since 1970), 403
 * when the list does not hold the address, or when it is none.
 */
export function decide(
  believed: Believed,
  address: string,
  now: number,
  maxAgeSeconds: number,
  bypass: Bypass,
): Passage {
  const parsed = parseAddress(address);
  const kind = parsed === undefined ? undefined : BYPASSED[parsed.range()];
  if (kind !== undefined && bypass[kind]) return { ok: true };
  const why = believed.ok ? staleness(believed.list, now, maxAgeSeconds) : believed.why;
  if (!believed.ok || why !== undefined)
    return {
      ok: false,
      status: 503,
      refusal: refusal("allowlist_stale", `the allow-list ${why ?? "is missing"}`),
    };
  if (parsed !== undefined && believed.list.has(parsed)) return { ok: true };
  return {
    ok: false,
    status: 403,
    refusal: refusal("address_blocked", "the source address is not on the allow-list", address),
  };
}

function doubt(why: string): Extract<Believed, { readonly ok: false }> {
  return { ok: false, why: `is damaged: ${why}`, ours: true };
}

function inOrder(ranges: readonly Range[]): readonly string[] {
  return [...new Set(ranges.map(({ cidr }) => cidr))].sort();
}

function hashOf(cidrs: readonly string[]): Digest {
  return sha256(canonical(cidrs));
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? "");
  } catch {
    return undefined;
  }
}
