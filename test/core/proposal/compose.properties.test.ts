// The reader against the real git: whatever both accept, both understand alike, and git refuses nothing canonical.
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../../src/core/base/bytes.ts";
import { composePatch } from "../../../src/core/proposal/compose.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import { announcedChanges, type FilePatch } from "../../../src/core/proposal/diff-model.ts";
import type { Edit } from "../../../src/core/proposal/edits.ts";
import { renderDiff } from "../../../src/core/proposal/render.ts";
import { applied, bent, scenario, type Scenario } from "../../support/diff-samples.ts";
import { type GitLab, gitLab } from "../../support/git-lab.ts";
import { configOf, serve } from "../../support/served.ts";

let lab: GitLab;
beforeAll(() => {
  lab = gitLab();
});
afterAll(() => lab.remove());

const config = configOf();
const announced = (files: readonly FilePatch[]): readonly string[] =>
  announcedChanges(files).map(({ status, path }) => `${status} ${path}`);
const parse = (bytes: Uint8Array): readonly FilePatch[] | undefined => {
  const result = parseDiff(bytes, 16);
  return result.ok ? result.value : undefined;
};

/** What git writes and nobody here reads: names holding ` b/`, which an unquoted line cannot tell apart. */
const unread = (diff: Uint8Array): boolean =>
  /^diff --git a\/.* b\/.* b\//m.test(Buffer.from(diff).toString("latin1"));

/** The same cases in every run; COUNTERSIGN_FUZZ=N tries N times as many, new ones each time. */
const more = Number(process.env["COUNTERSIGN_FUZZ"] ?? 0);
const runs = (count: number): { numRuns: number; seed?: number } =>
  more > 0 ? { numRuns: count * more } : { numRuns: count, seed: 20_261_122 };
const patience = { timeout: 60_000 * Math.max(1, more) };

function gitDiff(base: string, want: string, options: readonly string[]): Uint8Array {
  return lab.git(["diff-tree", "-r", "-p", ...options, base, want]).out;
}

/** The canonical text is read back as itself, git makes the same tree of it, and changes exactly what it announces. */
function expectCanonical(patch: Uint8Array, before: Scenario["before"]): string {
  const files = parse(patch);
  expect(files === undefined ? undefined : Buffer.from(renderDiff(files))).toEqual(Buffer.from(patch));
  const base = lab.write(before);
  const made = lab.apply(base, patch);
  if ("refused" in made) throw new Error(`${made.refused}\n${Buffer.from(patch).toString()}`);
  const own = applied(files ?? [], before);
  expect(own === undefined ? undefined : lab.write(own)).toBe(made.tree);
  expect(announced(files ?? [])).toEqual(lab.changes(base, made.tree));
  return made.tree;
}

test("git's own diffs are read, and give the tree they were made from", patience, () => {
  const options = fc.constantFrom(
    ["-M"],
    ["--no-renames"],
    ["-U8"],
    ["--patience", "-B"],
    ["-M", "--full-index"],
    ["-M", "--no-color", "--inter-hunk-context=9"],
  );
  fc.assert(
    fc.property(scenario(true), options, (change, own) => {
      const [base, want] = [lab.write(change.before), lab.write(change.after)];
      const diff = gitDiff(base, want, own);
      if (base === want || unread(diff)) return;
      const files = parse(diff);
      if (files === undefined) throw new Error(Buffer.from(diff).toString("latin1"));
      const made = applied(files, change.before);
      expect(made === undefined ? undefined : lab.write(made)).toBe(want);
      expect(announced(files)).toEqual(lab.changes(base, want));
      expect(parse(renderDiff(files))).toEqual(
        files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
      );
    }),
    runs(80),
  );
});

test("a bent diff means to git what it means here, or one of the two refuses it", patience, () => {
  const options = fc.constantFrom(["-M"], ["-U1"], ["-U0"], ["-C", "--find-copies-harder"]);
  const bends = scenario(true).chain((change) =>
    fc.tuple(fc.constant(change), options, fc.infiniteStream(fc.nat())),
  );
  let both = 0;
  fc.assert(
    fc.property(bends, ([change, own, dice]) => {
      const base = lab.write(change.before);
      const diff = bent(gitDiff(base, lab.write(change.after), own), dice);
      const files = parse(diff);
      const mine = files === undefined ? undefined : applied(files, change.before);
      if (files === undefined || mine === undefined) return;
      const made = lab.apply(base, diff);
      if ("refused" in made) return;
      both++;
      expect(lab.write(mine)).toBe(made.tree);
      expect(announced(files).filter((line) => lab.changes(base, made.tree).includes(line))).toEqual(
        lab.changes(base, made.tree),
      );
    }),
    runs(160),
  );
  expect(both).toBeGreaterThan(10);
});

test("what is composed of a diff is canonical, and says what the diff said", patience, async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario(false),
      fc.constantFrom(["-M"], ["--no-renames"], ["-U7"]),
      async (change, own) => {
        const [base, want] = [lab.write(change.before), lab.write(change.after)];
        const diff = gitDiff(base, want, own);
        const text = fromUtf8(diff);
        if (base === want || text === undefined || unread(diff)) return;
        const served = serve(change.before);
        const composed = await composePatch({ diff: text }, served.manifest, served.read, config);
        if (!composed.ok) throw new Error(`${composed.refusal.message}\n${text}`);
        expect(expectCanonical(utf8(composed.value.patch), change.before)).toBe(want);
      },
    ),
    runs(60),
  );
});

test(
  "what is composed of edits is canonical, and gives the files that were asked for",
  patience,
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario(false), async ({ before, after }) => {
        const served = serve(before);
        const composed = await composePatch(
          { edits: editsFor(before, after) },
          served.manifest,
          served.read,
          config,
        );
        if (!composed.ok) {
          expect(["diff_empty"]).toContain(composed.refusal.code);
          return;
        }
        expect(expectCanonical(utf8(composed.value.patch), before)).toBe(
          lab.write(plainModes(before, after)),
        );
      }),
      runs(60),
    );
  },
);

/** Whole-file edits from one tree to the other. */
function editsFor(before: Scenario["before"], after: Scenario["after"]): readonly Edit[] {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  const gone = [...before]
    .filter(([path]) => !after.has(path))
    .map(([path]): Edit => ({ op: "delete", path }));
  const kept = [...after].flatMap(([path, { bytes }]): readonly Edit[] => {
    const old = before.get(path);
    if (old === undefined) return [{ op: "create", path, new_text: text(bytes) }];
    if (Buffer.compare(old.bytes, bytes) === 0 || old.bytes.length === 0) return [];
    return [{ op: "replace", path, old_text: text(old.bytes), new_text: text(bytes) }];
  });
  return [...gone, ...kept];
}

/** What edits can make: new files are never executable, and an empty file has no text to replace. */
function plainModes(before: Scenario["before"], after: Scenario["after"]): Scenario["after"] {
  return new Map(
    [...after].map(([path, file]) => {
      const old = before.get(path);
      if (old === undefined) return [path, { ...file, mode: "100644" as const }];
      return [path, old.bytes.length === 0 ? old : file];
    }),
  );
}
