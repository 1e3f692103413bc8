// read-manifest: the only way to discover files; pages through what the signed manifest lists.
import { z } from "zod";
import { digestSchema } from "../../core/base/digest.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { accept } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import { omissionReasons } from "../../core/manifest/manifest.ts";
import type { Listed, Shelf, View } from "../manifest/shelf.ts";
import { viewOf } from "../manifest/view.ts";
import { listingId, makeCursor, type Position, readCursor } from "./cursor.ts";
import { type Filter, openFilter } from "./filter.ts";
import { startStopwatch } from "./stopwatch.ts";
import { cursorInput, globInput, nextCursor, prefixInput } from "./pieces.ts";
import { READS, type Tool, tool } from "./tool.ts";

/** Most files in one answer. */
const PAGE = 250;

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
  total: z.int().describe("Files that you may read, without any filter."),
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

export function readManifestTool(shelf: Shelf, clock: Clock): Tool {
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
    async run(args, { scope }) {
      const open = shelf.open();
      if (!open.ok) return open;
      const manifest = await viewOf(open.value, scope);
      const watch = startStopwatch(clock);
      const listing = listingId(manifest.digest, {
        tool: "read-manifest",
        scope: scope.id,
        prefix: args.prefix ?? null,
        glob: args.glob ?? null,
      });
      const from = readCursor(args.cursor, listing);
      if (!from.ok) return from;
      const wanted = openFilter(args.glob, args.prefix);
      if (!wanted.ok) return wanted;
      const page = pageOf(manifest.listing, from.value, wanted.value);
      return accept({
        output: render(manifest, page.found, page.next === undefined ? null : makeCursor(listing, page.next)),
        audit: { manifest: manifest.digest, results: page.found.length },
        scanMillis: watch.millis(),
      });
    },
  });
}

function pageOf(
  listing: View["listing"],
  from: Position,
  filter: Filter,
): { found: readonly Listed[]; next: Position | undefined } {
  const found: Listed[] = [];
  for (let item = from.item; item < listing.length; item++) {
    if (filter.spent()) return { found, next: { item, line: 0 } };
    const listed = listing.at(item);
    if (listed === undefined || !filter.wants(listed.path)) continue;
    if (found.length === PAGE) return { found, next: { item, line: 0 } };
    found.push(listed);
  }
  return { found, next: undefined };
}

function render({ digest, manifest, total }: View, found: readonly Listed[], next: string | null): Output {
  return {
    manifest: digest,
    repository: manifest.repository,
    ref: manifest.ref,
    commit: manifest.commit,
    total,
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
