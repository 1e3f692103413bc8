// What is fuzzed, and what has to hold of every input: a value or a refusal within a second, and never a surprise.
import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { parseEnvelope, renderEnvelope } from "../../src/core/attestation/envelope.ts";
import { bytesOf, byteText, utf8 } from "../../src/core/base/bytes.ts";
import { canonical, parseCanonical } from "../../src/core/base/canonical.ts";
import { foldName, repoPath } from "../../src/core/base/path.ts";
import { applyHunks } from "../../src/core/proposal/apply.ts";
import { announcedChanges, namedPaths } from "../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../src/core/proposal/diff.ts";
import { replaceAll } from "../../src/core/proposal/edits.ts";
import { protector } from "../../src/core/proposal/protect.ts";
import { renderDiff } from "../../src/core/proposal/render.ts";
import { pathIndex, targetFindings } from "../../src/core/proposal/targets.ts";
import { configOf, shippedRules } from "../support/served.ts";
import { diffs, documents, edits, soup } from "./inputs.ts";

const DEPTH = 16;
const config = configOf();
const protect = protector(shippedRules().paths);
const existing = pathIndex(["f.ts", "d/e.js", "a b.md"]);

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** True where the input was accepted, so that a run can tell whether it reached anything. */
function diffHolds(bytes: Uint8Array): boolean {
  const parsed = parseDiff(bytes, DEPTH);
  if (!parsed.ok) return false;
  const files = parsed.value;
  const spelt = renderDiff(files);
  const again = parseDiff(spelt, DEPTH);
  must(
    again.ok && Buffer.from(renderDiff(again.value)).equals(spelt),
    "the canonical spelling is not its own",
  );
  if (again.ok)
    must(
      isDeepStrictEqual(new Set(again.value), new Set(files)),
      "the canonical spelling says something else",
    );
  const announced = announcedChanges(files).map(({ path }) => path);
  must(
    namedPaths(files).every((path) => repoPath(path, DEPTH).ok),
    "a path got past the path function",
  );
  must(new Set(announced).size === announced.length, "a path is announced twice");
  targetFindings(files, { config, protect, listed: (path) => existing.paths.has(path), existing });
  for (const file of files) applyHunks("a\nb\na\n", file.hunks, file.path);
  return true;
}

function pathHolds(text: string): boolean {
  const result = repoPath(text, DEPTH);
  protect(text);
  if (!result.ok) return false;
  const path: string = result.value;
  must(path === text && posix.normalize(path) === path, "an accepted path is not its own normal form");
  must(posix.resolve("/r", path).startsWith("/r/"), "it leaves the root");
  must(
    path.split("/").every((name) => foldName(name) !== ".git"),
    "it is .git to somebody",
  );
  must(!/[\0-\x1f\x7f\\]/.test(path), "it holds a control or a backslash");
  must(foldName(foldName(path)) === foldName(path), "folding does not come to rest");
  return true;
}

function editsHold({
  served,
  edits: wanted,
}: {
  readonly served: string;
  readonly edits: Parameters<typeof replaceAll>[1];
}): boolean {
  const before = byteText(utf8(served));
  const after = replaceAll(before, wanted, "f");
  if (!after.ok) return false;
  // Read backwards, each replacement on its own: the same text, however it was put together.
  const marks = wanted
    .map(({ old_text, new_text }) => ({ old: byteText(utf8(old_text)), next: byteText(utf8(new_text)) }))
    .map((one) => ({ ...one, at: before.indexOf(one.old) }))
    .toSorted((a, b) => b.at - a.at);
  const other = marks.reduce(
    (text, { at, old, next }) => text.slice(0, at) + next + text.slice(at + old.length),
    before,
  );
  must(other === after.value, "the replacements give another text");
  return true;
}

function envelopeHolds(bytes: Uint8Array): boolean {
  const read = parseEnvelope(bytes);
  if (read === undefined) return false;
  const again = parseEnvelope(renderEnvelope(read));
  must(isDeepStrictEqual(again, read), "an envelope is not what it is written as");
  return true;
}

function canonicalHolds(bytes: Uint8Array): boolean {
  const value = parseCanonical(bytes);
  if (value === undefined) return false;
  must(canonical(value) === Buffer.from(bytes).toString(), "two spellings of one value");
  return true;
}

/** What a run came to. */
export interface Run {
  readonly inputs: number;
  readonly accepted: number;
  readonly interrupted: boolean;
  /** The smallest input that failed, and how to see it again. */
  readonly fault: string | undefined;
  readonly slowest: { readonly millis: number; readonly input: string };
}

export interface Target {
  readonly name: string;
  /** Of a hundred inputs. */
  readonly share: number;
  readonly run: (parameters: fc.Parameters<unknown>) => Run;
}

function target<T>(
  name: string,
  share: number,
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => boolean,
): Target {
  return {
    name,
    share,
    run(parameters) {
      let accepted = 0;
      let slowest = { millis: 0, input: "" };
      const property = fc.property(inputs, (input) => {
        const started = performance.now();
        if (holds(input)) accepted += 1;
        const millis = performance.now() - started;
        if (millis > slowest.millis) slowest = { millis, input: fc.stringify(input).slice(0, 2000) };
      });
      const details = fc.check(property, parameters as fc.Parameters<[T]>);
      const { numRuns, interrupted, failed } = details;
      const fault = failed ? (fc.defaultReportMessage(details) ?? "failed") : undefined;
      return { inputs: numRuns, accepted, interrupted, fault, slowest };
    },
  };
}

export const targets: readonly Target[] = [
  target("diff parser", 40, diffs, diffHolds),
  target("path function", 25, soup, pathHolds),
  target("edit application", 15, edits, editsHold),
  target("envelope parser", 10, documents, envelopeHolds),
  target("canonical JSON", 10, documents, canonicalHolds),
];

/** Inputs that grow, for the question whether time grows faster: `size` is about their length. */
export const growing: readonly (readonly [string, (size: number) => () => unknown])[] = [
  ["names that may be split anywhere", (size) => diffOf(`diff --git a/${"x b/".repeat(size / 4)}`)],
  ["quotes in a header", (size) => diffOf(`diff --git "${'\\"'.repeat(size / 2)}`)],
  ["spaces and quotes", (size) => diffOf(`diff --git a/x${' "'.repeat(size / 2)}`)],
  ["header lines", (size) => diffOf(`diff --git a/f b/f\n${"index 1111..2222\n".repeat(size / 17)}`)],
  [
    "sections",
    (size) =>
      diffOf(
        Array.from(
          { length: size / 70 },
          (_, n) => `diff --git a/${n} b/${n}\n--- a/${n}\n+++ b/${n}\n@@ -1 +1 @@\n-a\n+b`,
        ).join("\n"),
      ),
  ],
  [
    "hunks",
    (size) =>
      diffOf(
        `--- a/f\n+++ b/f\n${Array.from({ length: size / 30 }, (_, n) => `@@ -${n + 1} +${n + 1} @@\n-a\n+b`).join("\n")}`,
      ),
  ],
  [
    "lines of a hunk",
    (size) =>
      diffOf(
        `--- a/f\n+++ b/f\n@@ -1,${size / 4} +1,${size / 4} @@\n${"-a\n".repeat(size / 4)}${"+b\n".repeat(size / 4)}`,
      ),
  ],
  ["one long line", (size) => diffOf(`--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+${"\r ".repeat(size / 2)}`)],
  ["a path of many names", (size) => () => repoPath("a/".repeat(size / 2), DEPTH)],
  [
    "a path of one name",
    (size) => () => [repoPath("~".repeat(size), DEPTH), protect("-".repeat(Math.min(size, 512)))],
  ],
  [
    "an edit that nearly matches everywhere",
    (size) => () =>
      replaceAll(
        "a".repeat(size),
        [{ op: "replace", path: "f", old_text: `${"a".repeat(size / 2)}b`, new_text: "" }],
        "f",
      ),
  ],
  [
    "an edit that matches everywhere",
    (size) => () =>
      replaceAll(
        "ab\n".repeat(size / 3),
        [{ op: "replace", path: "f", old_text: "ab\n", new_text: "" }],
        "f",
      ),
  ],
  ["an envelope of brackets", (size) => () => parseEnvelope(utf8("[".repeat(size)))],
  [
    "an envelope of escapes",
    (size) => () => parseEnvelope(utf8(`{"payload":"${"\\u0041".repeat(size / 6)}"}`)),
  ],
  [
    "canonical JSON of many keys",
    (size) => () =>
      parseCanonical(utf8(`{${Array.from({ length: size / 12 }, (_, n) => `"k${n}":${n}`).join(",")}}`)),
  ],
  ["a hunk on a long file", (size) => () => applyHunks("a\n".repeat(size / 2), [], "f")],
];

function diffOf(text: string): () => unknown {
  const bytes = bytesOf(byteText(utf8(`${text}\n`)));
  return () => parseDiff(bytes, DEPTH);
}
