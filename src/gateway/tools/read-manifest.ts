// read-manifest: the only way to discover files; pages through what the signed manifest lists.
import { z } from "zod";
import { digestSchema } from "../../core/base/digest.ts";
import { agentGlob, type Matcher } from "../../core/base/glob.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import { omissionReasons } from "../../core/manifest/manifest.ts";
import type { Listed, Shelf, Shelved } from "../manifest/shelf.ts";
import { listingId, makeCursor, type Position, readCursor } from "./cursor.ts";
import { cursorInput, globInput, nextCursor, prefixInput } from "./pieces.ts";
import { READS, type Tool, tool } from "./tool.ts";

/** Most files in one answer. */
const PAGE = 250;
/** Most files that one call matches against its filter: a call costs the same for any size of repository. */
const MAX_EXAMINED = 20_000;

const input = z.strictObject({
  prefix: prefixInput.optional(),
  glob: globInput.optional(),
  cursor: cursorInput.optional(),
});

const output = z.strictObject({
  manifest: digestSchema.describe("Digest of the manifest: the base of a proposal."),
  repository: z.string(),
  ref: z.string(),
  commit: gitOidSchema,
  total: z.int().describe("Entries of the whole manifest, without any filter."),
  entries: z.array(
    z.strictObject({
      path: z.string(),
      size: z.int(),
      lines: z.int(),
      sha256: digestSchema,
      mode: z.string(),
    }),
  ),
  omitted: z
    .array(z.strictObject({ path: z.string(), reason: z.enum(omissionReasons) }))
    .describe("Files that exist and are not served."),
  next_cursor: nextCursor.describe("Null at the end of the listing."),
});

type Output = z.infer<typeof output>;

export function readManifestTool(shelf: Shelf): Tool {
  return tool({
    name: "read-manifest",
    title: "List files",
    description:
      "Lists the files of the repository that you may read, with size, lines and sha256, and the digest of the manifest, " +
      "which is the base of a proposal. Filter with prefix or glob; go on with next_cursor.",
    effect: "read",
    annotations: READS,
    input,
    output,
    subject: ({ prefix = null, glob = null }) => ({ prefix, glob }),
    async run(args) {
      const manifest = shelf.current();
      if (manifest === undefined) return refuse("manifest_unavailable", "no signed manifest has arrived yet");
      const listing = listingId(manifest.digest, {
        tool: "read-manifest",
        prefix: args.prefix ?? null,
        glob: args.glob ?? null,
      });
      const from = readCursor(args.cursor, listing);
      if (!from.ok) return from;
      const wanted = filter(args);
      if (!wanted.ok) return wanted;
      const page = pageOf(manifest.listing, from.value, wanted.value);
      return accept({
        output: render(manifest, page.found, page.next === undefined ? null : makeCursor(listing, page.next)),
        audit: { manifest: manifest.digest, results: page.found.length },
      });
    },
  });
}

function filter({ prefix = "", glob }: z.infer<typeof input>): Result<Matcher> {
  if (glob === undefined) return accept((path) => path.startsWith(prefix));
  const matcher = agentGlob(glob);
  return matcher.ok ? accept((path) => path.startsWith(prefix) && matcher.value(path)) : matcher;
}

function pageOf(
  listing: readonly Listed[],
  from: Position,
  wanted: Matcher,
): { found: readonly Listed[]; next: Position | undefined } {
  const found: Listed[] = [];
  const end = Math.min(listing.length, from.item + MAX_EXAMINED);
  for (let item = from.item; item < end; item++) {
    const listed = listing[item];
    if (listed === undefined || !wanted(listed.path)) continue;
    if (found.length === PAGE) return { found, next: { item, line: 0 } };
    found.push(listed);
  }
  return { found, next: end < listing.length ? { item: end, line: 0 } : undefined };
}

function render({ digest, manifest }: Shelved, found: readonly Listed[], next: string | null): Output {
  return {
    manifest: digest,
    repository: manifest.repository,
    ref: manifest.ref,
    commit: manifest.commit,
    total: manifest.entries.length,
    entries: found.flatMap((listed) => {
      if (!("entry" in listed)) return [];
      const { path, size, lines, sha256, mode } = listed.entry;
      return [{ path, size, lines, sha256, mode }];
    }),
    omitted: found.flatMap((listed) =>
      "omitted" in listed ? [{ path: listed.path, reason: listed.omitted }] : [],
    ),
    next_cursor: next,
  };
}
