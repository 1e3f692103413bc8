// A state folder that was set back whole, with another repository written into it: the repository around the person still tells.
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { originOf, rootText } from "../../../src/core/audit/checkpoint.ts";
import { type AuditEntry, auditLine } from "../../../src/core/audit/entry.ts";
import { auditKey, sealLine } from "../../../src/core/audit/sealed-line.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { landedRef, type PatchId } from "../../../src/core/base/ids.ts";
import { tellingLanded, withoutRef } from "../../../src/integrator/audit/landed-anchors.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { landedFiles } from "../../../src/integrator/git/land.ts";
import { sealedWriter } from "../../../src/io/exchange/files/heads.ts";
import { renderRepository } from "../../../src/io/file/state.ts";
import { entryIn, relinked, rootAt, rowOf, sealBeside, shardsOf } from "../../support/audit-lab.ts";
import { git, removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";
import { openSealedDesk, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";
import { propose } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: SealedDesk;
let other: string;
beforeEach(async () => {
  desk = await openSealedDesk();
  other = scratchRepository("other", { "a.txt": "a\n" });
});
afterEach(() => {
  desk.remove();
  removeScratch(other);
});

async function verify(cwd = desk.repo, options = {}): Promise<{ code: number; report: Report }> {
  const world = testWorld({ cwd, now: desk.now });
  const asked = { state: desk.places.root, json: true, ...options };
  const code = await auditVerify.run(world, [], asked);
  return { code, report: JSON.parse(world.said.out) as Report };
}
const november = (rows = desk.rows): ReturnType<typeof shardsOf>[number] => shardsOf(rows)[1]!;
const sealed = (size: number, rows = desk.rows): Promise<void> =>
  sealBeside(
    sealedWriter(join(desk.places.exchange, "heads", "sealed")),
    desk.deployment,
    november(rows),
    size,
    desk.sealer,
  );
const says = (path: string, gitDir = join(path, ".git")): void =>
  writeFileSync(desk.places.repository, renderRepository({ path, gitDir }));

/** A landing whose verdict names 280 entries of November. */
async function land(): Promise<void> {
  const facts = { origin: originOf(desk.deployment, "2026-11"), size: 280 };
  const rootHash = rootText(rootAt(november().rows, 280));
  const predicate = { auditCheckpoint: { ...facts, rootHash } };
  const { envelope } = await propose(desk, { sealed: false, predicate });
  const file = join(desk.places.root, "envelope");
  writeFileSync(file, envelope);
  const blob = git(desk.repo, "hash-object", "-w", file).trim();
  git(desk.repo, "update-index", "--add", "--cacheinfo", `100644,${blob},${landedFiles.verdict}`);
  const tree = git(desk.repo, "write-tree").trim();
  const commit = git(desk.repo, "commit-tree", "-m", "landed", tree).trim();
  git(desk.repo, "update-ref", landedRef(randomUUID() as PatchId), commit);
}

/** Everything of the state folder, as of 80 entries before. */
async function setBack(): Promise<void> {
  for (const place of ["verdicts", "receipts"])
    rmSync(join(desk.places.exchange, place), { recursive: true, force: true });
  rmSync(join(desk.places.integrator, "checkpoints"), { recursive: true, force: true });
  desk.write(desk.rows.slice(0, SEPTEMBER + 200));
  await sealed(200);
}

describe("set back whole", () => {
  beforeEach(async () => {
    await land();
    await setBack();
  });

  test.each([
    ["with another repository in it", () => says(other)],
    ["with the path of another one", () => says(other, join(desk.repo, ".git"))],
    ["with one that is gone", () => says(join(other, "gone"))],
    ["with none", () => rmSync(desk.places.repository)],
    ["as it was", () => undefined],
  ])("%s: ROLLBACK, by the repository where one stands", async (_what, write) => {
    write();
    expect(await verify()).toMatchObject({ code: 1, report: { code: "ROLLBACK", seq: 200 } });
  });

  test("and with the path of another one, also for who names the repository: 1; with all of another one: refused", async () => {
    says(other, join(desk.repo, ".git"));
    expect((await verify(other, { repo: desk.repo })).code).toBe(1);
    says(other);
    await expect(verify(other, { repo: desk.repo })).rejects.toMatchObject({ code: "state_unusable" });
  });
});

test("the report says that the state folder alone names the repository, and where else was looked", async () => {
  expect((await verify()).report.notes).toEqual([]);
  const elsewhere = scratch("elsewhere");
  const away = await verify(elsewhere);
  removeScratch(elsewhere);
  expect([away.code, away.report.notes.join()]).toEqual([0, expect.stringContaining(desk.repo)]);
  const near = await verify(other);
  expect([near.code, near.report.notes.join()]).toEqual([
    0,
    expect.stringContaining(`${desk.repo}, and in ${other};`),
  ]);
});

test("two repositories in one state folder: 2", async () => {
  says(desk.repo, join(other, ".git"));
  expect(await verify()).toMatchObject({ code: 2, report: { verdict: "unknown" } });
});

describe("a landing in the log", () => {
  const id = "00000000-0000-4000-8000-00000000000a" as PatchId;
  beforeEach(async () => {
    const at = SEPTEMBER + 100;
    const entry: AuditEntry = { ...entryIn(desk.rows[at]!), event: "landing.landed", data: { patch_id: id } };
    const rows = relinked(desk.rows.with(at, rowOf(at, entry)), at);
    desk.write(rows);
    await sealed(280, rows);
  });

  test("whose ref no repository has: 2, with its name; with the ref: 0", async () => {
    const { code, report } = await verify();
    expect([code, report.doubts.join()]).toEqual([2, expect.stringContaining(landedRef(id))]);
    git(desk.repo, "update-ref", landedRef(id), "HEAD");
    expect(await verify()).toMatchObject({ code: 0, report: { doubts: [] } });
  });

  test("and its ref in the repository where one stands, while the state folder names another one: 2", async () => {
    git(desk.repo, "update-ref", landedRef(id), "HEAD");
    says(other);
    expect((await verify()).code).toBe(2);
  });

  test("is seen in an encrypted entry with the log's key, and passed over without", () => {
    const entry: AuditEntry = { ...entryIn(desk.rows[0]!), event: "landing.landed", data: { patch_id: id } };
    const key = auditKey(sha256("a key for a test"))!;
    const row = { ...rowOf(0, entry), line: sealLine(entry, key, new Uint8Array(12)) };
    const landed = (keys: Parameters<typeof tellingLanded>[1]): readonly string[] => {
      const found = new Set<string>();
      expect([...tellingLanded([row, { ...row, line: null }], keys, found)]).toHaveLength(2);
      return withoutRef(found, new Set()).map((said) => said.slice(-38));
    };
    expect(landed({ current: key, others: [] })).toEqual([expect.stringContaining(id)]);
    expect(landed({ others: [] })).toEqual([]);
    expect(row.line).not.toContain("landing");
    expect(auditLine(entry)).toContain("landing");
  });
});
