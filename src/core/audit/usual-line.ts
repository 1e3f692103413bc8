// The usual line of the log, written and read fast: yes only for what the strict ones take, at a fraction of their cost.
import type { Digest } from "../base/digest.ts";
import { type AuditEntry, auditEvents, auditLine } from "./entry.ts";

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
const rest = new RegExp(
  String.raw`\},"event":"[a-z.]+","prev":"[0-9a-f]{64}","seq":(?:0|[1-9][0-9]{0,14}),"shard":"[0-9]{4}-[0-9]{2}","ts":"` +
    String.raw`[0-9]{4}-${DAY}${TIME}","v":1\}$`,
  "y",
);
const events: ReadonlySet<string> = new Set(auditEvents);
const [COMMA, QUOTE] = [44, 34];
/** Lengths of what stands between: the places of what was matched follow from them. */
const [BEFORE_EVENT, BEHIND_EVENT] = ['},"event":"'.length, '","prev":"'.length];
const [DIGEST, BEFORE_SEQ] = [64, '","seq":'.length];
const BEHIND_TS = '2026-11-22T10:00:00.000Z","v":1}'.length;
const [SHARD, BEFORE_SHARD, BEHIND_SHARD] = ["2026-11".length, ',"shard":"'.length, '","ts":"'.length];

/**
 * An entry of the usual shape, canonical by its grammar and by the order of its keys. It only ever says yes: a line that it
 * does not know is for `checkEntry`, with its schema and canonicaliser, which alone may say no.
 */
export function readUsual(line: string): UsualLine | undefined {
  const data = end(head, line, 0);
  const name = data < 0 ? -1 : endOfData(line, data);
  if (name < 0 || end(rest, line, name) < 0) return undefined;
  const quote = line.indexOf('"', name + BEFORE_EVENT);
  const [prev, ts] = [quote + BEHIND_EVENT, line.length - BEHIND_TS];
  const said = line.slice(name + BEFORE_EVENT, quote);
  if (!events.has(said) || !line.isWellFormed()) return undefined;
  const month = ts - BEHIND_SHARD - SHARD;
  const seq = Number(line.slice(prev + DIGEST + BEFORE_SEQ, month - BEFORE_SHARD));
  const shard = line.slice(month, month + SHARD);
  return { shard, seq, prev: line.slice(prev, prev + DIGEST) as Digest, event: said };
}

/** The exact line, to the letter what `auditLine` makes, which is asked whenever the entry is not of the usual shape. */
export function lineOf(entry: AuditEntry): string {
  return writeUsual(entry) ?? auditLine(entry);
}

/** In characters; no character takes more than three bytes. */
const SHORT = 20_000;

function writeUsual(entry: AuditEntry): string | undefined {
  const sorted = inOrder(entry, 1);
  if (sorted === undefined) return undefined;
  const line = JSON.stringify(sorted);
  // What was written is read like what others wrote: the schema is in the grammar.
  return line.length <= SHORT && readUsual(line) !== undefined ? line : undefined;
}

/**
 * A copy with its keys in order, which JSON.stringify then writes as canonical JSON; undefined when it holds anything that
 * JSON.stringify would write otherwise than the canonicaliser, or leave out. `depth`: objects may lie so deep in it.
 */
function inOrder(value: object, depth: number): object | undefined {
  // A list or a date without keys would become an empty object.
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const copy: Record<string, unknown> = {};
  const from = value as Readonly<Record<string, unknown>>;
  for (const key of sortedKeys(value)) {
    const item = from[key];
    // Of a key that begins otherwise (`__proto__`, `0`), assignment would make something else.
    if (key < "a") return undefined;
    if (isPlainValue(item)) copy[key] = item;
    else {
      const inner = typeof item === "object" && depth > 0 ? inOrder(item as object, depth - 1) : undefined;
      if (inner === undefined) return undefined;
      copy[key] = inner;
    }
  }
  return copy;
}

/** Of the few keys that there are, most often in order; the package's sorting takes longer than all the rest. */
function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function isPlainValue(value: unknown): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0);
  return typeof value === "string" || typeof value === "boolean" || value === null;
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
