// Verifying a landed branch in any clone: the verdict that travels in refs/countersign/, against a key from elsewhere.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parseVerdict, type Verdict } from "../../core/attestation/statement.ts";
import { verifyEnvelope } from "../../core/attestation/verify.ts";
import { sha256 } from "../../core/base/digest.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import { type GitOid, gitOidSchema, landedRef, type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { orderSchema } from "../../core/proposal/order.ts";
import { type Git, type Repository, resolveRef, runGit } from "../../io/exec/git.ts";
import { landedFile } from "./landed.ts";
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
  const tip = await findBranch(git, repository, name);
  if (tip === undefined) return unknown(`there is no branch ${printable(name)}; fetch it first`);
  const commit = await readCommit(git, repository, tip);
  const trailers = commit === undefined ? undefined : readTrailers(commit.message);
  const id = patchIdSchema.safeParse(trailers?.patch);
  if (commit === undefined || trailers === undefined || !id.success) {
    return unknown("the tip is no commit that countersign landed (its trailers are missing)", {
      commit: tip,
    });
  }
  const facts = { commit: tip, patch_id: id.data };
  const proof = await resolveRef(git, repository, landedRef(id.data));
  if (proof === undefined) return unknown(`the verdict is not in this clone; fetch it with: ${FETCH}`, facts);
  const envelope = await landedFile(git, repository, proof, "verdict");
  const order = await landedFile(git, repository, proof, "order");
  if (envelope === undefined || order === undefined)
    return failed(`${landedRef(id.data)} holds no verdict and order`, facts);
  if (input.keys.length === 0) {
    return unknown(
      "no key to verify with; pass --key PUB, from the validator's operator and not from this repository",
      facts,
    );
  }
  return verifyCommit({ commit, trailers, id: id.data, envelope, order }, input, facts);
}

interface Landed {
  readonly commit: Commit;
  readonly trailers: { readonly statement: string; readonly key: string };
  readonly id: PatchId;
  readonly envelope: Uint8Array;
  readonly order: Uint8Array;
}

function verifyCommit(
  landed: Landed,
  { keys, patch }: BranchInput,
  facts: BranchAnswer["facts"],
): BranchAnswer {
  const verified = verifyEnvelope(landed.envelope, keys);
  if (!verified.ok) return failed(`${verified.refusal.code}: ${verified.refusal.message}`, facts);
  const { payload, keyid } = verified.value;
  const verdict = parseVerdict(payload);
  if (!verdict.ok) return failed(`${verdict.refusal.code}: ${verdict.refusal.message}`, facts);
  const { outcome, base } = verdict.value.predicate;
  const statement = `sha256:${sha256(payload)}`;
  const all = { ...facts, key: keyid, statement, outcome, base: base.digest.gitCommit };
  const wrong =
    disagreement(landed, { statement, key: keyid }, verdict.value) ??
    patchFault(landed.order, verdict.value, patch);
  if (wrong !== undefined) return failed(wrong, all);
  const person =
    outcome === "APPROVED"
      ? ""
      : "; the validator asked for a person, and the committer says they confirmed it";
  return {
    verdict: "verified",
    why: `tree, parent, patch and trailers are the attested ones${person}`,
    facts: all,
  };
}

function disagreement(
  { commit, trailers, id }: Landed,
  said: Landed["trailers"],
  { predicate, subject }: Verdict,
): string | undefined {
  if (predicate.patchId !== id) return `the verdict is about patch ${predicate.patchId}`;
  if (predicate.outcome === "REJECTED") return "the validator rejected this patch";
  if (commit.tree !== subject[1]?.digest.gitTree)
    return `the commit's tree ${commit.tree} is not the attested one`;
  if (commit.parents.length !== 1 || commit.parents[0] !== predicate.base.digest.gitCommit)
    return "the commit's parent is not the attested base";
  if (trailers.statement !== said.statement) return "the trailer names another statement";
  return trailers.key === said.key ? undefined : "the trailer names another key";
}

function patchFault(
  order: Uint8Array,
  { subject }: Verdict,
  given: Uint8Array | undefined,
): string | undefined {
  const attested = subject[0].digest.sha256;
  const parsed = orderSchema.safeParse(parseCanonical(order));
  if (!parsed.success || sha256(parsed.data.patch) !== attested)
    return "the patch beside the verdict is not the attested one";
  return given === undefined || sha256(given) === attested
    ? undefined
    : "the patch given is not the attested one";
}

/** As a person names it: a branch here, a branch of a remote, or a full ref name. */
async function findBranch(git: Git, repository: Repository, name: string): Promise<GitOid | undefined> {
  for (const ref of [`refs/heads/${name}`, `refs/remotes/${name}`, `refs/remotes/origin/${name}`, name]) {
    const found = await resolveRef(git, repository, ref);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Commit {
  readonly tree: GitOid;
  readonly parents: readonly GitOid[];
  readonly message: string;
}

const MAX_COMMIT = 1_048_576;

/** A commit by its own bytes; no replacement, graft or mailmap has a say. */
async function readCommit(git: Git, repository: Repository, oid: GitOid): Promise<Commit | undefined> {
  const { code, stdout } = await runGit(git, {
    gitDir: repository.gitDir,
    args: ["cat-file", "commit", oid],
    maxOutputBytes: MAX_COMMIT,
  });
  const text = code === 0 ? fromUtf8(stdout) : undefined;
  const split = text?.indexOf("\n\n") ?? -1;
  if (text === undefined || split < 0) return undefined;
  const heads = text.slice(0, split).split("\n");
  const named = (name: string): GitOid[] =>
    heads
      .filter((line) => line.startsWith(`${name} `))
      .flatMap((line) => gitOidSchema.safeParse(line.slice(name.length + 1)).data ?? []);
  const [tree] = named("tree");
  return tree === undefined ? undefined : { tree, parents: named("parent"), message: text.slice(split + 2) };
}

function unknown(why: string, facts: Readonly<Record<string, string>> = {}): BranchAnswer {
  return { verdict: "unknown", why, facts };
}

function failed(why: string, facts: Readonly<Record<string, string>>): BranchAnswer {
  return { verdict: "failed", why, facts };
}
