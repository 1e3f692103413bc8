// Masked lines stay masked: no patch lies on one, whoever wrote the order, and none lets one be shown that was not.
import { CountersignError } from "../../core/base/failure.ts";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { OpenManifest } from "../../core/manifest/manifest.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import { coveredFault } from "../../core/proposal/masked.ts";
import { addCounts, maskedLines, type Masked, type MaskSpan } from "../../core/secrets/mask.ts";
import { servedSpans } from "../../core/secrets/masker.ts";
import { callersOf, maskerOf } from "../publish/masking.ts";
import { asFinding, type Check, type Examined, failedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";
import type { Matter } from "./matter.ts";

/**
 * Before `tree`, which compares old lines with the repository: its answer to a guess on a masked line would say whether the
 * guess is right. The gateway refuses such a patch, too; this holds where the gateway is somebody else's by now.
 */
export const maskingCheck: Check = {
  id: "masking",
  tool: "countersign",
  after: ["order", "structure"],
  async run(matter) {
    const [base, files] = [await matter.base(), matter.files()];
    if (!base.ok || !files.ok) return SKIPPED;
    const views = viewsOf(matter);
    const old = await masksBefore(matter, base.value, files.value, views);
    if (old.length === 0) return failedBy([]);
    const covered = old.flatMap(({ file, path, own }) => {
      const fault = coveredFault(file.hunks, own, path);
      return fault === undefined ? [] : [fault];
    });
    if (covered.length > 0) return failed(covered);
    const after = await matter.contents();
    // What git does not take, `tree` refuses, and there is nothing to be shown.
    return failed(after.ok ? old.flatMap((one) => shownFaults(one, after.value, views)) : []);
  },
};

const SKIPPED: Examined = { result: "SKIPPED", findings: [] };

function failed(faults: readonly Refusal[]): Examined {
  return failedBy(faults.map((fault) => asFinding("masking", fault)));
}

type Spans = readonly MaskSpan[] | undefined;

interface Views {
  readonly proposer: (path: string, text: string) => Masked | undefined;
  /** What is masked for everybody, and for each principal for whom there are rules; undefined: nothing is shown at all. */
  readonly all: readonly ((path: string, text: string) => Spans)[];
  /** Whether anything could be masked in a file of this path beyond what the manifest tells. */
  readonly concerns: (path: string) => boolean;
}

function viewsOf({ setup, order }: Matter): Views {
  const everybody = maskerOf(setup);
  const callers = callersOf(setup);
  const named = [...new Set(setup.config.secrets.redact.flatMap(({ principals }) => principals ?? []))];
  return {
    // As the gateway does it: first what was published, then what is for this caller.
    proposer(path, text) {
      const shown = everybody.mask(path, text);
      const own = shown === undefined ? undefined : callers(order.principal).mask(path, shown.text);
      if (shown === undefined || own === undefined) return undefined;
      return { text: own.text, redactions: addCounts(shown.redactions, own.redactions) };
    },
    all: [
      (path, text) => everybody.spans(path, text),
      ...named.map((name) => (path: string, text: string): Spans => {
        const shown = everybody.spans(path, text);
        return shown === undefined ? undefined : servedSpans(callers(name), path, text, shown);
      }),
    ],
    concerns: (path) => named.some((name) => callers(name).rulesFor(path) !== ""),
  };
}

interface Before {
  readonly file: FilePatch;
  /** Of the file in the base. */
  readonly path: string;
  readonly text: string;
  /** Lines of which the proposer is not shown everything. */
  readonly own: ReadonlySet<number>;
}

/** The patched files in which something is masked for somebody. */
async function masksBefore(
  matter: Matter,
  base: OpenManifest,
  files: readonly FilePatch[],
  { proposer, concerns }: Views,
): Promise<readonly Before[]> {
  const found = files.map(async (file): Promise<readonly Before[]> => {
    const path = "from" in file ? file.from : file.path;
    const entry = file.kind === "create" ? undefined : base.byPath.get(path);
    if (entry === undefined || (entry.redactions === undefined && !concerns(path))) return [];
    const text = fromUtf8(await matter.blobs().blob(entry.blob));
    if (text === undefined) throw new CountersignError("exec_failed", "a served file is no text");
    const shown = proposer(path, text);
    const rules = shown?.redactions.map(({ rule }) => rule) ?? [];
    const lines = shown === undefined ? everyLine(text) : maskedLines(shown.text, rules);
    return [{ file, path, text, own: lines }];
  });
  return (await Promise.all(found)).flat();
}

function everyLine(text: string): ReadonlySet<number> {
  return new Set(text.split("\n").map((_, at) => at + 1));
}

/**
 * A change three lines away may end what a rule goes by, such as the key of a JSON object: the next manifest would show
 * what this one masks. So whatever was masked for a reader is masked for it in the result, at the place that it has there.
 * Places are compared, never texts: the answer must not depend on whether something that is added equals what is masked.
 */
function shownFaults(
  { file, path, text }: Before,
  after: readonly PatchedFile[],
  { all }: Views,
): readonly Refusal[] {
  const result = after.find((patched) => patched.path === file.path);
  if (result === undefined) return [];
  for (const view of all) {
    const [before, now] = [view(path, text), view(file.path, result.text)];
    if (now === undefined) continue;
    const hidden = columnsOf(text, before ?? [{ rule: "all", start: 0, end: text.length }]);
    const still = columnsOf(result.text, now);
    for (const [line, columns] of hidden) {
      const there = moved(line, file);
      if (there === undefined) continue;
      const kept = still.get(there) ?? [];
      if (!columns.every(([from, to]) => kept.some(([low, high]) => low <= from && to <= high)))
        return [
          refusal("line_masked", "the patch would let a masked line be shown", `${file.path}:${there}`),
        ];
    }
  }
  return [];
}

/**
 * The number that a line of the base has in the result; undefined when the patch takes it out, which only somebody does
 * who is shown it, for whom it is no secret.
 */
function moved(line: number, { hunks }: FilePatch): number | undefined {
  let shift = 0;
  for (const { oldStart, oldLines, newLines, lines } of hunks) {
    const first = oldLines === 0 ? oldStart + 1 : oldStart;
    if (line < first) break;
    if (line >= first + oldLines) {
      shift += newLines - oldLines;
      continue;
    }
    let at = first;
    for (const { kind } of lines) {
      if (kind !== "+" && at === line) return kind === " " ? line + shift : undefined;
      if (kind === "+") shift += 1;
      else at += 1;
      if (kind === "-") shift -= 1;
    }
  }
  return line + shift;
}

type Column = readonly [from: number, to: number];

/** What is masked in each line, from 1, as columns; parts that touch are one. */
function columnsOf(text: string, spans: readonly MaskSpan[]): ReadonlyMap<number, readonly Column[]> {
  const columns = new Map<number, Column[]>();
  const sorted = spans.filter(({ start, end }) => end > start).toSorted((a, b) => a.start - b.start);
  let [line, begin] = [1, 0];
  for (const { start, end } of sorted) {
    for (let feed = text.indexOf("\n", begin); feed !== -1 && feed < start; feed = text.indexOf("\n", begin))
      [line, begin] = [line + 1, feed + 1];
    for (const [more, part] of text.slice(start, end).split("\n").entries()) {
      const from = more === 0 ? start - begin : 0;
      if (part.length > 0) put(columns, line + more, [from, from + part.length]);
    }
  }
  return columns;
}

function put(columns: Map<number, Column[]>, line: number, [from, to]: Column): void {
  const own = columns.get(line) ?? [];
  const last = own.at(-1);
  if (last !== undefined && from <= last[1]) own[own.length - 1] = [last[0], Math.max(last[1], to)];
  else own.push([from, to]);
  columns.set(line, own);
}
