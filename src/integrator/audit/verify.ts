// Verifying a log against its anchors: one walk over all rows, and on damage a second look at what exactly was sealed.
import type { ChainState } from "../../core/audit/chain.ts";
import type { WalkedShard, WalkRow } from "../../core/audit/log-walk.ts";
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import type { SealedReader } from "../../io/exchange/exchange.ts";
import { type Scanned, scanLog } from "../../io/store/scan.ts";
import type { Anchor, Anchors } from "./anchors.ts";
import { type AnchorFacts, factsOf, type Finding, judge, type Judged } from "./judge.ts";
import { type Located, locate } from "./locate.ts";
import { type Report, reportOf } from "./report.ts";

/** Rows to walk, opened anew for each walk. */
export interface LogSource {
  /** All rows, or those from this position on. */
  readonly rows: (from?: number) => Iterable<WalkRow>;
  /** What the first row has to follow; the beginning of the log when undefined. */
  readonly behind?: ChainState | "any" | undefined;
}

export interface VerifyInput {
  readonly log: LogSource;
  readonly anchors: Anchors;
  /** The sealer's tiles; undefined where there are none, as with an export in another folder. */
  readonly sealed: SealedReader | undefined;
  readonly keys?: AuditKeys | undefined;
  readonly all?: boolean | undefined;
  readonly progress?: ((entries: number) => void) | undefined;
  readonly notes?: readonly string[] | undefined;
  /** What keeps the answer from being "it holds"; asked behind the walk. */
  readonly doubts?: (() => readonly string[]) | undefined;
}

export async function verifyAudit(input: VerifyInput): Promise<Report> {
  const { log, anchors, keys, all = false, progress, notes = [], doubts = () => [] } = input;
  const sizes = new Map<string, number[]>();
  for (const [shard, some] of Map.groupBy(anchors.anchors, (anchor) => anchor.shard))
    sizes.set(
      shard,
      some.map(({ checkpoint }) => checkpoint.size),
    );
  const scanned = scanLog(() => log.rows(), { behind: log.behind, keys, sizes, all, progress });
  const judged = judge(scanned, anchors);
  const [finding] = judged.findings;
  const first = finding === undefined ? undefined : await exactly(finding, input, scanned);
  const covering = coveringOf(first, judged, anchors.anchors);
  return reportOf({ scanned, judged, first, covering, all, notes, doubts: doubts() });
}

const MOST_TRIES = 3;

/** The finding at the entry that differs from what was sealed, where the sealer's tiles can tell. */
async function exactly(said: Finding, input: VerifyInput, scanned: Scanned): Promise<Finding> {
  const { sealed, anchors, log } = input;
  const finding = opening(said, anchors.anchors);
  const { shard } = finding;
  if (sealed === undefined || shard === null || finding.code === "CKPT_SIGNATURE") return finding;
  const walked = scanned.shards.find((one) => one.shard === shard);
  const first = walked?.first ?? scanned.walk.entries;
  const candidates = anchors.anchors
    .filter((anchor) => anchor.shard === shard)
    .toSorted((a, b) => b.checkpoint.size - a.checkpoint.size)
    .filter((anchor) => anchor.genuine().ok);
  for (const anchor of candidates.slice(0, MOST_TRIES)) {
    const located = await locate(sealed, anchor, rowsOf(log, first, walked), first);
    if (located.kind !== "unknown")
      return located.kind === "same" ? same(finding, located.size) : moved(finding, located, walked);
  }
  return finding;
}

/** Where a shard had to begin and nothing can be read, it is the next one that somebody knows. */
function opening(finding: Finding, anchors: readonly Anchor[]): Finding {
  const behind = anchors.map(({ shard }) => shard).filter((shard) => shard > (finding.shard ?? ""));
  const [shard] = behind.toSorted();
  return finding.opens && shard !== undefined
    ? { ...finding, shard, seq: 0, suspects: [0], lastGoodSeq: null }
    : finding;
}

function* rowsOf(log: LogSource, first: number, walked: WalkedShard | undefined): Generator<WalkRow> {
  // Of a shard that is not there at all, there is nothing to compare.
  if (walked !== undefined) yield* log.rows(first);
}

/** What is sealed is as it was: of two suspects the one behind it was changed. */
function same(finding: Finding, size: number): Finding {
  const [one, other] = finding.suspects;
  return one !== undefined && other !== undefined && one < size
    ? { ...finding, seq: other, suspects: [other], lastGoodSeq: one }
    : finding;
}

const anchorCodes: ReadonlySet<string> = new Set(["TRUNCATED", "ROLLBACK"]);

function moved(
  finding: Finding,
  { seq, sealed, found, bytes }: Extract<Located, { kind: "differs" }>,
  walked: WalkedShard | undefined,
): Finding {
  if (finding.seq !== null && seq > finding.seq) return finding;
  const exact = {
    ...finding,
    seq,
    suspects: [seq],
    lastGoodSeq: seq === 0 ? null : seq - 1,
    line: (walked?.first ?? 0) + seq + 1,
    byteOffset: walked === undefined ? null : walked.offset + bytes,
  };
  const isOther = found !== undefined && anchorCodes.has(finding.code);
  return finding.code === "CKPT_ROOT" || isOther
    ? {
        ...exact,
        // A shorter log that also differs before its end was written anew, not only cut.
        code: "CKPT_ROOT",
        expected: `leaf ${sealed}`,
        actual: found === undefined ? "no entry" : `leaf ${found}`,
      }
    : exact;
}

function coveringOf(
  first: Finding | undefined,
  { covered }: Judged,
  anchors: readonly Anchor[],
): AnchorFacts | undefined {
  if (first === undefined) return covered;
  const { shard, seq } = first;
  if (seq === null) return first.anchor ?? undefined;
  const above = anchors.filter((anchor) => anchor.shard === shard && anchor.checkpoint.size > seq);
  const smallest = above
    .toSorted((a, b) => a.checkpoint.size - b.checkpoint.size)
    .find((anchor) => anchor.genuine().ok);
  return smallest === undefined ? undefined : factsOf(smallest);
}
