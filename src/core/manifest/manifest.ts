// The manifest: every file that an agent may see, at one commit, and what was left out with the reason.
import { z } from "zod";
import { type Digest, digestSchema } from "../base/digest.ts";
import { gitOidSchema, refNameSchema } from "../base/ids.ts";
import { instantSchema } from "../base/time.ts";

/** Why a file of the commit is not served. `listed` ones appear with this reason, without content. */
export const omissionReasons = [
  "symlink",
  "submodule",
  "binary",
  "too_large",
  "kind",
  "credentials",
  "private_key",
  "path",
  "redaction",
] as const;
export type Omission = (typeof omissionReasons)[number];

const pathSchema = z.string().min(1).max(4096);

/** How many parts a rule masked. Which lines they are in, the served text says: each of them holds the rule's mask. */
const redactionSchema = z.strictObject({
  rule: z.string().regex(/^[a-z][a-z0-9._-]{1,78}$/),
  count: z.int().min(1),
});

const entrySchema = z.strictObject({
  path: pathSchema,
  mode: z.enum(["100644", "100755"]),
  /** SHA-256 of the served bytes. */
  sha256: digestSchema,
  /** Git blob id of the committed bytes. */
  blob: gitOidSchema,
  size: z.int().min(0),
  lines: z.int().min(0),
  /** Sorted by rule; missing where nothing is masked. */
  redactions: z.array(redactionSchema).min(1).max(1000).optional(),
});
export type ManifestEntry = z.infer<typeof entrySchema>;

/** Most files a manifest may list; a larger repository is served by narrower include globs. */
export const MAX_ENTRIES = 200_000;

/** `published/manifests/<sha256>.json`: canonical JSON of this; entries and omissions sorted by path, each path once. */
export const manifestSchema = z.strictObject({
  /** 1 was written before anything was masked, and is read still. */
  version: z.union([z.literal(1), z.literal(2)]),
  repository: z.string().min(1).max(200),
  ref: refNameSchema,
  commit: gitOidSchema,
  tree: gitOidSchema,
  policy: digestSchema,
  created: instantSchema,
  entries: z.array(entrySchema).max(MAX_ENTRIES),
  omitted: z.array(z.strictObject({ path: pathSchema, reason: z.enum(omissionReasons) })).max(MAX_ENTRIES),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What can be looked up by path, and not listed: nobody needs to copy a map to show a part of it. */
export type Lookup<T> = Pick<ReadonlyMap<string, T>, "get" | "has">;

/** A manifest with its digest and an index, as the processes hold it. */
export interface OpenManifest {
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly byPath: Lookup<ManifestEntry>;
  /** The rules that mask something in one of the entries. */
  readonly masks: () => ReadonlySet<string>;
}

export function openManifest(digest: Digest, manifest: Manifest): OpenManifest {
  // A Map, not an object: a file may be called `constructor` or `__proto__`.
  const { entries } = manifest;
  return {
    digest,
    manifest,
    byPath: new Map(entries.map((entry) => [entry.path, entry])),
    masks: () => masksAmong(entries),
  };
}

export function masksAmong(entries: Iterable<ManifestEntry>): ReadonlySet<string> {
  const rules = new Set<string>();
  for (const { redactions = [] } of entries) for (const { rule } of redactions) rules.add(rule);
  return rules;
}
