// Verifying a landed branch in any clone: the verdict that travels in refs/countersign/, against a key from elsewhere.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { sha256 } from "../../core/base/digest.ts";
import { type GitOid, landedRef, patchIdSchema } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { type Git, type Repository, resolveRef } from "../../io/exec/git.ts";
import { type Attested, commitFault, fits, type LandedCommit, openVerdict } from "./attested.ts";
import { readCommit } from "./commit.ts";
import { type LandedFile, landedFile, landedRecord } from "./landed.ts";
import { readTrailers } from "./message.ts";

/** `unknown` is "cannot tell": nothing is known to be wrong, and nothing is proved. */
export interface BranchAnswer {
  readonly verdict: "verified" | "failed" | "unknown";
  readonly why: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface BranchInput {
  /** From the person or the pinned state; the key inside the ref is written by whoever wrote the ref. */
  readonly keys: readonly TrustedKey[];
  /** A patch that the branch must be made of, if given. */
  readonly patch: Uint8Array | undefined;
}

const FETCH = "git fetch origin 'refs/countersign/*:refs/countersign/*'";

/** Verify that the tip of `name` is exactly what an attested patch makes of its attested base. */
export async function verifyBranch(
  git: Git,
  repository: Repository,
  name: string,
  input: BranchInput,
): Promise<BranchAnswer> {
  const branch = await findBranch(git, repository, name);
  if (branch === undefined) return unknown(`there is no branch ${printable(name)}; fetch it first`);
  const { ref, tip } = branch;
  const commit = await readCommit(git, repository, tip);
  const id = patchIdSchema.safeParse(commit === undefined ? undefined : readTrailers(commit.message)?.patch);
  if (commit === undefined || !id.success) {
    return unknown("the tip is no commit that countersign landed (its trailers are missing)", {
      ref,
      commit: tip,
    });
  }
  const facts = { ref, commit: tip, patch_id: id.data };
  const proof = await resolveRef(git, repository, landedRef(id.data));
  if (proof === undefined) return unknown(`the verdict is not in this clone; fetch it with: ${FETCH}`, facts);
  const { envelope, order, receipt } = await proofFiles(git, repository, proof);
  if (envelope === undefined || order === undefined)
    return failed(`${landedRef(id.data)} holds no verdict and order`, facts);
  if (input.keys.length === 0) {
    return unknown(
      "no key to verify with; pass --key PUB, from the validator's operator and not from this repository",
      facts,
    );
  }
  const attested = openVerdict(envelope, input.keys);
  if (!attested.ok) return failed(`${attested.refusal.code}: ${attested.refusal.message}`, facts);
  const record = await landedRecord(git, repository, id.data, proof);
  return judge(
    attested.value,
    { id: id.data, commit, order, receipt },
    { tip, record, patch: input.patch },
    facts,
  );
}

interface ProofFiles {
  readonly envelope: Uint8Array | undefined;
  readonly order: Uint8Array | undefined;
  readonly receipt: Uint8Array | undefined;
}

async function proofFiles(git: Git, repository: Repository, proof: GitOid): Promise<ProofFiles> {
  const file = (name: LandedFile): Promise<Buffer | undefined> => landedFile(git, repository, proof, name);
  return { envelope: await file("verdict"), order: await file("order"), receipt: await file("receipt") };
}

interface Beside {
  readonly tip: GitOid;
  readonly record: Landing | undefined;
  readonly patch: Uint8Array | undefined;
}

function judge(
  attested: Attested,
  landed: LandedCommit,
  { tip, record, patch }: Beside,
  facts: BranchAnswer["facts"],
): BranchAnswer {
  const { verdict, statement, keyid } = attested;
  const { outcome, base } = verdict.predicate;
  const all = {
    ...facts,
    key: keyid,
    statement: `sha256:${statement}`,
    outcome,
    base: base.digest.gitCommit,
  };
  const wrong = commitFault(attested, landed);
  if (wrong !== undefined) return failed(wrong, all);
  if (patch !== undefined && sha256(patch) !== verdict.subject[0].digest.sha256)
    return failed("the patch given is not the attested one", all);
  const why = "tree, parent, patch and message are the attested ones";
  if (outcome === "APPROVED") return { verdict: "verified", why, facts: all };
  const asked = `${why}; the validator asked for a person, and`;
  if (fits(record, attested, landed.id, tip) && record.confirmed)
    return { verdict: "verified", why: `${asked} the committer says they confirmed it`, facts: all };
  return unknown(`${asked} nothing here shows that a person confirmed it`, all);
}

/**
 * As a person names it: a branch here, a branch of a remote, or a full ref name. A full name means that ref alone: in
 * `refs/heads/refs/heads/x` of a remote, whoever pushed would choose what is verified.
 */
async function findBranch(
  git: Git,
  repository: Repository,
  name: string,
): Promise<{ readonly ref: string; readonly tip: GitOid } | undefined> {
  const places = name.startsWith("refs/")
    ? [name]
    : [`refs/heads/${name}`, `refs/remotes/${name}`, `refs/remotes/origin/${name}`];
  for (const ref of places) {
    const tip = await resolveRef(git, repository, ref);
    if (tip !== undefined) return { ref: printable(ref), tip };
  }
  return undefined;
}

function unknown(why: string, facts: Readonly<Record<string, string>> = {}): BranchAnswer {
  return { verdict: "unknown", why, facts };
}

function failed(why: string, facts: Readonly<Record<string, string>>): BranchAnswer {
  return { verdict: "failed", why, facts };
}
