// search-files: literal or RE2 search in the served files, a bounded piece of work at a time.
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Digest, digestSchema } from "../../core/base/digest.ts";
import { accept, type Result } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { ManifestEntry } from "../../core/manifest/manifest.ts";
import { masksIn } from "../../core/secrets/mask.ts";
import type { ServedFile, ServedFiles } from "../manifest/served.ts";
import type { Shelf, View } from "../manifest/shelf.ts";
import { viewOf } from "../manifest/view.ts";
import { listingId, makeCursor, type Position, readCursor } from "./cursor.ts";
import { type Filter, openFilter } from "./filter.ts";
import { cursorInput, globInput, nextCursor } from "./pieces.ts";
import { type Finder, finder } from "./matching.ts";
import { startStopwatch, type Stopwatch } from "./stopwatch.ts";
import { type Call, READS, type Tool, tool } from "./tool.ts";

/** What one call may do at most, whatever the repository and the query. */
const MAX_MATCHES = 100;
const MAX_FILES = 1000;
const MAX_BYTES = 8_388_608;
/** Two seconds or so with the most expensive expression; with a common one MAX_BYTES is met first. */
const MAX_STEPS = 25_000_000;

const input = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(500)
    .describe("Text to find within a line, case-sensitive; or an RE2 expression."),
  regex: z
    .boolean()
    .optional()
    .describe("Read query as an RE2 expression; (?i) makes no difference of case."),
  glob: globInput.optional(),
  cursor: cursorInput.optional(),
});

const output = z.strictObject({
  manifest: digestSchema,
  matches: z.array(
    z.strictObject({
      path: z.string(),
      line: z.int(),
      text: z.string(),
      cut: z.boolean().describe("True when text is the part of a long line around the match."),
      redactions: z.array(z.string()).optional().describe("Rules that masked parts of text."),
    }),
  ),
  files_searched: z.int(),
  damaged: z
    .array(z.string())
    .describe(
      "Files that could not be searched: their stored content is damaged, or cannot be masked for you.",
    ),
  next_cursor: nextCursor.describe(
    "Null when everything was searched; otherwise go on with it, even without matches.",
  ),
});

export function searchFilesTool(shelf: Shelf, served: ServedFiles, clock: Clock): Tool {
  return tool({
    name: "search-files",
    title: "Search in files",
    description:
      `Finds lines in the files you may read. Answers up to ${MAX_MATCHES} matches and bounds its work: while next_cursor is ` +
      "not null, call again with it.",
    effect: "read",
    annotations: READS,
    input,
    output,
    subject: ({ regex = false, glob = null }) => ({ regex, glob }),
    async run(args, { principal, signal, scope }) {
      const open = shelf.open();
      if (!open.ok) return open;
      const manifest = await viewOf(open.value, scope);
      const watch = startStopwatch(clock);
      const listing = listingOf(manifest.digest, scope, args);
      const plan = planOf(args, listing);
      if (!plan.ok) return plan;
      const { next, ...found } = await search({ manifest, served, principal, signal, watch, ...plan.value });
      const cursor = next === undefined ? null : makeCursor(listing, next);
      return accept({
        output: { manifest: manifest.digest, ...found, next_cursor: cursor },
        audit: { manifest: manifest.digest, results: found.matches.length, files: found.files_searched },
        scanMillis: watch.millis(),
      });
    },
  });
}

type Input = z.infer<typeof input>;

function listingOf(manifest: Digest, scope: Call["scope"], { query, regex = false, glob }: Input): string {
  return listingId(manifest, { tool: "search-files", scope: scope.id, query, regex, glob: glob ?? null });
}

interface Plan {
  readonly from: Position;
  readonly filter: Filter;
  readonly find: Finder;
}

function planOf({ query, regex = false, glob, cursor }: Input, listing: string): Result<Plan> {
  const from = readCursor(cursor, listing);
  if (!from.ok) return from;
  const filter = openFilter(glob);
  if (!filter.ok) return filter;
  const find = finder(query, regex);
  return find.ok ? accept({ from: from.value, filter: filter.value, find: find.value }) : find;
}

interface Search extends Plan {
  readonly manifest: View;
  readonly served: ServedFiles;
  readonly principal: string;
  readonly signal: AbortSignal;
  readonly watch: Stopwatch;
}

interface Found {
  matches: z.input<typeof output>["matches"];
  files_searched: number;
  damaged: string[];
  next: Position | undefined;
}

/**
 * Between files, and within a large one, the process turns to everything else. Without that, calls that are all within
 * the rate limit hold up each answer and each sign of life, and the gateway is taken for hung and ended.
 */
async function search(plan: Search): Promise<Found> {
  const { manifest, signal, watch, from, filter, find } = plan;
  const { listing } = manifest;
  const found: Found = { matches: [], files_searched: 0, damaged: [], next: undefined };
  let bytes = 0;
  let steps = 0;
  for (let item = from.item; item < listing.length; item++) {
    const spent = found.files_searched >= MAX_FILES || bytes >= MAX_BYTES || filter.spent();
    if (spent || signal.aborted) return { ...found, next: { item, line: 0 } };
    const listed = listing.at(item);
    if (listed === undefined || !("entry" in listed) || !filter.wants(listed.path)) continue;
    const { entry } = listed;
    await watch.aside(setImmediate());
    const file = await watch.aside(textOf(plan, entry));
    found.files_searched++;
    bytes += entry.size;
    if (file === undefined) {
      found.damaged.push(entry.path);
      continue;
    }
    for (const met of find(file.text, item === from.item ? from.line : 0)) {
      if ("steps" in met) {
        steps += met.steps;
        if (steps >= MAX_STEPS) return { ...found, next: { item, line: met.next } };
        await watch.aside(setImmediate());
        continue;
      }
      if (found.matches.length === MAX_MATCHES) return { ...found, next: { item, line: met.line - 1 } };
      found.matches.push({ path: entry.path, ...met, ...masksOf(met.text, file) });
    }
  }
  return found;
}

/** What this caller is served of the file; undefined when that is damaged. */
async function textOf(
  { served, principal }: Search,
  entry: ManifestEntry,
): Promise<(ServedFile & { readonly text: string }) | undefined> {
  const file = await served.read(principal, entry);
  const text = file.kind === "found" ? fromUtf8(file.bytes) : undefined;
  return file.kind !== "found" || text === undefined ? undefined : { ...file, text };
}

function masksOf(text: string, { redactions }: ServedFile): { redactions?: string[] } {
  const rules = masksIn(
    text,
    redactions.map(({ rule }) => rule),
  );
  return rules.length === 0 ? {} : { redactions: [...rules] };
}
