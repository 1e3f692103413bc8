// Anchors in refs/countersign/landed: verdict and receipt of every landing, which every clone of the repository has.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid, PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { findGit, type Git, openRepository, type Repository } from "../../io/exec/git.ts";
import type { Layout } from "../../io/file/layout.ts";
import { readRepository } from "../../io/file/state.ts";
import { landedFile, landedRefs } from "../git/landed.ts";
import { findRepository } from "../git/repository.ts";
import type { World } from "../world.ts";
import {
  type Anchor,
  type Anchors,
  isAnchor,
  noteAnchor,
  type Stray,
  type Terms,
  verdictAnchor,
} from "./anchors.ts";

export interface LandedAnchors extends Anchors {
  readonly doubts: readonly string[];
}

const TIMEOUT_MS = 30_000;

/**
 * A state folder that was set back as a whole is told by the repository alone, so that it cannot be looked at is no small
 * thing: it leaves the question open. One ref that cannot be read is passed over, and hides none of the others.
 */
export async function landedAnchors(
  world: World,
  layout: Layout,
  terms: Terms,
  repo: string | undefined,
): Promise<LandedAnchors> {
  const found: (Anchor | Stray)[] = [];
  const doubts: string[] = [];
  try {
    const git = await findGit(world.env["PATH"] ?? "", TIMEOUT_MS);
    const isNamed = existsSync(layout.repository);
    if (!isNamed) doubts.push("the state folder does not say which repository it belongs to");
    const place = isNamed
      ? readRepository(layout)
      : await findRepository(git, resolve(world.cwd, repo ?? "."));
    const repository = await openRepository(git, place.path);
    for (const [id, proof] of await landedRefs(git, repository))
      found.push(...(await ofRef(git, repository, [id, proof], terms)));
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    doubts.push(`landings in the repository were not looked at: ${printable(cause.message)}`);
  }
  const strays = found.filter((one): one is Stray => !isAnchor(one));
  return { anchors: found.filter(isAnchor), strays, doubts };
}

async function ofRef(
  git: Git,
  repository: Repository,
  [id, proof]: readonly [PatchId, GitOid],
  terms: Terms,
): Promise<readonly (Anchor | Stray)[]> {
  const name = `landed/${id}`;
  try {
    const envelope = await landedFile(git, repository, proof, "verdict");
    const receipt = await landedFile(git, repository, proof, "receipt");
    const verdict = envelope === undefined ? undefined : verdictAnchor("landed", name, envelope, terms);
    const note = receipt === undefined ? undefined : parseProof(receipt)?.checkpoint;
    const sealed = note === undefined ? undefined : noteAnchor("landed", name, note, terms);
    return [verdict, sealed].filter((one) => one !== undefined && isAnchor(one)) as readonly Anchor[];
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    return [{ source: "landed", name, shard: null, why: `it cannot be read: ${printable(cause.message)}` }];
  }
}
