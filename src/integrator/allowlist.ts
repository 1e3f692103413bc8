// What a sync of the allow-list comes to: a list to write, one to keep, or a refusal; and sources, with the time they are from.
import { readFileSync, statSync } from "node:fs";
import { fromUtf8 } from "../core/base/bytes.ts";
import {
  type AllowList,
  type Believed,
  type ListWords,
  MAX_AHEAD_SECONDS,
  MAX_LIST_BYTES,
  MISSING,
} from "../core/identity/allowlist.ts";
import type { Range } from "../core/identity/address.ts";
import { rangesOf, type Ranges, readRanges } from "../core/identity/ranges.ts";
import { widthFault } from "../core/identity/width.ts";
import { openOutbound, OutboundError } from "../io/http/outbound.ts";

export interface SyncRequest {
  /** File or https URL; without it the list in place is added to. */
  readonly from: string | undefined;
  readonly added: readonly string[];
  readonly force: boolean;
}

export type Source =
  | {
      readonly ok: true;
      readonly text: string;
      /** Seconds since 1970 from which the text is: when the URL was asked, when the file was last written. */
      readonly at: number;
    }
  | { readonly ok: false; readonly why: string };

export interface SyncParts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly maxAgeSeconds: number;
  /** The list in place. */
  readonly current: Believed;
  readonly read: (from: string) => Promise<Source>;
}

export type Plan =
  | { readonly kind: "write"; readonly words: ListWords }
  | { readonly kind: "keep"; readonly list: AllowList; readonly why: string }
  | { readonly kind: "refuse"; readonly why: string; readonly fix: string };

const HOUR = 3600;
const MAX_TIMER_SECONDS = 6 * HOUR;

/** Longest time between two syncs: twice that, and the list is stale. */
export function timerSeconds(maxAgeSeconds: number): number {
  return Math.min(MAX_TIMER_SECONDS, Math.floor(maxAgeSeconds / 2));
}

/**
 * A younger list from the same source is kept. Half of the time between two syncs: were it all of it, each second run of
 * the timer would find the list some seconds too young, and the next one would find it stale.
 */
export function recentSeconds(maxAgeSeconds: number): number {
  return Math.floor(timerSeconds(maxAgeSeconds) / 2);
}

export async function planSync(request: SyncRequest, parts: SyncParts): Promise<Plan> {
  const { from, added: words, force } = request;
  const added: Ranges = words.length === 0 ? { ok: true, ranges: [] } : rangesOf(words);
  if (!added.ok) return refused(`--add-cidr ${added.why}`, "Write it as 192.0.2.0/24 or 2001:db8::/32.");
  // A path that leads to another file by mistake: a list in its place would be that file's end.
  if (!parts.current.ok && parts.current.why !== MISSING && parts.current.ours !== true)
    return refused(
      `what stands at network.allowlist_file is no allow-list: it ${parts.current.why}`,
      "Look at it. If a list shall be there, move that file away and sync again.",
    );
  const known = parts.current.ok ? parts.current.list : undefined;
  const has = added.ranges.every(({ cidr }) => known?.cidrs.includes(cidr) === true);
  if (from === undefined) return planAddition(known, added.ranges, has, force);
  const age = known === undefined ? -1 : parts.now / 1000 - known.fetched;
  const recent = age >= 0 && age < recentSeconds(parts.maxAgeSeconds);
  if (known !== undefined && known.source === sourceName(from) && recent && has && !force)
    return {
      kind: "keep",
      list: known,
      why: `it is ${Math.floor(age / 60)} minutes old; --force syncs it all the same`,
    };
  const source = await parts.read(from);
  return planFrom(request, parts, source, added.ranges);
}

function planFrom(
  { from = "", force }: SyncRequest,
  { now, maxAgeSeconds }: SyncParts,
  source: Source,
  added: readonly Range[],
): Plan {
  if (!source.ok) return refused(`the source ${source.why}`, "The list and its time are as before.");
  const read = readRanges(source.text);
  if (!read.ok) return refused(`the source ${read.why}`, "The list and its time are as before.");
  const seconds = Math.floor(now / 1000);
  // What a failed download left behind must not be dated today, or the list would never go stale.
  if (!force && seconds - source.at > maxAgeSeconds)
    return refused(
      "the source was last written longer ago than network.max_age_seconds",
      "Fetch it anew, or vouch for it as it is with --force.",
    );
  // Dated tomorrow, it would be as fresh as today at every sync until then, whoever forgot it there.
  if (!force && source.at - seconds > MAX_AHEAD_SECONDS)
    return refused(
      "the source was last written in the future",
      "Look at this machine's clock, fetch it anew, or vouch for it as it is with --force.",
    );
  const fetched = force ? seconds : Math.min(source.at, seconds);
  return bounded({ fetched, source: sourceName(from), forced: force, ranges: [...read.ranges, ...added] });
}

/** Into the list in place, whose age stays what it is: nobody looked at its source. */
function planAddition(
  known: AllowList | undefined,
  added: readonly Range[],
  has: boolean,
  force: boolean,
): Plan {
  if (known === undefined)
    return refused("there is no valid list to add to", "Say with --from where the list comes from.");
  if (has) return { kind: "keep", list: known, why: "it holds these addresses already" };
  const old = rangesOf(known.cidrs);
  const ranges = [...(old.ok ? old.ranges : []), ...added];
  const { fetched, source } = known;
  const plan = bounded({ fetched, source, forced: force, ranges: known.forced ? added : ranges });
  if (plan.kind !== "write") return plan;
  return { kind: "write", words: { ...plan.words, forced: plan.words.forced || known.forced, ranges } };
}

/** Whole providers get in only when a person says so. */
function bounded(words: ListWords): Plan {
  const wide = widthFault(words.ranges);
  if (wide === undefined) return { kind: "write", words: { ...words, forced: false } };
  if (words.forced) return { kind: "write", words };
  return refused(wide, "They let whole providers in. If that is meant: --force.");
}

function refused(why: string, fix: string): Plan {
  return { kind: "refuse", why, fix };
}

/** As the list names its source. The query of a URL may hold a secret, and the list is read by everybody. */
export function sourceName(from: string): string {
  const url = isUrl(from) ? URL.parse(from) : null;
  return url === null ? from : `${url.origin}${url.pathname}`;
}

export function isUrl(from: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(from);
}

const FETCH_MS = 20_000;

/** Reads an https URL, or the file at an absolute path. */
export async function readSource(from: string, now: number): Promise<Source> {
  if (!isUrl(from)) return fileSource(from);
  const host = URL.parse(from)?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const door = openOutbound({ allowedHosts: [host], timeoutMs: FETCH_MS, maxBytes: MAX_LIST_BYTES });
  try {
    return textOf(await door.get(from), Math.floor(now / 1000));
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return { ok: false, why: `cannot be fetched: ${error.message}` };
  } finally {
    await door.close();
  }
}

function fileSource(path: string): Source {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { ok: false, why: "is not a regular file" };
    if (found.size > MAX_LIST_BYTES) return { ok: false, why: `is larger than ${MAX_LIST_BYTES} bytes` };
    return textOf(readFileSync(path), Math.floor(found.mtimeMs / 1000));
  } catch (cause) {
    return { ok: false, why: `cannot be read: ${cause instanceof Error ? cause.message : "unknown"}` };
  }
}

function textOf(bytes: Uint8Array, at: number): Source {
  const text = fromUtf8(bytes);
  return text === undefined ? { ok: false, why: "is not UTF-8 text" } : { ok: true, text, at };
}
