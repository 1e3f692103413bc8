// Verification of the hash chain, entry by entry and over all shards, naming the first bad one.
import { canonical } from "../base/canonical.ts";
import type { Digest } from "../base/digest.ts";
import { printable } from "../base/refusal.ts";
import type { Instant } from "../base/time.ts";
import { aboutOf } from "./about.ts";
import { type AuditEntry, entrySchema, GENESIS, leafHash } from "./entry.ts";
import {
  type AuditKeys,
  isEmptyRing,
  NO_KEYS,
  openLine,
  type SealedLine,
  sealedSchema,
} from "./sealed-line.ts";
import { isBorder, linkFault, type ShardState } from "./shard.ts";
import { Frontier } from "./tree.ts";

export const chainFaults = [
  "BAD_JSON",
  "NOT_CANONICAL",
  "SEQ_GAP",
  "SEQ_DUP",
  "PREV_MISMATCH",
  "LEAF_COLUMN_MISMATCH",
  "SHARD_LINK",
  "DECRYPT_FAIL",
] as const;
export type ChainFault = (typeof chainFaults)[number];

/** One entry as it is stored or exported. */
export interface ChainRow {
  /** Place in the whole log, from 0. */
  readonly position: number;
  /** The exact line. */
  readonly line: string;
  /** The stored hash. */
  readonly leaf: string;
  /** The stored column `about`; undefined where there is none. */
  readonly about?: string | null | undefined;
}

/**
 * Where a walk over the log stands: between two entries. Its tree is carried on and not copied: a state is used up by the
 * step from it.
 */
export interface ChainState extends ShardState {
  /** Place of the next entry in the whole log. */
  readonly position: number;
  /** Time of the last entry. */
  readonly ts: Instant | undefined;
}

/** Before the very first entry. */
export const emptyChain: ChainState = {
  position: 0,
  shard: undefined,
  nextSeq: 0,
  head: GENESIS,
  ts: undefined,
  closed: false,
  tree: undefined,
};

export type Said =
  | { readonly kind: "plain"; readonly entry: AuditEntry }
  | { readonly kind: "sealed"; readonly sealed: SealedLine };

type Fault = {
  readonly ok: false;
  readonly code: ChainFault;
  readonly expected: string;
  readonly actual: string;
};

export type ChainStep =
  | {
      readonly ok: true;
      readonly state: ChainState;
      readonly said: Said;
      /** Undefined when it is encrypted and no key was given at all: the chain holds, the content was not read. */
      readonly entry: AuditEntry | undefined;
    }
  | Fault;

/**
 * Check one stored row against the state. A failed link at entry i+1 means that entry i was changed or replaced: the
 * caller says so, since i itself still looks well-formed. With any key given, every encrypted line must open.
 */
export function checkEntry(state: ChainState, row: ChainRow, keys: AuditKeys = NO_KEYS): ChainStep {
  const read = readLine(row.line);
  if (!read.ok) return read;
  const { said } = read;
  const { shard, seq, ts } = clearOf(said);
  const broken = linkedFault(state, row, said);
  if (broken !== undefined) return broken;
  const content = contentOf(said, keys);
  if (!content.ok) return content;
  const { entry } = content;
  const other = aboutFault(row, entry);
  if (other !== undefined) return other;
  const tree = entry?.event === "shard.open" ? new Frontier() : state.tree;
  const head = row.leaf as Digest;
  tree?.append(head);
  const closed = entry?.event === "shard.close";
  const next = { position: state.position + 1, shard, nextSeq: seq + 1, head, ts, closed, tree };
  return { ok: true, state: next, said, entry };
}

/** What every line says in the clear. */
function clearOf(said: Said): Pick<AuditEntry, "shard" | "seq" | "ts" | "prev"> {
  return said.kind === "plain" ? said.entry : said.sealed;
}

function linkedFault(state: ChainState, row: ChainRow, said: Said): Fault | undefined {
  const { prev } = clearOf(said);
  const place = numberFault(state.position, row.position) ?? placeFault(state, said);
  if (place !== undefined) return place;
  if (prev !== state.head) return no("PREV_MISMATCH", state.head, prev);
  const leaf = leafHash(row.line);
  return leaf === row.leaf ? undefined : no("LEAF_COLUMN_MISMATCH", leaf, row.leaf);
}

function aboutFault({ about }: ChainRow, entry: AuditEntry | undefined): Fault | undefined {
  if (entry === undefined || about === undefined || about === aboutOf(entry)) return undefined;
  return no("LEAF_COLUMN_MISMATCH", `about ${String(aboutOf(entry))}`, `about ${String(about)}`);
}

/** Behind a row that is taken as it is, somewhere in the log; undefined when it is no entry. Its hash is checked. */
export function chainBehind(row: ChainRow): ChainState | undefined {
  const read = readLine(row.line);
  if (!read.ok || leafHash(row.line) !== row.leaf) return undefined;
  const { said } = read;
  const { shard, seq, ts } = clearOf(said);
  const closed = said.kind === "plain" && said.entry.event === "shard.close";
  const head = row.leaf as Digest;
  return { position: row.position + 1, shard, nextSeq: seq + 1, head, ts, closed, tree: undefined };
}

/** The line in one of its two forms, exactly as this program writes it. */
export function readLine(line: string): { readonly ok: true; readonly said: Said } | Fault {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return no("BAD_JSON", "a JSON object", line.slice(0, 80));
  }
  const isSealed = typeof json === "object" && json !== null && Object.hasOwn(json, "c");
  const parsed = (isSealed ? sealedSchema : entrySchema).safeParse(json);
  if (!parsed.success) return no("BAD_JSON", "an audit entry", parsed.error.issues[0]?.message ?? "");
  if (!isCanonical(parsed.data, line)) return no("NOT_CANONICAL", "canonical JSON", line.slice(0, 80));
  return "c" in parsed.data
    ? { ok: true, said: { kind: "sealed", sealed: parsed.data } }
    : { ok: true, said: { kind: "plain", entry: parsed.data } };
}

function numberFault(expected: number, actual: number): Fault | undefined {
  if (actual === expected) return undefined;
  return no(actual > expected ? "SEQ_GAP" : "SEQ_DUP", String(expected), String(actual));
}

/** Shard and number. Numbers begin anew with each shard, and only the entry that may open one begins it. */
function placeFault(state: ChainState, said: Said): Fault | undefined {
  const { shard, seq } = clearOf(said);
  const entry = said.kind === "plain" ? said.entry : undefined;
  const opens = entry?.event === "shard.open" && (state.closed || state.shard === undefined);
  const gap = numberFault(opens ? 0 : state.nextSeq, seq);
  if (gap !== undefined && (opens || shard === state.shard)) return gap;
  const link = linkFault(state, shard, entry);
  return link === undefined ? gap : no("SHARD_LINK", link.expected, link.actual);
}

function contentOf(
  said: Said,
  keys: AuditKeys,
): { readonly ok: true; readonly entry: AuditEntry | undefined } | Fault {
  if (said.kind === "plain") return { ok: true, entry: said.entry };
  if (isEmptyRing(keys)) return { ok: true, entry: undefined };
  const opened = openLine(said.sealed, keys);
  if (opened.kind === "opened") {
    const { entry } = opened;
    // Without a key nobody would see the border.
    return isBorder(entry)
      ? no("SHARD_LINK", `${entry.event} in the clear`, `${entry.event}, encrypted`)
      : { ok: true, entry };
  }
  const known = [keys.current, ...keys.others].map((key) => key?.kid ?? "").filter((kid) => kid !== "");
  return opened.kind === "locked"
    ? no("DECRYPT_FAIL", `one of the keys ${known.join(", ")}`, `key ${said.sealed.kid}`)
    : no("DECRYPT_FAIL", "what was encrypted for this place", `another text under key ${said.sealed.kid}`);
}

/** What is wrong may be anything that somebody wrote over the log, and ends on a terminal. */
function no(code: ChainFault, expected: string, actual: string): Fault {
  return { ok: false, code, expected: printable(expected), actual: printable(actual) };
}

/** A changed line may hold what has no canonical form at all (a lone surrogate, -0): a fault of the line, no crash. */
function isCanonical(value: AuditEntry | SealedLine, line: string): boolean {
  try {
    return canonical(value) === line;
  } catch {
    return false;
  }
}
