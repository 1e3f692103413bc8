// What is known about blobs that were published before, so that a republication reads only what changed.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { utf8 } from "../../core/base/bytes.ts";
import { type Digest, digestSchema } from "../../core/base/digest.ts";
import { type GitOid, gitOidSchema } from "../../core/base/ids.ts";
import { replaceFile } from "../../io/file/durable.ts";

export type Known =
  | { readonly sha256: Digest; readonly size: number; readonly lines: number }
  | { readonly reason: "binary" | "private_key" };

const knownSchema = z.union([
  z.strictObject({ sha256: digestSchema, size: z.int().min(0), lines: z.int().min(0) }),
  z.strictObject({ reason: z.enum(["binary", "private_key"]) }),
]);

/** `<state>/validator/publish-cache.json`. Another policy may redact or omit otherwise, so it starts empty under one. */
const cacheSchema = z.strictObject({
  version: z.literal(1),
  policy: digestSchema,
  blobs: z.record(z.string(), knownSchema),
});

const FILE = "publish-cache.json";
const MAX_BYTES = 134_217_728;

/** Everything known under `policy`; empty when there is no cache or it is damaged, which costs time and nothing else. */
export async function readCache(scratch: string, policy: Digest): Promise<ReadonlyMap<GitOid, Known>> {
  const path = join(scratch, FILE);
  try {
    if ((await stat(path)).size > MAX_BYTES) return new Map();
    const parsed = cacheSchema.parse(JSON.parse(await readFile(path, "utf8")));
    if (parsed.policy !== policy) return new Map();
    return new Map(Object.entries(parsed.blobs).map(([oid, known]) => [gitOidSchema.parse(oid), known]));
  } catch {
    return new Map();
  }
}

/** Only what the newest publication used is kept, so that the cache does not grow with history. */
export async function writeCache(
  scratch: string,
  policy: Digest,
  blobs: ReadonlyMap<GitOid, Known>,
): Promise<void> {
  const cache = { version: 1, policy, blobs: Object.fromEntries(blobs) };
  await replaceFile(join(scratch, FILE), utf8(`${JSON.stringify(cache)}\n`));
}
