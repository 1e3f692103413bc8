// Reads one published manifest: the signature first, then the bytes it speaks of, then every field of both.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parsePublication, type Publication } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import {
  manifestSchema,
  type Manifest,
  openManifest,
  type OpenManifest,
} from "../../core/manifest/manifest.ts";
import type { PublishedReader } from "../../io/exchange/exchange.ts";

/**
 * The manifest of this digest, when a trusted key signed its publication, the bytes are the signed ones and the
 * manifest says the same as the statement. Whoever owns the exchange can withhold a manifest, not make one.
 */
export async function readPublication(
  published: PublishedReader,
  digest: Digest,
  keys: readonly TrustedKey[],
  repository: string,
): Promise<Result<OpenManifest>> {
  const signed = await readStatement(published, digest, keys);
  if (!signed.ok) return signed;
  const found = await published.manifest(digest);
  if (found.kind === "absent")
    return refuse("manifest_unavailable", "the manifest's bytes are missing", digest);
  if (found.kind === "damaged" || sha256(found.bytes) !== digest)
    return refuse("manifest_unavailable", "the manifest's bytes do not have its digest", digest);
  const manifest = parseManifest(found.bytes);
  if (manifest === undefined) return refuse("verdict_invalid", "the manifest has another form", digest);
  const fault = disagreement(manifest, signed.value, repository);
  if (fault !== undefined) return refuse("verdict_mismatch", fault, digest);
  return accept(openManifest(digest, manifest));
}

/** Whether a trusted key ever published a manifest of this digest: tells an old base from an invented one. */
export async function wasPublished(
  published: PublishedReader,
  digest: Digest,
  keys: readonly TrustedKey[],
): Promise<boolean> {
  return (await readStatement(published, digest, keys)).ok;
}

async function readStatement(
  published: PublishedReader,
  digest: Digest,
  keys: readonly TrustedKey[],
): Promise<Result<Publication>> {
  const envelope = await published.manifestEnvelope(digest);
  if (envelope.kind === "absent") return refuse("manifest_unavailable", "the manifest is not signed", digest);
  if (envelope.kind === "damaged")
    return refuse("verdict_invalid", "the manifest's envelope is damaged", digest);
  const verified = verifyAttestation(envelope.bytes, keys);
  if (!verified.ok) return verified;
  const statement = parsePublication(verified.value.payload);
  if (!statement.ok) return statement;
  const [subject] = statement.value.subject;
  // Otherwise a genuine publication could be put beside another manifest.
  if (subject.digest.sha256 !== digest)
    return refuse("verdict_mismatch", "the statement speaks of another manifest", digest);
  return statement;
}

function parseManifest(bytes: Uint8Array): Manifest | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(text));
    return parsed.success && hasEachPathOnce(parsed.data) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Each path once: with two entries for one path, the one that is read need not be the one that was checked. */
function hasEachPathOnce({ entries, omitted }: Manifest): boolean {
  const paths = new Set([...entries, ...omitted].map(({ path }) => path));
  return paths.size === entries.length + omitted.length;
}

function disagreement(
  manifest: Manifest,
  { predicate }: Publication,
  repository: string,
): string | undefined {
  if (manifest.repository !== repository) return "the manifest is of another repository";
  const fields = ["repository", "ref", "commit", "tree", "policy", "created"] as const;
  const other = fields.find((field) => manifest[field] !== predicate[field]);
  return other === undefined ? undefined : `manifest and statement disagree on ${other}`;
}
