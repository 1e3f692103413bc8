// What has landed, as the repository itself tells it: the refs that hold verdict, order and record of each landing.
import { type GitOid, gitOidSchema, type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Landing, landingSchema } from "../../core/proposal/landing.ts";
import { type Git, gitBytes, type Repository, runGit } from "../../io/exec/git.ts";
import { landedFiles } from "./land.ts";

const PREFIX = "refs/countersign/landed/";
const MAX_FILE = 2_097_152;
const MAX_REFS = 67_108_864;

/** Every landed ref and the commit behind it. Names that are not patch ids are somebody else's, and skipped. */
export async function landedRefs(git: Git, repository: Repository): Promise<ReadonlyMap<PatchId, GitOid>> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", PREFIX];
  const listing = await gitBytes(git, { gitDir: repository.gitDir, args, maxOutputBytes: MAX_REFS });
  const found = new Map<PatchId, GitOid>();
  for (const line of listing.toString("utf8").split("\n")) {
    const space = line.indexOf(" ");
    const oid = gitOidSchema.safeParse(line.slice(0, space));
    const id = patchIdSchema.safeParse(line.slice(space + 1 + PREFIX.length));
    if (oid.success && id.success) found.set(id.data, oid.data);
  }
  return found;
}

export type LandedFile = keyof typeof landedFiles;

/** One file of a landed ref, or undefined when it is not there. Nothing in it is trustworthy until it is verified. */
export async function landedFile(
  git: Git,
  repository: Repository,
  proof: GitOid,
  file: LandedFile,
): Promise<Buffer | undefined> {
  const args = ["cat-file", "blob", `${proof}:${landedFiles[file]}`];
  const { code, stdout } = await runGit(git, { gitDir: repository.gitDir, args, maxOutputBytes: MAX_FILE });
  return code === 0 ? stdout : undefined;
}

/** The record of a landing from its ref, or undefined when it is missing or not one of this patch. */
export async function landedRecord(
  git: Git,
  repository: Repository,
  id: PatchId,
  proof: GitOid,
): Promise<Landing | undefined> {
  const bytes = await landedFile(git, repository, proof, "record");
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const parsed = landingSchema.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.patch_id === id && parsed.data.result.kind === "landed"
      ? parsed.data
      : undefined;
  } catch {
    return undefined;
  }
}
