// Landed refs that somebody else made: nothing of them becomes a record of ours that a trusted key did not sign.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { landedRef, landingBranch, type PatchId } from "../../../src/core/base/ids.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { landingName } from "../../../src/io/exchange/files/names.ts";
import { list } from "../../../src/integrator/commands/list.ts";
import { show } from "../../../src/integrator/commands/show.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { attempt } from "../../support/attempt.ts";
import { git } from "../../support/scratch.ts";
import { type Desk, openDesk, propose } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

const landings = (): readonly string[] =>
  readdirSync(join(desk.places.exchange, "landings")).filter((name) => name.endsWith(".json"));

async function listed(): Promise<string> {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  expect(await list.run(world, [], { state: desk.places.root, json: true })).toBe(0);
  return world.said.out;
}

const blob = (text: string | Uint8Array): string =>
  spawnSync("git", ["-C", desk.repo, "hash-object", "-w", "--stdin"], {
    input: text,
    encoding: "utf8",
  }).stdout.trim();
/** `git fetch` of a pushed proof: the files, on top of `parents`. */
const push = (id: PatchId, files: Readonly<Record<string, string | Uint8Array>>, parents: string[]): void => {
  const input = Object.entries(files)
    .map(([name, text]) => `100644 blob ${blob(text)}\t${name}\n`)
    .join("");
  const made = spawnSync("git", ["-C", desk.repo, "mktree"], { input, encoding: "utf8" }).stdout.trim();
  const commit = git(desk.repo, "commit-tree", made, ...parents.flatMap((p) => ["-p", p]), "-m", "x").trim();
  git(desk.repo, "update-ref", landedRef(id), commit);
};

test("over a rejected patch, with our own verdict in it, is no landing to anybody", async () => {
  const { id, envelope, sha256 } = await propose(desk, { outcome: "REJECTED" });
  const result = {
    kind: "landed",
    branch: "refs/heads/main",
    commit: "d".repeat(40),
    tree: "e".repeat(40),
  };
  const record = {
    version: 1,
    attempt: randomUUID(),
    patch_id: id,
    at: "2026-11-22T10:00:00.000Z",
    person: "ceo",
    confirmed: true,
    dry_run: false,
    patch_sha256: sha256,
    statement_sha256: null,
    result,
  };
  push(id, { "landing.json": canonical(record), "verdict.dsse.json": envelope }, []);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  await show.run(world, [id], { state: desk.places.root, json: true });
  for (const out of [await listed(), world.said.out]) {
    expect(out).toContain('"state": "rejected"');
    expect(out).not.toContain('"state": "landed"');
  }
  expect(landings()).toEqual([]);
});

test("a refusal that broke under the attempt's name does not hide that it landed, and the landing is recorded once", async () => {
  const { id } = await propose(desk);
  expect((await attempt(desk, id)).answer).toBe("landed");
  const [name = ""] = landings();
  const path = join(desk.places.exchange, "landings", name);
  const record = JSON.parse(readFileSync(path, "utf8")) as object;
  const result = { kind: "refused", refusal: refusal("internal", "cannot write") };
  writeFileSync(path, canonical({ ...record, result }));
  for (let time = 0; time < 2; time++) {
    expect(await listed()).toContain('"state": "landed"');
    expect(landings()).toHaveLength(2);
  }
  const other = landings().find((one) => one !== name) ?? "";
  const told = JSON.parse(readFileSync(join(desk.places.exchange, "landings", other), "utf8")) as object;
  expect(told).toMatchObject({ patch_id: id, person: "unknown (repaired)", result: { kind: "landed" } });
  expect(landingName(other.slice(0, -".json".length))?.id).toBe(id);
});

type Landed = Readonly<Record<string, unknown>> & { readonly result: Readonly<Record<string, unknown>> };
const forgeries: readonly (readonly [string, (record: Landed) => object])[] = [
  ["of another statement", (record) => ({ ...record, statement_sha256: "0".repeat(64) })],
  ["of no statement", (record) => ({ ...record, statement_sha256: null })],
  ["of another patch", (record) => ({ ...record, patch_sha256: "0".repeat(64) })],
  ["of another branch", (record) => ({ ...record, result: { ...record.result, branch: "refs/heads/main" } })],
  ["of another commit", (record) => ({ ...record, result: { ...record.result, commit: "0".repeat(40) } })],
  ["of another tree", (record) => ({ ...record, result: { ...record.result, tree: "0".repeat(40) } })],
  ["of a dry run", (record) => ({ ...record, dry_run: true })],
];
const proofOf = (id: PatchId): Record<string, string> =>
  Object.fromEntries(
    ["landing.json", "order.json", "receipt.tlog-proof", "verdict.dsse.json"].map((name) => [
      name,
      git(desk.repo, "show", `${landedRef(id)}:${name}`),
    ]),
  );
const forget = (): void => {
  for (const name of landings()) rmSync(join(desk.places.exchange, "landings", name));
};

test.each(forgeries)("with a record %s is not taken over", async (_what, forge) => {
  const { id } = await propose(desk);
  expect((await attempt(desk, id)).answer).toBe("landed");
  forget();
  const files = proofOf(id);
  const record = forge(JSON.parse(files["landing.json"] ?? "") as Landed);
  push(id, { ...files, "landing.json": canonical(record) }, [
    git(desk.repo, "rev-parse", landingBranch(id)).trim(),
  ]);
  expect(await listed()).not.toContain('"state": "landed"');
  expect(landings()).toEqual([]);
});

test.each([
  ["no commit below", (): string[] => []],
  ["another commit below", (): string[] => ["main"]],
  ["two commits below", (id: PatchId): string[] => [landingBranch(id), "main"]],
  [
    "a commit below that is not the attested one",
    (id: PatchId): string[] => [
      git(
        desk.repo,
        "commit-tree",
        "main^{tree}",
        "-p",
        "main",
        "-m",
        git(desk.repo, "log", "-1", "--format=%B", landingBranch(id)).trimEnd(),
      ).trim(),
    ],
  ],
])("with %s is not taken over", async (_what, parents) => {
  const { id } = await propose(desk);
  expect((await attempt(desk, id)).answer).toBe("landed");
  forget();
  const files = proofOf(id);
  const below = parents(id);
  const record = JSON.parse(files["landing.json"] ?? "") as Landed;
  const [commit = "0".repeat(40)] = below.map((name) => git(desk.repo, "rev-parse", name).trim());
  const said = canonical({ ...record, result: { ...record.result, commit } });
  push(id, { ...files, "landing.json": said }, below);
  expect(await listed()).not.toContain('"state": "landed"');
  expect(landings()).toEqual([]);
});

test("may hold a true landing, but who did it is not taken from it", async () => {
  const { id, sha256 } = await propose(desk, { outcome: "MANUAL_REQUIRED" });
  expect((await attempt(desk, id, { confirm: sha256.slice(0, 32) })).answer).toBe("landed");
  forget();
  expect(await listed()).toContain('"state": "landed"');
  const [name = ""] = landings();
  expect(JSON.parse(readFileSync(join(desk.places.exchange, "landings", name), "utf8"))).toMatchObject({
    person: "unknown (repaired)",
    confirmed: false,
    result: { kind: "landed", branch: landingBranch(id) },
  });
});

test("may hold a true landing, but how its gate was decided is not taken from it, and nobody can tell", async () => {
  const { id } = await propose(desk);
  expect((await attempt(desk, id)).answer).toBe("landed");
  forget();
  const files = proofOf(id);
  const record = JSON.parse(files["landing.json"] ?? "") as Landed;
  const conditions = [
    { id: "never", provider: "time", check: "after", state: "true", lane: "verified", min_lane: "verified" },
  ].map((one) => ({ ...one, reason: null, detail: null, digest: null, value: null, keyid: null }));
  const decision = { ...(record["decision"] as object), require: '"never"', conditions };
  push(id, { ...files, "landing.json": canonical({ ...record, decision }) }, [
    git(desk.repo, "rev-parse", landingBranch(id)).trim(),
  ]);
  expect(await listed()).toContain('"state": "landed"');
  const [name = ""] = landings();
  const text = readFileSync(join(desk.places.exchange, "landings", name), "utf8");
  expect(text).not.toContain("never");
  expect(JSON.parse(text)).not.toHaveProperty("decision");
  openStore(desk.places.database, { clock: () => desk.now, create: true }).close();
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  expect(await show.run(world, [id], { state: desk.places.root, trace: true })).toBe(2);
  expect(world.said.out).toContain(
    "gate: nobody can tell how it was decided; this landing was not recorded here (repaired)",
  );
  expect(world.said.out).not.toContain("gate: landing is");
});

test.each(["another verdict", "no verdict here"])("is never recorded as ours: %s", async (what) => {
  const { id } = await propose(desk);
  expect((await attempt(desk, id)).answer).toBe("landed");
  for (const name of landings()) rmSync(join(desk.places.exchange, "landings", name));
  const verdict = join(desk.places.exchange, "verdicts", `${id}.dsse.json`);
  if (what === "no verdict here") rmSync(verdict);
  else writeFileSync(verdict, "{}");
  await listed();
  expect(landings()).toEqual([]);
});
