// Checkpoints of our own key wherever they are found: whoever sets the sealer's state back does not get at all of them.
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parseVerdict } from "../../core/attestation/statement.ts";
import { verifyEnvelope } from "../../core/attestation/verify.ts";
import {
  type Checkpoint,
  claimedCheckpoint,
  openCheckpoint,
  originOf,
  rootFrom,
  shardOf,
} from "../../core/audit/checkpoint.ts";
import { fromUtf8, utf8 } from "../../core/base/bytes.ts";
import type { SealedReader, VerdictReader } from "../../io/exchange/exchange.ts";
import type { Memory } from "./memory.ts";

export interface WitnessPlaces {
  readonly memory: Pick<Memory, "shards" | "history" | "remembered">;
  readonly sealed: Pick<SealedReader, "shards" | "checkpoint">;
  readonly verdicts: VerdictReader;
  readonly deployment: string;
  /** Every key that ever sealed here. */
  readonly sealers: readonly TrustedKey[];
  /** Every key that ever signed verdicts here. */
  readonly attesters: readonly TrustedKey[];
}

/**
 * By shard: checkpoints that the state does not account for, smallest first. Those in the sealer's own history and in
 * heads/sealed are notes of its key; those in verdicts are signed with the verdict.
 */
export async function unaccounted(
  places: WitnessPlaces,
): Promise<ReadonlyMap<string, readonly Checkpoint[]>> {
  const found = [
    ...(await inHistory(places)),
    ...(await published(places)),
    ...(await inVerdicts(places)),
  ].filter((checkpoint) => !isAccounted(places, checkpoint));
  const byShard = new Map<string, Checkpoint[]>();
  for (const checkpoint of found.toSorted((a, b) => a.size - b.size)) {
    const shard = shardOf(checkpoint.origin, places.deployment) ?? "";
    byShard.set(shard, [...(byShard.get(shard) ?? []), checkpoint]);
  }
  return byShard;
}

/** Smaller ones were extended by this very state; the same size must be the same tree. */
function isAccounted(
  { memory, deployment }: Pick<WitnessPlaces, "memory" | "deployment">,
  { origin, size, root }: Checkpoint,
): boolean {
  const state = memory.shards.find(({ shard }) => originOf(deployment, shard) === origin);
  if (size === 0) return true;
  if (state === undefined || size > state.size) return false;
  return size < state.size || claimedCheckpoint(utf8(state.note))?.root === root;
}

/** A checkpoint of this shard by one of our keys; undefined for everything else. */
export function ownCheckpoint(
  note: Uint8Array,
  shard: string,
  { deployment, sealers }: Pick<WitnessPlaces, "deployment" | "sealers">,
): Checkpoint | undefined {
  const keys = sealers.map(({ publicKey }) => publicKey);
  const opened = openCheckpoint(note, originOf(deployment, shard), keys);
  return opened.ok ? opened.checkpoint : undefined;
}

/** The history lies beside the state, and is believed as much: its signatures are not verified again. */
async function inHistory(places: WitnessPlaces): Promise<readonly Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const shard of await places.memory.remembered())
    for (const note of places.memory.history(shard)) {
      const checkpoint = claimedCheckpoint(utf8(note));
      if (checkpoint?.origin !== originOf(places.deployment, shard)) continue;
      if (isAccounted(places, checkpoint)) break;
      found.push(checkpoint);
    }
  return found;
}

async function published(places: WitnessPlaces): Promise<readonly Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const shard of await places.sealed.shards()) {
    const note = await places.sealed.checkpoint(shard);
    const checkpoint = note.kind === "found" ? ownCheckpoint(note.bytes, shard, places) : undefined;
    if (checkpoint !== undefined) found.push(checkpoint);
  }
  return found;
}

/** Only what would be news is verified: a start must not take long because many verdicts were signed before it. */
async function inVerdicts(places: WitnessPlaces): Promise<readonly Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const id of await places.verdicts.list()) {
    await nextTurn();
    const read = await places.verdicts.read(id);
    if (read.kind !== "found") continue;
    const claimed = checkpointIn(claimedFacts(read.bytes), places.deployment);
    if (claimed === undefined || isAccounted(places, claimed)) continue;
    const verified = verifyEnvelope(read.bytes, places.attesters);
    const verdict = verified.ok ? parseVerdict(verified.value.payload) : undefined;
    const facts = verdict?.ok === true ? verdict.value.predicate.auditCheckpoint : undefined;
    const signed = checkpointIn(facts, places.deployment);
    if (signed !== undefined) found.push(signed);
  }
  return found;
}

const factsSchema = z.looseObject({ origin: z.string(), size: z.int().min(0), rootHash: z.string() });
const claimSchema = z.looseObject({
  predicate: z.looseObject({ auditCheckpoint: factsSchema.optional() }),
});

/** What an envelope says that nobody has verified. */
function claimedFacts(envelope: Uint8Array): z.infer<typeof factsSchema> | undefined {
  const payload = parseEnvelope(envelope)?.payload ?? new Uint8Array();
  try {
    return claimSchema.safeParse(JSON.parse(fromUtf8(payload) ?? "")).data?.predicate.auditCheckpoint;
  } catch {
    return undefined;
  }
}

function checkpointIn(
  facts: z.infer<typeof factsSchema> | undefined,
  deployment: string,
): Checkpoint | undefined {
  const root = rootFrom(facts?.rootHash ?? "");
  if (facts === undefined || root === undefined || shardOf(facts.origin, deployment) === undefined)
    return undefined;
  return { origin: facts.origin, size: facts.size, root };
}
