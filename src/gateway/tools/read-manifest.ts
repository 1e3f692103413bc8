// read-manifest: the only way to discover files; pages through what the signed manifest lists.
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { digestSchema } from "../../core/base/digest.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { accept } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import { type ManifestEntry, omissionReasons } from "../../core/manifest/manifest.ts";
import type { IncidentReader } from "../../io/exchange/exchange.ts";
import type { MaskCount } from "../../core/secrets/mask.ts";
import type { ServedFiles } from "../manifest/served.ts";
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
      redacted: z.int().optional().describe("Parts of it that are masked, when there are any."),
    }),
  ),
  omitted: z
    .array(z.strictObject({ path: z.string(), reason: z.enum(omissionReasons) }))
    .describe("Files that exist and are not served."),
  next_cursor: nextCursor.describe("Null at the end of the listing."),
  proposals_stopped: z
    .literal(true)
    .optional()
    .describe("There while a person has stopped new proposals; reading goes on."),
});

type Output = z.infer<typeof output>;

type Stops = Pick<IncidentReader, "open">;

export function readManifestTool(shelf: Shelf, served: ServedFiles, clock: Clock, incidents: Stops): Tool {
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
    async run(args, { principal, scope }) {
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
      const files = await watch.aside(asServed(served, principal, page.found));
      return accept({
        output: {
          ...render(manifest, files, page.next === undefined ? null : makeCursor(listing, page.next)),
          ...(incidents.open().length === 0 ? {} : { proposals_stopped: true }),
        },
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

/** Size and digest of what is served to this caller: those of the published text would tell what is masked for it. */
async function asServed(
  served: ServedFiles,
  principal: string,
  found: readonly Listed[],
): Promise<readonly Listed[]> {
  const own: Listed[] = [];
  for (const listed of found) {
    const { path } = listed;
    if (!("entry" in listed) || !served.differs(principal, path)) {
      own.push(listed);
      continue;
    }
    await setImmediate();
    const file = await served.read(principal, listed.entry);
    own.push(
      file.kind === "found"
        ? {
            path,
            entry: {
              ...listed.entry,
              ...shownOf(file.redactions),
              sha256: file.sha256,
              size: file.bytes.length,
            },
          }
        : { path, omitted: "redaction" },
    );
  }
  return own;
}

function shownOf(redactions: readonly MaskCount[]): Pick<ManifestEntry, "redactions"> {
  return redactions.length === 0 ? {} : { redactions: [...redactions] };
}

function redactedOf({ redactions = [] }: ManifestEntry): { redacted?: number } {
  const redacted = redactions.reduce((sum, { count }) => sum + count, 0);
  return redacted === 0 ? {} : { redacted };
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
      return [{ path, size, lines, sha256, mode, ...redactedOf(listed.entry) }];
    }),
    omitted: found.flatMap((listed) =>
      "omitted" in listed ? [{ path: listed.path, reason: listed.omitted }] : [],
    ),
    next_cursor: next,
  };
}
