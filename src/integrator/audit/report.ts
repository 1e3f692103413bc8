// The report of audit verify: what is wrong and where, how far the log is sealed, and against what it is complete.
import { rootText } from "../../core/audit/checkpoint.ts";
import type { WalkedShard } from "../../core/audit/log-walk.ts";
import type { Scanned } from "../../io/store/scan.ts";
import type { Stray } from "./anchors.ts";
import type { AnchorFacts, Code, Covered, Finding, Judged } from "./judge.ts";

/** `unknown`: the chain holds, and no checkpoint that a pinned key signed says that it is the log that was written. */
export type Verdict = "holds" | "damaged" | "unknown";

export interface Report {
  readonly ok: boolean;
  readonly verdict: Verdict;
  readonly message: string;
  readonly code: Code | null;
  readonly shard: string | null;
  readonly seq: number | null;
  readonly suspects: readonly number[];
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly lastGoodSeq: number | null;
  /** The smallest checkpoint that covers the entry named above; where all holds, the one up to which it is sealed. */
  readonly coveredByCheckpoint: AnchorFacts | null;
  /** Entries behind the last one that is sealed. */
  readonly unsealedTail: number;
  readonly entries: number;
  readonly shards: readonly {
    readonly shard: string;
    readonly entries: number;
    readonly root: string | null;
  }[];
  readonly integrity: { readonly holds: boolean; readonly unread: number };
  readonly sealed: { readonly upTo: Covered | null; readonly unsealed: number };
  readonly completeness: {
    /** The largest anchor of each kind that the log fits. */
    readonly fits: readonly AnchorFacts[];
    /** Only checkpoints beside the log: whoever replaced both leaves no trace in them. */
    readonly onlyBeside: boolean;
    readonly unchecked: number;
    readonly passedOver: readonly Stray[];
  };
  /** Everything that is wrong, with --all; else the first. */
  readonly findings: readonly Finding[];
  readonly further: number;
  /** Why nobody can tell although a checkpoint fits. */
  readonly doubts: readonly string[];
  /** What could not be looked at, and where landings were looked for. */
  readonly notes: readonly string[];
}

export interface ReportInput {
  readonly scanned: Scanned;
  readonly judged: Judged;
  /** The first finding, as exactly as it is known. */
  readonly first: Finding | undefined;
  readonly covering: AnchorFacts | undefined;
  readonly all: boolean;
  readonly notes: readonly string[];
  readonly doubts: readonly string[];
}

const nothing: Finding = {
  code: "EMPTY",
  shard: null,
  seq: null,
  suspects: [],
  lastGoodSeq: null,
  line: null,
  byteOffset: null,
  expected: "",
  actual: "",
  anchor: null,
  opens: false,
};

export function reportOf({ scanned, judged, first, covering, all, notes, ...input }: ReportInput): Report {
  const { shards, walk, further } = scanned;
  const { findings, covered, unsealed, fitting, unchecked, strays } = judged;
  const { shard, seq, suspects, line, byteOffset, expected, actual, lastGoodSeq } = first ?? nothing;
  const doubts = [...input.doubts, ...judged.doubts];
  const isDamaged = first !== undefined;
  const isTold = covered !== undefined && doubts.length === 0;
  const verdict: Verdict = isDamaged ? "damaged" : isTold ? "holds" : "unknown";
  const listed = isDamaged ? [first, ...findings.slice(1)] : [];
  return {
    ok: verdict === "holds",
    verdict,
    message: isDamaged ? sentence(first) : calm(walk.entries, covered, doubts),
    code: isDamaged ? first.code : null,
    shard,
    seq,
    suspects,
    line,
    byteOffset,
    expected: isDamaged ? expected : null,
    actual: isDamaged ? actual : null,
    lastGoodSeq,
    coveredByCheckpoint: covering ?? null,
    unsealedTail: unsealed,
    entries: walk.entries,
    shards: shards.map(walkedFacts),
    integrity: { holds: !findings.some(isOfChain), unread: walk.unread },
    sealed: { upTo: covered ?? null, unsealed },
    completeness: { fits: fitting, onlyBeside: isOnlyBeside(fitting), unchecked, passedOver: strays },
    findings: all ? listed : listed.slice(0, 1),
    further: all ? further : Math.max(0, listed.length - 1),
    doubts,
    notes,
  };
}

function walkedFacts({ shard, entries, root }: WalkedShard): Report["shards"][number] {
  return { shard, entries, root: root === undefined ? null : rootText(root) };
}

/** Where whoever may write the log may write, too. */
function isOnlyBeside(fitting: readonly AnchorFacts[]): boolean {
  return fitting.length > 0 && fitting.every(({ source }) => source === "sealed" || source === "receipt");
}

const anchored: readonly Code[] = ["CKPT_SIGNATURE", "CKPT_ROOT", "TRUNCATED", "ROLLBACK"];

function isOfChain({ code }: Finding): boolean {
  return !anchored.includes(code);
}

/** Never a word that sounds like "intact" without a checkpoint. */
function calm(entries: number, covered: Covered | undefined, [doubt]: readonly string[]): string {
  if (covered === undefined)
    return `${entries} entries are linked without a gap, but no checkpoint that a pinned sealer key signed covers them: nobody can tell whether this is the log that was written`;
  return doubt === undefined
    ? `${entries} entries are linked without a gap, and a checkpoint covers ${covered.entries} of them`
    : `${entries} entries are linked without a gap and fit a checkpoint, but not everything could be compared: ${doubt}`;
}

const sayings: Readonly<Record<Code, string>> = {
  TORN_TAIL: "entry # is cut off in its middle, and nothing follows",
  BAD_JSON: "entry # is not an entry as this program writes it",
  NOT_CANONICAL: "entry # is not an entry as this program writes it",
  SEQ_GAP: "another entry stands where entry # has to be",
  SEQ_DUP: "another entry stands where entry # has to be",
  PREV_MISMATCH: "the chain breaks at entry #",
  LEAF_COLUMN_MISMATCH: "entry # was changed: it does not have its stored hash",
  SHARD_LINK: "entry # does not continue the log",
  DECRYPT_FAIL: "entry # is not what the key of this log encrypted",
  CKPT_SIGNATURE: "a checkpoint is not signed by a pinned key",
  CKPT_ROOT: "entry # is not the one that was sealed",
  TRUNCATED: "the log was cut: entry # is missing, which a checkpoint beside the log covers",
  ROLLBACK: "the log was set back together with its checkpoints: entry # is missing, which was seen before",
  EMPTY: "the log holds no entries; a log always begins with shard.open",
  UNREADABLE: "the log cannot be read to its end",
};

export function sentence({ code, shard, seq, suspects, lastGoodSeq, anchor }: Finding): string {
  const [one, other] = suspects;
  if (code === "PREV_MISMATCH" && one !== undefined && other !== undefined)
    return `entry ${one} of ${shard ?? "the log"} does not match the link in entry ${other}: one of the two was changed, most likely ${one}`;
  if (code === "CKPT_ROOT" && seq === null)
    return `an entry before ${anchor?.size ?? 0} of ${shard ?? "the log"} is not the one that was sealed; which one, only the sealer's tiles can tell`;
  const place = seq === null ? "" : `${seq} of ${shard ?? "the log"}`;
  if (seq === null) return sayings[code];
  const upTo = lastGoodSeq === null ? "nothing of it holds" : `everything up to ${lastGoodSeq} holds`;
  return `${sayings[code].replace("#", place)}; ${upTo}`;
}
