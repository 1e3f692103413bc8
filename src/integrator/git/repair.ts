// After a crash between landing and record: the record is copied from the landed ref, so that the log learns of it.
import type { PatchId } from "../../core/base/ids.ts";
import type { LandingReader, LandingWriter } from "../../io/exchange/exchange.ts";
import type { Git, Repository } from "../../io/exec/git.ts";
import { landedRecord, landedRefs } from "./landed.ts";

/**
 * Write the record of every landed ref that has none in the exchange; returns their ids. Idempotent: the attempt's id
 * is in the record, so two repairs, or a repair beside a landing that is still writing, make the same file.
 */
export async function repairRecords(
  git: Git,
  repository: Repository,
  landings: LandingWriter,
): Promise<readonly PatchId[]> {
  const refs = await landedRefs(git, repository);
  if (refs.size === 0) return [];
  const known = await recorded(landings, refs);
  const repaired: PatchId[] = [];
  for (const [id, proof] of refs) {
    if (known.has(id)) continue;
    const record = await landedRecord(git, repository, id, proof);
    if (record === undefined) continue;
    await landings.put(record);
    repaired.push(id);
  }
  return repaired;
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
