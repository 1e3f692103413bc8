// What a walk and the anchors say together: three verdicts kept apart, and the one exit code that follows from them.
import type { Fault, WalkFault, WalkedShard } from "../../core/audit/log-walk.ts";
import { rootText } from "../../core/audit/checkpoint.ts";
import type { Digest } from "../../core/base/digest.ts";
import type { Scanned } from "../../io/store/scan.ts";
import type { Anchor, Anchors, AnchorSource, Stray } from "./anchors.ts";

export type Code =
  | WalkFault
  | "CKPT_SIGNATURE"
  | "CKPT_ROOT"
  | "TRUNCATED"
  | "ROLLBACK"
  | "EMPTY"
  | "UNREADABLE";

/** One thing that is wrong. `seq` counts in its shard. */
export interface Finding {
  readonly code: Code;
  readonly shard: string | null;
  /** The first entry that is not as it should be; null where no entry can be named. */
  readonly seq: number | null;
  readonly suspects: readonly number[];
  /** The last entry of the shard up to which everything is known to hold; null when there is none. */
  readonly lastGoodSeq: number | null;
  /** Number of the line in an export of the whole log, from 1, and where it begins in bytes. */
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly expected: string;
  readonly actual: string;
  /** The anchor that tells, where one does. */
  readonly anchor: AnchorFacts | null;
  /** It is where the shard behind this one had to begin. */
  readonly opens: boolean;
}

export interface AnchorFacts {
  readonly source: AnchorSource;
  readonly name: string;
  readonly origin: string;
  readonly size: number;
  readonly keyid: string | null;
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** Up to here everything is covered by a checkpoint that a pinned key signed and that fits. */
  readonly covered: Covered | undefined;
  /** Entries behind it. */
  readonly unsealed: number;
  /** Anchors that fit, by source: the largest of each. */
  readonly fitting: readonly AnchorFacts[];
  /** Anchors of entries that the walk did not reach. */
  readonly unchecked: number;
  /** What stands where an anchor could, and is none. */
  readonly strays: readonly Stray[];
  /** Why nobody can tell, however well the rest fits. */
  readonly doubts: readonly string[];
}

export interface Covered extends AnchorFacts {
  readonly shard: string;
  /** Entries of the whole log that it covers, over all shards: each shard holds the end of the one before. */
  readonly entries: number;
}

type Standing = "fits" | "differs" | "short" | "unchecked";

interface Compared {
  readonly anchor: Anchor;
  readonly standing: Standing;
  readonly root: Digest | undefined;
  readonly entries: number;
}

export function judge(scanned: Scanned, { anchors, strays }: Anchors): Judged {
  const compared = anchors
    .map((anchor) => compare(anchor, scanned))
    .toSorted((a, b) => order(a.anchor, b.anchor));
  const broken = compared.filter(({ standing }) => standing === "differs" || standing === "short");
  // A signature is asked for where it decides: an anchor that anybody could have written breaks nothing.
  const proven = broken.filter(({ anchor }) => anchor.genuine().ok);
  const unproven = compared.filter(({ anchor }) => mustVerify(anchor) && !anchor.genuine().ok);
  const givenUp = unproven.flatMap(({ anchor }) => revokedStray(anchor));
  const forged = unproven.filter(({ anchor }) => revokedStray(anchor).length === 0);
  const behind = proven.map((one) => anchorFinding(one, proven));
  const signatures = [...forged.map(({ anchor }) => forgedFinding(anchor)), ...strays.flatMap(strayFinding)];
  const chain = scanned.faults.map(chainFinding);
  const covered = coverOf(compared, scanned.shards);
  const all = [...inOrder(chain, behind), ...signatures, ...emptiness(scanned)];
  const total = scanned.shards.reduce((sum, { entries }) => sum + entries, 0);
  return {
    findings: all,
    covered,
    unsealed: total - (covered?.entries ?? 0),
    fitting: largest(compared),
    unchecked: compared.filter(({ standing }) => standing === "unchecked").length,
    strays: [...strays.filter((stray) => strayFinding(stray).length === 0), ...givenUp],
    doubts: givenUp.map(({ name, why }) => `${name}: ${why}`),
  };
}

/** Beside the log, or named by the person: that it does not verify is a finding by itself. */
function mustVerify({ source }: Anchor): boolean {
  return source === "sealed" || source === "given";
}

function compare(anchor: Anchor, { shards, walk, faults, unreadable }: Scanned): Compared {
  const { shard, checkpoint } = anchor;
  const walked = shards.find((one) => one.shard === shard);
  const entries = walked?.entries ?? 0;
  if (checkpoint.size > entries) {
    // Where the walk stopped, nobody has counted what comes behind.
    const isCounted = unreadable === undefined && faults.every((fault) => shard < (fault.shard ?? ""));
    return { anchor, standing: isCounted ? "short" : "unchecked", root: undefined, entries };
  }
  if (checkpoint.size === 0) return { anchor, standing: "fits", root: undefined, entries };
  const root = walk.roots.get(shard)?.get(checkpoint.size);
  const standing = root === undefined ? "unchecked" : root === checkpoint.root ? "fits" : "differs";
  return { anchor, standing, root, entries };
}

function order(a: Anchor, b: Anchor): number {
  return a.shard === b.shard ? a.checkpoint.size - b.checkpoint.size : a.shard < b.shard ? -1 : 1;
}

function anchorFinding({ anchor, standing, root, entries }: Compared, proven: readonly Compared[]): Finding {
  const { shard, checkpoint } = anchor;
  const found = { shard, line: null, byteOffset: null, anchor: factsOf(anchor), opens: false };
  if (standing === "differs") {
    const expected = rootText(checkpoint.root);
    const actual = root === undefined ? "" : rootText(root);
    return { ...found, code: "CKPT_ROOT", seq: null, suspects: [], lastGoodSeq: null, expected, actual };
  }
  const isBeside = proven.some(
    ({ anchor: other, standing: stands }) =>
      stands === "short" && other.source === "sealed" && other.shard === shard,
  );
  return {
    ...found,
    // With a longer seal beside it the log alone was cut; without, log and seals were set back together.
    code: isBeside ? "TRUNCATED" : "ROLLBACK",
    seq: entries,
    suspects: [entries],
    lastGoodSeq: entries === 0 ? null : entries - 1,
    expected: `${checkpoint.size} entries of ${shard}`,
    actual: `${entries} entries`,
  };
}

/** A key that was given up: what it signed is no damage, and no word about the log either. */
function revokedStray(anchor: Anchor): readonly Stray[] {
  const { source, name, shard } = anchor;
  const genuine = anchor.genuine();
  return !genuine.ok && genuine.revoked === true ? [{ source, name, shard, why: genuine.why }] : [];
}

function forgedFinding(anchor: Anchor): Finding {
  const genuine = anchor.genuine();
  return signatureFinding(anchor.shard, anchor.name, genuine.ok ? "" : genuine.why, factsOf(anchor));
}

/** What is in the place of a checkpoint beside the log and is none; elsewhere it is only passed over. */
function strayFinding(stray: Stray): readonly Finding[] {
  return stray.source === "sealed" ? [signatureFinding(stray.shard, stray.name, stray.why, null)] : [];
}

function signatureFinding(
  shard: string | null,
  name: string,
  why: string,
  anchor: AnchorFacts | null,
): Finding {
  return {
    code: "CKPT_SIGNATURE",
    shard,
    seq: null,
    suspects: [],
    lastGoodSeq: null,
    line: null,
    byteOffset: null,
    expected: "a checkpoint that a pinned sealer key signed",
    actual: `${name}: ${why}`,
    anchor,
    opens: false,
  };
}

function chainFinding(fault: Fault): Finding {
  const { code, shard, seq, suspects, position, byteOffset, expected, actual, opens } = fault;
  return {
    code,
    shard,
    seq,
    suspects,
    lastGoodSeq: seq === 0 ? null : seq - 1,
    line: position + 1,
    byteOffset,
    expected,
    actual,
    anchor: null,
    opens,
  };
}

/** By place. A root that differs speaks of entries before its size, so it stands before a fault behind them. */
function inOrder(chain: readonly Finding[], anchored: readonly Finding[]): readonly Finding[] {
  const rank = ({ code, anchor, seq }: Finding): number =>
    code === "CKPT_ROOT" ? (anchor?.size ?? 0) - 1 : (seq ?? 0);
  return [...chain, ...anchored].toSorted((a, b) => {
    const [x, y] = [a.shard ?? "", b.shard ?? ""];
    return x === y ? rank(a) - rank(b) : x < y ? -1 : 1;
  });
}

function emptiness({ shards, faults, unreadable }: Scanned): readonly Finding[] {
  const none = { shard: null, seq: null, suspects: [], lastGoodSeq: null, line: null, byteOffset: null };
  const at = { ...none, anchor: null, opens: false };
  if (unreadable !== undefined)
    return [{ ...at, code: "UNREADABLE", expected: "a readable audit table", actual: unreadable }];
  if (shards.length > 0 || faults.length > 0) return [];
  return [{ ...at, code: "EMPTY", expected: "at least the entry shard.open", actual: "no entries" }];
}

/**
 * The newest shard that a checkpoint covers, by the largest one that a sealer's key signed. A verdict's facts never cover: the
 * attestation key is no witness of the log, it can only contradict it.
 */
function coverOf(compared: readonly Compared[], shards: readonly WalkedShard[]): Covered | undefined {
  for (const { shard, first } of shards.toReversed()) {
    const best = compared
      .filter(
        ({ standing, anchor: { note, shard: of, checkpoint } }) =>
          standing === "fits" && note !== undefined && of === shard && checkpoint.size > 0,
      )
      .toReversed()
      .find(({ anchor }) => anchor.genuine().ok)?.anchor;
    if (best === undefined) continue;
    const base = shards[0]?.first ?? 0;
    return { ...factsOf(best), shard, entries: first - base + best.checkpoint.size };
  }
  return undefined;
}

function largest(compared: readonly Compared[]): readonly AnchorFacts[] {
  const fitting = compared.filter(
    ({ standing, anchor }) => standing === "fits" && anchor.checkpoint.size > 0,
  );
  const best = new Map<string, AnchorFacts>();
  for (const { anchor } of fitting.toReversed())
    if (!best.has(anchor.source) && anchor.genuine().ok) best.set(anchor.source, factsOf(anchor));
  return [...best.values()];
}

export function factsOf(anchor: Anchor): AnchorFacts {
  const { source, name, checkpoint } = anchor;
  const genuine = anchor.genuine();
  return {
    source,
    name,
    origin: checkpoint.origin,
    size: checkpoint.size,
    keyid: genuine.ok ? genuine.keyid : null,
  };
}
