// After a crash between landing and record: the record is copied from the landed ref, so that the log learns of it.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { GitOid, PatchId } from "../../core/base/ids.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { IntegratorExchange, LandingReader } from "../../io/exchange/exchange.ts";
import type { Git, Repository } from "../../io/exec/git.ts";
import { commitFault, fits, openVerdict } from "./attested.ts";
import { readCommit } from "./commit.ts";
import { landedFile, landedRecord, landedRefs } from "./landed.ts";

export interface Desk {
  readonly git: Git;
  readonly open: Repository;
  readonly exchange: Pick<IntegratorExchange, "verdicts" | "landings">;
  readonly keys: readonly TrustedKey[];
}

export interface Repaired {
  /** Patches that landed here: their refs are there, and the record of it is ours. */
  readonly landed: ReadonlySet<PatchId>;
  /** Those of them whose record was missing until now. */
  readonly repaired: readonly PatchId[];
}

/**
 * Write the record of every landing of ours that has none in the exchange. Idempotent: the attempt's id is in the
 * record, so two repairs, or a repair beside a landing that is still writing, make one file. A refusal can have the name
 * already, where what broke could not be told from what landed; the landing gets one of its own then, or the log would
 * tell of the refusal for good.
 *
 * Refs are fetched from other clones too, and whoever can push can make one: what such a ref says becomes a record of
 * ours, and `landed` in `list` and `show`, only as far as a trusted key signed it.
 */
export async function repairRecords(desk: Desk): Promise<Repaired> {
  const refs = await landedRefs(desk.git, desk.open);
  if (refs.size === 0) return { landed: new Set(), repaired: [] };
  const landed = await recorded(desk.exchange.landings, refs);
  const repaired: PatchId[] = [];
  for (const [id, proof] of refs) {
    const record = landed.has(id) ? undefined : await provenRecord(desk, id, proof);
    if (record === undefined) continue;
    await desk.exchange.landings.put(await named(desk.exchange.landings, record, proof));
    landed.add(id);
    repaired.push(id);
  }
  return { landed, repaired };
}

/** Under the attempt's name, or when that is taken, under one that everybody makes of the same ref. */
async function named(landings: LandingReader, record: Landing, proof: GitOid): Promise<Landing> {
  const there = await landings.read(`${record.patch_id}.${record.attempt}`);
  return there.kind === "absent" ? record : { ...record, attempt: uuidOf(`${record.patch_id} ${proof}`) };
}

/** RFC 9562, version 8: the digest decides every other bit. */
function uuidOf(text: string): string {
  const hex = sha256(utf8(text));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** In the log, instead of a name that only the ref gives: whoever wrote the ref could have written any. */
const NOBODY = "unknown (repaired)";

/** The record was not written by the one who landed, but made here from a ref. */
export function isRepaired({ person, result }: Landing): boolean {
  return person === NOBODY && result.kind === "landed";
}

/**
 * The record in the ref, when the ref holds byte for byte the verdict of this exchange, a trusted key signed that, and
 * the commit below is the attested one. Person, confirmation and the gate's decision are proved by nothing and are not
 * taken over.
 */
async function provenRecord(
  { git, open, exchange, keys }: Desk,
  id: PatchId,
  proof: GitOid,
): Promise<Landing | undefined> {
  const ours = await exchange.verdicts.read(id);
  const envelope = ours.kind === "found" ? await landedFile(git, open, proof, "verdict") : undefined;
  if (ours.kind !== "found" || envelope === undefined || !envelope.equals(ours.bytes)) return undefined;
  const attested = openVerdict(envelope, keys);
  const [below, ...more] = (await readCommit(git, open, proof))?.parents ?? [];
  if (!attested.ok || below === undefined || more.length > 0) return undefined;
  const commit = await readCommit(git, open, below);
  const order = await landedFile(git, open, proof, "order");
  const receipt = await landedFile(git, open, proof, "receipt");
  if (commit === undefined || order === undefined) return undefined;
  if (commitFault(attested.value, { id, commit, order, receipt }) !== undefined) return undefined;
  const record = await landedRecord(git, open, id, proof);
  if (!fits(record, attested.value, id, below)) return undefined;
  const { decision: _, ...proven } = record;
  return { ...proven, person: NOBODY, confirmed: false };
}

/** Ids of `refs` whose landing is on record. */
async function recorded(landings: LandingReader, refs: ReadonlyMap<PatchId, unknown>): Promise<Set<PatchId>> {
  const known = new Set<PatchId>();
  for (const name of await landings.list()) {
    const id = name.slice(0, 36) as PatchId;
    if (!refs.has(id) || known.has(id)) continue;
    const found = await landings.read(name);
    if (found.kind === "found" && found.value.result.kind === "landed") known.add(found.value.patch_id);
  }
  return known;
}
