// The record of a landing is signed by nobody: in an exported decision it is genuine only beside the repository that holds it.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { landedRef, type PatchId } from "../../../src/core/base/ids.ts";
import type { Bundle } from "../../../src/integrator/decision/bundle.ts";
import { attempt } from "../../support/attempt.ts";
import { exportIn, verifyIn, written } from "../../support/exported.ts";
import { git, removeScratch, scratch } from "../../support/scratch.ts";
import { type Desk, openDesk, propose } from "../../support/verdicts.ts";

let desk: Desk;
let dir: string;
beforeEach(() => {
  desk = openDesk();
  dir = scratch("decision");
  writeFileSync(join(dir, "key.pem"), desk.key.pem);
});
afterEach(() => {
  desk.remove();
  removeScratch(dir);
});

const exported = (id: PatchId, options: object = {}): ReturnType<typeof exportIn> =>
  exportIn(dir, desk, id, options);
const verified = (options: object = {}): ReturnType<typeof verifyIn> => verifyIn(dir, options);

const landed = async (): Promise<Bundle> => {
  const made = await propose(desk);
  expect((await attempt(desk, made.id)).answer).toBe("landed");
  expect((await exported(made.id, { landing: true })).code).toBe(0);
  return JSON.parse(readFileSync(join(dir, "d.json"), "utf8")) as Bundle;
};

test("is compared with the repository, and without one it is never genuine", async () => {
  const bundle = await landed();
  const { code, answer } = await verified();
  expect([code, answer.verdict]).toEqual([2, "unknown"]);
  expect(answer.why).toContain("nobody signed the landing's record");
  const here = await verified({ repo: desk.repo });
  expect([here.code, here.answer.verdict]).toEqual([0, "verified"]);
  expect(here.answer.facts["commit"]).toMatch(/^[0-9a-f]{40}$/);
  const other = bundle.landing!.replace('"person":"tester"', '"person":"another"');
  expect(other).not.toBe(bundle.landing);
  writeFileSync(join(dir, "d.json"), written({ ...bundle, landing: other }));
  expect((await verified()).code).toBe(2);
  expect((await verified({ repo: desk.repo })).code).toBe(1);
});

test("says of who landed it and how its gate was decided that it is the writer's word", async () => {
  await landed();
  expect((await verified({ repo: desk.repo })).answer.why).toContain(
    "whose writer alone says who landed it and how the landing's gate was decided",
  );
});

test("without a decision of its gate says that it has none", async () => {
  const made = await propose(desk);
  expect((await attempt(desk, made.id)).answer).toBe("landed");
  const ref = landedRef(made.id);
  const { decision: _, ...record } = JSON.parse(git(desk.repo, "show", `${ref}:landing.json`)) as Record<
    string,
    unknown
  >;
  writeFileSync(join(dir, "landing.json"), canonical(record));
  const blob = git(desk.repo, "hash-object", "-w", join(dir, "landing.json")).trim();
  const listing = git(desk.repo, "ls-tree", ref).replace(/[0-9a-f]{40}(?=\tlanding\.json)/, blob);
  const tree = execFileSync("git", ["-C", desk.repo, "mktree"], { input: listing, encoding: "utf8" }).trim();
  const proof = git(desk.repo, "commit-tree", tree, "-p", `${ref}^`, "-m", "x").trim();
  git(desk.repo, "update-ref", ref, proof);
  expect((await exported(made.id, { landing: true })).code).toBe(0);
  const { code, answer } = await verified({ repo: desk.repo });
  expect([code, answer.verdict]).toEqual([0, "verified"]);
  expect(answer.why).toContain("it does not say how the landing's gate was decided");
});

test("in a repository that does not have it: cannot tell", async () => {
  await landed();
  const elsewhere = openDesk();
  expect((await verified({ repo: elsewhere.repo })).code).toBe(2);
  elsewhere.remove();
});

test.each<[string, (text: string) => string]>([
  ["another tree", (text) => text.replace(/"tree":"[0-9a-f]{4}/, '"tree":"0000')],
  [
    "another statement",
    (text) => text.replace(/"statement_sha256":"[0-9a-f]{4}/, '"statement_sha256":"0000'),
  ],
  ["a gate that was held", (text) => text.replaceAll('"state":"true"', '"state":"unknown"')],
  ["a rehearsal", (text) => text.replace('"dry_run":false', '"dry_run":true')],
])("that contradicts what was signed is refused without a repository: %s", async (_, change) => {
  const bundle = await landed();
  expect(change(bundle.landing!)).not.toBe(bundle.landing);
  writeFileSync(join(dir, "d.json"), written({ ...bundle, landing: change(bundle.landing!) }));
  expect((await verified()).code).toBe(1);
});

test("what landed can be exported when the exchange was cleared", async () => {
  const { patch_id: id } = await landed();
  rmSync(join(desk.places.exchange, "orders"), { recursive: true });
  rmSync(join(desk.places.exchange, "verdicts"), { recursive: true });
  expect((await exported(id, { out: "again.json" })).code).toBe(0);
  expect((JSON.parse(readFileSync(join(dir, "again.json"), "utf8")) as Bundle).landing).toBe(null);
});

test("that there is not is not exported", async () => {
  const { id } = await propose(desk);
  await expect(exported(id, { landing: true })).rejects.toMatchObject({ exitCode: 2 });
});
