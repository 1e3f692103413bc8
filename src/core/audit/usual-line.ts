// The usual line of the log, read fast: yes only for what the strict reader takes, at a tenth of its cost.
import type { Digest } from "../base/digest.ts";
import { auditEvents } from "./entry.ts";

/** What a walk over the log needs of a line. */
export interface UsualLine {
  readonly shard: string;
  readonly seq: number;
  readonly prev: Digest;
  readonly event: string;
}

/** A text without quotes, escapes and controls: its length in JSON is its length. */
const plain = (most: number, least = 0): string => String.raw`"[^"\\\x00-\x1f]{${least},${most}}"`;
const TEXT = String.raw`"(?:[^"\\\x00-\x1f]|\\["\\bfnrt]){0,1000}"`;
const ACTOR = `(?:"correlation":"[!#$%&'*+.^_\`|~0-9A-Za-z-]{1,128}",)?(?:"credential":${plain(80)},)?"principal":${plain(200, 1)}(?:,"session":${plain(64)})?`;
const DAY =
  "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";
const TIME = String.raw`T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z`;

// Pieces of a usual entry, each read where the one before ended. Nothing is captured: cutting texts out costs more.
const head = new RegExp(`\\{"actor":\\{${ACTOR}\\},"data":\\{`, "y");
const pair = new RegExp(`"[a-z][a-z0-9_]{0,40}":(?:${TEXT}|0|-?[1-9][0-9]{0,14}|true|false|null)`, "y");
const event = /\},"event":"[a-z.]+","prev":"/y;
const links = /[0-9a-f]{64}","seq":(?:0|[1-9][0-9]{0,14}),"shard":"[0-9]{4}-[0-9]{2}","ts":"/y;
const rest = new RegExp(`[0-9]{4}-${DAY}${TIME}","v":1\\}$`, "y");
const events: ReadonlySet<string> = new Set(auditEvents);
const [COMMA, QUOTE] = [44, 34];
/** Lengths of what stands between: the places of what was matched follow from them. */
const [BEFORE_EVENT, BEHIND_EVENT] = ['},"event":"'.length, '","prev":"'.length];
const [DIGEST, BEFORE_SEQ] = [64, '","seq":'.length];
const [SHARD, BEFORE_SHARD, BEHIND_SHARD] = ["2026-11".length, ',"shard":"'.length, '","ts":"'.length];

/**
 * An entry of the usual shape, canonical by its grammar and by the order of its keys. It only ever says yes: a line that it
 * does not know is for `checkEntry`, with its schema and canonicaliser, which alone may say no.
 */
export function readUsual(line: string): UsualLine | undefined {
  const data = end(head, line, 0);
  const name = data < 0 ? -1 : endOfData(line, data);
  const prev = name < 0 ? -1 : end(event, line, name);
  const ts = prev < 0 ? -1 : end(links, line, prev);
  if (ts < 0 || end(rest, line, ts) < 0) return undefined;
  const said = line.slice(name + BEFORE_EVENT, prev - BEHIND_EVENT);
  if (!events.has(said) || !line.isWellFormed()) return undefined;
  const month = ts - BEHIND_SHARD - SHARD;
  const seq = Number(line.slice(prev + DIGEST + BEFORE_SEQ, month - BEFORE_SHARD));
  const shard = line.slice(month, month + SHARD);
  return { shard, seq, prev: line.slice(prev, prev + DIGEST) as Digest, event: said };
}

/** Where `piece` ends that begins at `at`, or -1. */
function end(piece: RegExp, line: string, at: number): number {
  piece.lastIndex = at;
  return piece.test(line) ? piece.lastIndex : -1;
}

/** Behind the last pair; -1 unless keys are ascending and none is there twice. */
function endOfData(line: string, from: number): number {
  let at = end(pair, line, from);
  if (at < 0) return from;
  for (let key = from; line.charCodeAt(at) === COMMA;) {
    const next = at + 1;
    at = end(pair, line, next);
    if (at < 0 || !isAscending(line, key, next)) return -1;
    key = next;
  }
  return at;
}

/** Two keys by the places of their quotes. The quote that ends one sorts before every character of a key. */
function isAscending(line: string, one: number, other: number): boolean {
  for (let i = 1; ; i++) {
    const a = line.charCodeAt(one + i);
    const b = line.charCodeAt(other + i);
    if (a !== b) return a < b;
    if (a === QUOTE) return false;
  }
}
