// After a crash between landing and record: the record is copied from the landed ref, so that the log learns of it.
import type { GitOid, PatchId } from "../../core/base/ids.ts";
import type { IntegratorExchange, LandingReader } from "../../io/exchange/exchange.ts";
import type { Git, Repository } from "../../io/exec/git.ts";
import { landedFile, landedRecord, landedRefs } from "./landed.ts";

/**
 * Write the record of every landing of ours that has none in the exchange; returns the ids. Idempotent: the attempt's
 * id is in the record, so two repairs, or a repair beside a landing that is still writing, make the same file.
 *
 * Refs are fetched from other clones too, and whoever can push can make one: a ref counts only when it holds, byte for
 * byte, the verdict that lies in this exchange, where only our validator writes.
 */
export async function repairRecords(
  git: Git,
  repository: Repository,
  exchange: Pick<IntegratorExchange, "verdicts" | "landings">,
): Promise<readonly PatchId[]> {
  const refs = await landedRefs(git, repository);
  if (refs.size === 0) return [];
  const known = await recorded(exchange.landings, refs);
  const repaired: PatchId[] = [];
  for (const [id, proof] of refs) {
    if (known.has(id) || !(await isOurs(git, repository, exchange, id, proof))) continue;
    const record = await landedRecord(git, repository, id, proof);
    if (record === undefined) continue;
    await exchange.landings.put(record);
    repaired.push(id);
  }
  return repaired;
}

async function isOurs(
  git: Git,
  repository: Repository,
  { verdicts }: Pick<IntegratorExchange, "verdicts">,
  id: PatchId,
  proof: GitOid,
): Promise<boolean> {
  const verdict = await verdicts.read(id);
  if (verdict.kind !== "found") return false;
  const landed = await landedFile(git, repository, proof, "verdict");
  return landed !== undefined && landed.equals(verdict.bytes);
}

/** Ids of `refs` whose landing is on record. */
async function recorded(
  landings: LandingReader,
  refs: ReadonlyMap<PatchId, unknown>,
): Promise<ReadonlySet<PatchId>> {
  const known = new Set<PatchId>();
  for (const name of await landings.list()) {
    const id = name.slice(0, 36) as PatchId;
    if (!refs.has(id) || known.has(id)) continue;
    const found = await landings.read(name);
    if (found.kind === "found" && found.value.result.kind === "landed") known.add(found.value.patch_id);
  }
  return known;
}
