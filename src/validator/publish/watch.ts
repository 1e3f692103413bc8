// When to publish: the branch moved, the policy changed, or what is published is missing, damaged or not ours.
import { parsePublication } from "../../core/attestation/statement.ts";
import { verifyEnvelope } from "../../core/attestation/verify.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import type { Digest } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { manifestSchema, openManifest } from "../../core/manifest/manifest.ts";
import { servedTip } from "../../io/exec/git.ts";
import type { Bench, Published } from "../bench.ts";
import type { Target } from "./publish.ts";

/** Branch and commit that are to be served now. Throws `repository_unusable` while the branch has no commit. */
export async function look(bench: Bench): Promise<Target> {
  const { git, repository, setup } = bench;
  const { ref, commit } = await servedTip(git, repository, setup.config.repository.ref);
  if (commit !== undefined) return { ref, commit };
  throw new CountersignError("repository_unusable", `${ref} does not exist in ${repository.path}`, {
    fix: "Make a first commit on it, or set repository.ref to an existing branch.",
  });
}

/** A manifest that we published and that is undamaged: bytes, signature and statement agree. */
export async function openPublished(bench: Bench, digest: Digest): Promise<Published | undefined> {
  const { published } = bench.exchange;
  const [bytes, envelope] = [await published.manifest(digest), await published.manifestEnvelope(digest)];
  if (bytes.kind !== "found" || envelope.kind !== "found") return undefined;
  const verified = verifyEnvelope(envelope.bytes, [bench.signer.key]);
  const statement = verified.ok ? parsePublication(verified.value.payload) : verified;
  if (!statement.ok || statement.value.subject[0].digest.sha256 !== digest) return undefined;
  const parsed = manifestSchema.safeParse(parseCanonical(bytes.bytes));
  return parsed.success ? openManifest(digest, parsed.data) : undefined;
}

/** The current publication if it still speaks for `target` under the present policy. */
export async function upToDate(bench: Bench, target: Target): Promise<Published | undefined> {
  const digest = await bench.exchange.published.current();
  const current = digest === undefined ? undefined : await openPublished(bench, digest);
  return current !== undefined && speaksFor(bench, current, target) ? current : undefined;
}

export function speaksFor({ setup }: Bench, { manifest }: Published, target: Target): boolean {
  const { name } = setup.config.repository;
  return (
    manifest.commit === target.commit &&
    manifest.ref === target.ref &&
    manifest.policy === setup.policy &&
    manifest.repository === name
  );
}

/** True when every blob of a publication is there and is what its name says; the writer hashes each once a process. */
export async function isWhole(bench: Bench, { manifest }: Published): Promise<boolean> {
  for (const { sha256 } of manifest.entries) {
    if (!(await bench.exchange.published.hasBlob(sha256))) return false;
  }
  return true;
}
