// An order without the lines of its patch: what is kept of a proposal that ended before, or without, a look through its files.
import { fromUtf8, utf8 } from "../base/bytes.ts";
import type { FilePatch } from "./diff-model.ts";
import { parseDiff } from "./diff.ts";
import type { Order } from "./order.ts";
import { renderDiff } from "./render.ts";

/**
 * The gateway looked through title, rationale, evidence and file names before it stored anything; of the files it knows
 * the hunks alone. So the names stay, by which callers with a scope see the proposal and repeated calls are judged, and
 * the count of lines; what stood in them goes. The digests name what it was.
 */
export function withoutLines(order: Order): Order {
  const parsed = parseDiff(utf8(order.patch), Infinity);
  const patch = parsed.ok ? fromUtf8(renderDiff(parsed.value.map(blank))) : undefined;
  return { ...order, patch: patch ?? GONE };
}

/** A patch that is no diff has no names that could be read from it. */
const GONE = "[no diff]";

function blank(file: FilePatch): FilePatch {
  const hunks = file.hunks.map((hunk) => ({
    ...hunk,
    lines: hunk.lines.map(({ kind, text }) => ({ kind, text: text.endsWith("\n") ? "\n" : "" })),
  }));
  return { ...file, hunks };
}
