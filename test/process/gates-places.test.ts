// Threat: a place of evidence that was outside when the validator started becomes the repository while it runs.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { content, initState, person, propose, type Served, serve } from "../support/agent.ts";
import { traceOf, verdictIn } from "../support/ci-job.ts";
import { condition, gate } from "../support/gates.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const folder = scratch("places");
const repo = scratchRepository("places-repo", {
  "src/a.txt": "one\ntwo\n",
  "reports/s.json": '{"ok":true}\n',
});
const link = join(folder, "current");
const report = { check: "path", file: "s.json", jsonpath: "$.ok" };
const policy = (root: string): string =>
  `[evidence.json]\nroot = ${JSON.stringify(root)}\n` +
  condition("report", "json", report, true, 'type = "boolean"') +
  gate("verdict", '{ all = ["structure", "report"] }') +
  gate("landing", '{ all = ["structure", "report"] }');

let served: Served;
beforeAll(async () => {
  mkdirSync(join(folder, "outside"));
  writeFileSync(join(folder, "outside", "s.json"), '{"ok":true}');
  symlinkSync(join(folder, "outside"), link);
  served = await serve(repo, policy(link));
});
afterAll(async () => {
  await served.stop();
  [folder, repo].forEach(removeScratch);
});

async function judged(text: string): Promise<{ id: string; state: unknown; trace: readonly string[] }> {
  const edits = [{ op: "replace", path: "src/a.txt", old_text: "two", new_text: text }];
  const answer = content(await propose(served, { edits }));
  const id = String(answer["patch_id"]);
  return { id, state: answer["state"], trace: traceOf(verdictIn(served.state, id).predicate.decision) };
}

test("neither verdict nor landing takes what a patch could have written", async () => {
  const first = await judged("two, outside");
  expect(first.state).toBe("approved");
  const tree = join(folder, "tree");
  git(repo, "worktree", "add", "-q", tree, "-b", "review");
  for (const code of [join(repo, "reports"), join(tree, "reports")]) {
    rmSync(link);
    symlinkSync(code, link);
    const { state, trace } = await judged(`two, ${code}`);
    expect(state).toBe("manual_required");
    expect(trace).toContain("report unknown verified provider_error json_root");
    // At the landing the configuration is read anew, and its fault is told.
    const landing = person(served.state, "integrate", first.id, "--json");
    expect([landing.status, landing.stdout]).toEqual([2, ""]);
    expect(landing.stderr).toContain("is a folder of the served repository, or holds it");
  }
});

test("a linked work tree is refused when the configuration is read", () => {
  const tree = join(folder, "linked");
  git(repo, "worktree", "add", "-q", tree, "-b", "linked");
  const state = initState(repo, policy(join(tree, "reports")));
  const { status, stderr } = person(state, "integrate", "x");
  expect(status).toBe(2);
  expect(stderr).toContain("evidence.json.root");
  expect(stderr).toContain("is a folder of the served repository, or holds it");
  removeScratch(state);
});
