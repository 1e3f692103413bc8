// Leg five: receipts. Whoever lands a patch, or hands an incident on, gets the proof that the sealed log holds the entry.
import { unended } from "../../core/attestation/key-life.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { openCheckpoint, originOf } from "../../core/audit/checkpoint.ts";
import type { IncidentId } from "../../core/audit/incident.ts";
import { openProof, renderProof } from "../../core/audit/tlog-proof.ts";
import { inclusionProof } from "../../core/audit/tree.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { type Clock, millisOf } from "../../core/base/time.ts";
import { canMove, isEnded, pendingStates } from "../../core/proposal/state.ts";
import type {
  IncidentReader,
  JournalReader,
  ReceiptWriter,
  VerdictReader,
} from "../../io/exchange/exchange.ts";
import type { Store, StoredEntry, StoredProposal } from "../../io/store/store.ts";
import type { SealedShard } from "./sealed.ts";

export interface ReceiptParts {
  readonly store: Pick<Store, "proposal" | "view">;
  readonly verdicts: VerdictReader;
  readonly incidents: IncidentReader;
  readonly journal: JournalReader;
  readonly receipts: ReceiptWriter;
  readonly deployment: string;
  readonly sealers: () => readonly TrustedKey[];
  readonly clock: Clock;
}

/** As long as orders of finished proposals stay, too. */
const KEPT_MS = 7 * 86_400_000;
const SWEEP_MS = 3_600_000;

/** Entry (its position in the log) that the receipt under an id is known to prove; undefined where none is wanted. */
type Done = Map<string, number | undefined>;

/**
 * Writes every receipt that can be written, and says whether somebody waits for another one. What there is to do is found
 * in the folders and the log: a crash anywhere only delays it.
 */
export function openReceipts(parts: ReceiptParts): (shards: readonly SealedShard[]) => Promise<boolean> {
  const done: Done = new Map();
  let [seen, trusted, swept] = ["", "", -SWEEP_MS];
  let waits = false;
  return async (shards) => {
    const now = parts.clock();
    const isSweep = now - swept >= SWEEP_MS || now < swept;
    if (isSweep) await sweep(parts, done);
    if (isSweep) swept = now;
    // What a key proved that was given up since, or has ended, lands nothing.
    const keys = unended(parts.sealers(), now);
    const ids = keys.map(({ keyid }) => keyid).join();
    if (ids !== trusted) done.clear();
    if (isSweep || ids !== trusted) seen = "";
    trusted = ids;
    // The note whole: the next key signs the same tree.
    const state = shards
      .map(({ view, note }) => `${view.entries} ${Buffer.from(note).toString("latin1")}`)
      .join();
    const verdicts = await parts.verdicts.list();
    const isNew = verdicts.some((id) => !done.has(id));
    if (state === seen && !isNew) return waits;
    seen = state;
    waits = false;
    for (const { id, entry } of await wanted(parts, verdicts, done)) {
      if (done.get(id) === entry.position) continue;
      if (await write(parts, keys, shards, { id, entry })) done.set(id, entry.position);
      else waits = true;
    }
    return waits;
  };
}

interface Wanted {
  readonly id: PatchId | IncidentId;
  readonly entry: StoredEntry;
}

async function wanted(
  parts: ReceiptParts,
  verdicts: readonly PatchId[],
  done: Done,
): Promise<readonly Wanted[]> {
  const { view } = parts.store;
  const found: Wanted[] = [];
  const want = (id: Wanted["id"], entry: StoredEntry | undefined): void => {
    if (entry !== undefined) found.push({ id, entry });
  };
  for (const id of verdicts) if (!done.has(id)) want(id, ofVerdict(parts, id, done));
  for (const { incident_id: id } of await parts.incidents.all())
    want(
      id,
      view
        .about("record", id)
        .findLast(({ entry }) => entry.event === "incident.opened" || entry.event === "incident.closed"),
    );
  for (const id of await parts.journal.list())
    if (!done.has(id))
      want(
        id,
        view.about("record", id).findLast(({ entry }) => entry.data["journal_id"] === id),
      );
  return found;
}

/** The entry that took the verdict in; undefined as long as there is none, and for ever where nobody needs its receipt. */
function ofVerdict({ store, clock }: ReceiptParts, id: PatchId, done: Done): StoredEntry | undefined {
  const proposal = store.proposal(id);
  const isAwaited = proposal === undefined || pendingStates.some((state) => state === proposal.state);
  if (isAwaited) return undefined;
  const entry = isKept(proposal, clock())
    ? store.view.about("patch", id).findLast((one) => one.entry.event === "verdict.received")
    : undefined;
  if (entry === undefined) done.set(id, undefined);
  return entry;
}

/** While the patch can still land, and for some days behind its end. */
function isKept({ state, updated, statement }: StoredProposal, now: number): boolean {
  const isOpen = canMove(state, "landed") && !isEnded(state);
  return isOpen || (statement !== null && now - millisOf(updated) <= KEPT_MS);
}

async function sweep({ store, receipts, clock }: ReceiptParts, done: Done): Promise<void> {
  const there = await receipts.list();
  const names = new Set<string>(there);
  // One that was lost is written again.
  for (const [id, position] of done) if (position !== undefined && !names.has(id)) done.delete(id);
  for (const id of there) {
    const proposal = store.proposal(id as PatchId);
    if (proposal === undefined || isKept(proposal, clock())) continue;
    await receipts.remove(id as PatchId);
    done.set(id, undefined);
  }
}

/** False while the entry is not sealed, or by a key that has ended. A receipt that is there and proves this line stays as it is. */
async function write(
  { receipts, deployment }: ReceiptParts,
  sealers: readonly TrustedKey[],
  shards: readonly SealedShard[],
  { id, entry: { shard, seq, line } }: Wanted,
): Promise<boolean> {
  const sealed = shards.find(({ view }) => view.shard === shard);
  const size = sealed?.checkpoint?.size ?? 0;
  const there = await receipts.read(id);
  const keys = sealers.map(({ publicKey }) => publicKey);
  const origin = originOf(deployment, shard);
  const proven = there.kind === "found" ? openProof(there.bytes, origin, keys) : undefined;
  if (proven?.ok === true && proven.line === line && proven.index === seq) return true;
  if (sealed === undefined || seq >= size || !openCheckpoint(sealed.note, origin, keys).ok) return false;
  const path = inclusionProof(sealed.range, seq, size);
  await receipts.put(id, renderProof({ line, index: seq, path, checkpoint: sealed.note }));
  return true;
}
