// What is known about blobs that were published before, so that a republication reads only what changed.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { utf8 } from "../../core/base/bytes.ts";
import { type Digest, digestSchema, sha256 } from "../../core/base/digest.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { manifestSchema, type ManifestEntry } from "../../core/manifest/manifest.ts";
import { replaceFile } from "../../io/file/durable.ts";

export type Known =
  | (Pick<ManifestEntry, "sha256" | "size" | "lines"> & Partial<Pick<ManifestEntry, "redactions">>)
  | { readonly reason: "binary" | "private_key" | "redaction" };

const { sha256: digest, size, lines, redactions } = manifestSchema.shape.entries.element.shape;
const knownSchema = z.union([
  z.strictObject({ sha256: digest, size, lines, redactions }),
  z.strictObject({ reason: z.enum(["binary", "private_key", "redaction"]) }),
]);

/** Names what is known. Rules of masking go by paths, so one blob may be served in two forms under two of them. */
export type KnownKey = string & { readonly __brand: "KnownKey" };

export function knownKey(blob: GitOid, path: string): KnownKey {
  return `${blob}:${sha256(path).slice(0, 32)}` as KnownKey;
}

const keySchema = z
  .string()
  .regex(/^[0-9a-f]{40,64}:[0-9a-f]{32}$/)
  .transform((key) => key as KnownKey);

/**
 * `<state>/validator/publish-cache.json`. Another policy may redact or omit otherwise, so it starts empty under one.
 * `version` is raised when the same rules come to mask otherwise.
 */
const cacheSchema = z.strictObject({
  version: z.literal(3),
  policy: digestSchema,
  blobs: z.record(z.string(), knownSchema),
});

const FILE = "publish-cache.json";
const MAX_BYTES = 134_217_728;

/** Everything known under `policy`; empty when there is no cache or it is damaged, which costs time and nothing else. */
export async function readCache(scratch: string, policy: Digest): Promise<ReadonlyMap<KnownKey, Known>> {
  const path = join(scratch, FILE);
  try {
    if ((await stat(path)).size > MAX_BYTES) return new Map();
    const parsed = cacheSchema.parse(JSON.parse(await readFile(path, "utf8")));
    if (parsed.policy !== policy) return new Map();
    return new Map(Object.entries(parsed.blobs).map(([key, known]) => [keySchema.parse(key), known]));
  } catch {
    return new Map();
  }
}

/** Only what the newest publication used is kept, so that the cache does not grow with history. */
export async function writeCache(
  scratch: string,
  policy: Digest,
  blobs: ReadonlyMap<KnownKey, Known>,
): Promise<void> {
  const cache = { version: 3, policy, blobs: Object.fromEntries(blobs) };
  await replaceFile(join(scratch, FILE), utf8(`${JSON.stringify(cache)}\n`));
}
