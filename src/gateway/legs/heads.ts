// Leg four: puts leaf hashes of the log where the sealer finds them. Every gateway of a log does it, and all say the same.
import { type HeadRequest, type Heartbeat, leavesIn, MAX_REQUEST_LEAVES } from "../../core/audit/heads.ts";
import { TILE } from "../../core/audit/subtrees.ts";
import type { Clock } from "../../core/base/time.ts";
import type { HeadRequestWriter, SealedReader } from "../../io/exchange/exchange.ts";
import type { LogView } from "../../io/store/store.ts";
import type { SealedShard } from "./sealed.ts";

export interface HeadParts {
  readonly view: LogView;
  readonly requests: HeadRequestWriter;
  readonly sealed: Pick<SealedReader, "heartbeat">;
  readonly clock: Clock;
}

/** What was asked for and is not sealed by then is asked for again: another gateway may have written over it. */
const AGAIN_MS = 2000;

interface Asked {
  readonly what: string;
  readonly at: number;
}

/**
 * Oldest shard first, and the next one only when that is sealed to its end; its request stays until the next one has its
 * first checkpoint, because a sealer that lost its memory has to be told again that the shard is closed. Crash story: a
 * request is only ever a repetition of the log, so whatever was lost is written again.
 */
export function openHeads(
  parts: HeadParts,
): (shards: readonly SealedShard[], urgent: boolean) => Promise<void> {
  const asked = new Map<string, Asked>();
  let cleared = -1;
  return async (shards, urgent) => {
    const last = shards.findIndex(({ view, checkpoint }) => !isSealed(view, checkpoint?.size));
    const first = firstNeeded(shards, last === -1 ? shards.length - 1 : last);
    if (first !== cleared) await clear(parts, shards.slice(0, first));
    cleared = first;
    const open = last === -1 ? undefined : shards[last];
    const found = await parts.sealed.heartbeat();
    const beat = found.kind === "found" ? found.value : undefined;
    const lost = shards.find(({ view }) => isAskedBack(beat, view.shard) && view !== open?.view);
    const ended = shards.slice(first, last === -1 ? shards.length : last).filter(({ view }) => view.closed);
    for (const shard of new Set([...ended, lost, open]))
      if (shard !== undefined) await ask(parts, requestFor(parts, shard, beat, urgent), asked);
  };
}

function isSealed({ entries, closed }: SealedShard["view"], size = 0): boolean {
  return size === entries && (closed || size > 0);
}

/** The shard that is being sealed; also the one before, as long as this one has no checkpoint. */
function firstNeeded(shards: readonly SealedShard[], at: number): number {
  return shards[at]?.checkpoint === undefined ? Math.max(0, at - 1) : at;
}

async function clear({ requests }: HeadParts, done: readonly SealedShard[]): Promise<void> {
  const there = new Set(await requests.list());
  for (const { view } of done) if (there.has(view.shard)) await requests.remove(view.shard);
}

/** The sealer's memory is behind what it signed: it says from where it needs the leaves again. */
function isAskedBack(beat: Heartbeat | undefined, shard: string): boolean {
  const isBehind = beat?.trouble === "SEALER_ROLLED_BACK" || beat?.trouble === "LOG_GAP";
  return isBehind && beat.sealed?.shard === shard;
}

/** From the beginning of the tile in which the sealed part ends: the sealer checks those leaves against its own tree. */
function requestFor(
  { view }: HeadParts,
  { view: { shard, entries, closed }, checkpoint }: SealedShard,
  beat: Heartbeat | undefined,
  urgent: boolean,
): HeadRequest {
  const told = beat?.sealed?.shard === shard ? beat.sealed.size : undefined;
  const forgot = beat?.trouble === "LOG_GAP" && beat.sealed === null ? 0 : undefined;
  const behind = isAskedBack(beat, shard) ? told : forgot;
  const size = Math.min(behind ?? checkpoint?.size ?? told ?? 0, entries);
  const from = size - (size % TILE);
  const leaves = view.leaves(shard, from, MAX_REQUEST_LEAVES);
  const closes = closed && from + leaves.length === entries;
  return { v: 1, shard, from, leaves: leaves.join(""), closes, urgent };
}

async function ask(
  { requests, clock }: HeadParts,
  request: HeadRequest,
  asked: Map<string, Asked>,
): Promise<void> {
  const { shard, from, leaves, closes, urgent } = request;
  const what = [from, leaves.length, leaves.slice(-64), closes, urgent].join(" ");
  const before = asked.get(shard);
  const now = clock();
  if (before?.what === what && now >= before.at && now - before.at < AGAIN_MS) return;
  asked.set(shard, { what, at: now });
  const there = await requests.read(shard);
  if (there.kind !== "found" || !says(there.value, request)) await requests.put(request);
}

/** Whether `there` says all of `wanted`, and nothing else about the same leaves. */
function says(there: HeadRequest, wanted: HeadRequest): boolean {
  const [has, needs] = [leavesIn(there), leavesIn(wanted)];
  const skipped = wanted.from - there.from;
  if (skipped < 0 || skipped + needs.length > has.length) return false;
  const isSame = needs.every((leaf, at) => leaf === has[skipped + at]);
  return isSame && (there.closes || !wanted.closes) && (there.urgent || !wanted.urgent);
}
