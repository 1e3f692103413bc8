// Every patch of the corpus through the proposal's rules, beside what the real git makes of it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/core/base/bytes.ts";
import { operatorGlobs } from "../../src/core/base/glob.ts";
import { isKind } from "../../src/core/manifest/kinds.ts";
import { composePatch } from "../../src/core/proposal/compose.ts";
import { parseDiff } from "../../src/core/proposal/diff.ts";
import { announcedChanges } from "../../src/core/proposal/diff-model.ts";
import { limitFaults } from "../../src/core/proposal/limits.ts";
import { protector } from "../../src/core/proposal/protect.ts";
import { pathIndex, targetFindings } from "../../src/core/proposal/targets.ts";
import { corpus, hasCorpora, rows, table } from "../support/corpora.ts";
import { type GitLab, gitLabOf, type Tree } from "../support/git-lab.ts";
import { configOf, serve, shippedRules } from "../support/served.ts";

interface Case {
  readonly id: string;
  readonly file: string;
  readonly verdict: "reject" | "manual" | "ok" | "reject_or_manual" | "reject_or_git";
  readonly category: string;
  readonly why: string;
  readonly allow: readonly string[];
  readonly sha256: string;
  readonly git: { readonly rc: number; readonly changes?: readonly (readonly string[])[]; readonly tree?: string };
}

interface Judgement {
  readonly verdict: "reject" | "manual" | "ok";
  readonly by: string;
  readonly tree: string | undefined;
}

const cases = rows("git-patches/cases.jsonl") as readonly Case[];
const protect = protector(shippedRules().paths);

let lab: GitLab;
let base: Tree;
const judged = new Map<string, Judgement>();

const latin1 = (path: string): boolean => fromUtf8(base.get(path)?.bytes ?? new Uint8Array()) === undefined;

async function judge(one: Case): Promise<Judgement> {
  const bytes = readFileSync(corpus(`git-patches/${one.file}`));
  expect(createHash("sha256").update(bytes).digest("hex"), one.id).toBe(one.sha256);
  const no = (by: string): Judgement => ({ verdict: "reject", by, tree: undefined });
  // The case's write allow-list is, here, what is served and where files may be created; the lab has bare names too.
  const allow = JSON.stringify(one.allow);
  const config = configOf(`publish.include = ${allow}\nproposal.create = ${allow}\nproposal.names = ["file", "other", "Makefile", ".keep"]`);
  const parsed = parseDiff(bytes, config.paths.max_depth);
  if (!parsed.ok) return no(parsed.refusal.code);
  const text = fromUtf8(bytes);
  if (text === undefined) return no("call is not UTF-8");
  const included = operatorGlobs(config.publish.include);
  const served = serve(base, (path) => !included(path) || !isKind(path, config.publish) || latin1(path));
  const composed = await composePatch({ diff: text }, served.manifest, served.read, config);
  if (!composed.ok) return no(composed.refusal.code);
  const { files, patch } = composed.value;
  const faults = limitFaults(files, config.proposal);
  if (faults[0] !== undefined) return no(faults[0].code);
  const listed = (path: string): boolean => served.manifest.byPath.has(path);
  const found = targetFindings(files, { config, protect, listed, existing: pathIndex(base.keys()) });
  if (found.blocking[0] !== undefined) return no(found.blocking[0].refusal.code);
  const applied = lab.apply("refs/heads/main", utf8(patch));
  if ("refused" in applied) return no(`git: ${applied.refused}`);
  expect(lab.changes("refs/heads/main", applied.tree), one.id).toEqual(
    announcedChanges(files).map(({ status, path }) => `${status} ${path}`),
  );
  return { verdict: found.manual.length > 0 ? "manual" : "ok", by: found.manual[0]?.rule ?? "", tree: applied.tree };
}

describe.skipIf(!hasCorpora())("patches of the corpus", () => {
  beforeAll(async () => {
    lab = gitLabOf(corpus("git-patches/lab.bundle"));
    base = lab.read("refs/heads/main");
    for (const one of cases) judged.set(one.id, await judge(one));
  });
  afterAll(() => lab.remove());

  const wrong = (verdict: Case["verdict"], right: (one: Case, got: Judgement) => boolean): void => {
    const own = cases.filter((one) => one.verdict === verdict);
    const failed = own.filter((one) => !right(one, judged.get(one.id)!));
    const shown = failed.map((one) => `${one.id} (${one.category}): ${judged.get(one.id)!.verdict} ${judged.get(one.id)!.by}: ${one.why}`);
    expect(own.length).toBeGreaterThan(0);
    expect(shown, table(failed, (one) => one.category)).toEqual([]);
  };

  test("all hostile ones are refused", () => {
    wrong("reject", (_, got) => got.verdict === "reject");
  });

  // These two are hostile by their content; the rules for paths and forms leave them to the check for hidden text.
  const hidden = ["patch-cr-overwrite-content", "patch-tag-chars-content"];

  test("those that are hostile or odd never pass without a person", () => {
    wrong("reject_or_manual", (one, got) => got.verdict !== "ok" || hidden.includes(one.id));
  });

  test("all manual ones wait for a person", () => {
    wrong("manual", (_, got) => got.verdict === "manual");
  });

  test("those that readers differ on are refused, or wait, or are exactly what git does", () => {
    wrong("reject_or_git", (one, got) => got.verdict !== "ok" || got.tree === one.git.tree);
  });

  test("all honest ones pass and give git's own tree", () => {
    wrong("ok", (one, got) => special.has(one.id) || (got.verdict === "ok" && got.tree === one.git.tree));
  });

  /** A file that is not UTF-8 is not served, so nobody can propose to change it. */
  const special = new Map([
    ["patch-ok-latin1-context", "reject"],
  ]);

  test.each([...special])("%s is read, but: %s", (id, verdict) => {
    const one = cases.find((other) => other.id === id)!;
    expect(parseDiff(readFileSync(corpus(`git-patches/${one.file}`)), 16).ok).toBe(true);
    expect(judged.get(id)!.verdict).toBe(verdict);
  });
});
