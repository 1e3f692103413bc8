// What a round knows for the providers of evidence: git's own list, the checks' results, and the order's claims.
import { type Check, resourceUri } from "../../core/attestation/statement.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/refusal.ts";
import type { Subject } from "../../core/gate/evidence.ts";
import { changedFiles } from "../../core/proposal/changed.ts";
import { carriedOf, claimsOf } from "../../core/proposal/order.ts";
import type { GitFacts } from "../../io/evidence/provider.ts";
import type { Setup } from "../../io/file/config.ts";
import type { RoundFacts } from "../bench.ts";
import type { Matter } from "../checks/matter.ts";

/** `tree` is missing where the tree check did not look at one: then nothing that git would say of it is a fact. */
export async function roundFacts(
  matter: Matter,
  checks: readonly Check[],
  tree: GitOid | undefined,
): Promise<Omit<RoundFacts, "trust">> {
  const { principal, change_type, risk_level, evidence } = matter.order;
  const protectedPaths = tree === undefined ? undefined : await isProtected(matter);
  return {
    git: () => gitFacts(matter, tree),
    checks: () => ({ checks, commands: matter.commands, protectedPaths }),
    caller: { principal, changeType: change_type, riskLevel: risk_level, claims: claimsOf(evidence) },
    carried: carriedOf(evidence),
  };
}

/** What evidence must be about to count for this order. */
export function subjectOf({ config }: Setup, patch: Uint8Array, tree: GitOid | undefined): Subject {
  return {
    resource: resourceUri(config.repository.name, config.namespace.name),
    patch: sha256(patch),
    ...(tree === undefined ? {} : { tree }),
  };
}

async function gitFacts(matter: Matter, tree: GitOid | undefined): Promise<GitFacts> {
  const { manifest } = known(await matter.base());
  if (tree === undefined) throw new CountersignError("exec_failed", "no tree was built");
  const [changes, files, tip] = [known(await matter.changes()), known(matter.files()), await matter.tip()];
  return {
    targetRef: manifest.ref,
    baseCommit: manifest.commit,
    baseTree: manifest.tree,
    resultTree: tree,
    baseIsTip: tip.ref === manifest.ref && tip.commit === manifest.commit,
    changes: changedFiles(changes, files),
  };
}

/** By git's list of what really changes. No flag of the order has a say in it; there is none. */
async function isProtected({ changes, setup: { protect } }: Matter): Promise<boolean | undefined> {
  try {
    return known(await changes()).some(({ path, raw }) => protect(path ?? raw) !== undefined);
  } catch {
    return undefined; // not established; the provider answers with an error
  }
}

function known<T>(fact: Result<T>): T {
  if (fact.ok) return fact.value;
  throw new CountersignError("exec_failed", fact.refusal.message);
}
