// I31: with --names what stands beside the log must be what its entries committed to; erased is no fault, changed is one.
import Database from "better-sqlite3";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Digest } from "../../../src/core/base/digest.ts";
import { deploymentOf } from "../../../src/core/config/deployment.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { sealedWriter } from "../../../src/io/exchange/files/heads.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { type LabRow, sealBeside, shardsOf } from "../../support/audit-lab.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(async () => {
  desk = openDesk();
  const made = readFileSync(desk.places.config, "utf8");
  writeFileSync(desk.places.config, `${made.split("[audit]")[0]}[audit]\npersonal = "committed"\n`);
  withStore((store) => {
    for (const [n, principal] of ["bob", "eve", "anonymous"].entries())
      store.record({ event: "call.allowed", actor: { principal }, data: { address: `192.0.2.${n}` } });
  });
  await seal();
});
afterEach(() => desk.remove());

function withStore<T>(work: (store: Store) => T): T {
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const options = { clock: () => desk.now, create: true, random, personal: "committed" } as const;
  const store = openStore(desk.places.database, options);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
/** What is in the log now is under a checkpoint. */
async function seal(): Promise<void> {
  const rows = withStore((store) => [...store.auditRows(0)]).map((row): LabRow => ({
    ...row,
    leaf: row.leaf as Digest,
    about: row.about ?? null,
  }));
  const [shard] = shardsOf(rows);
  const sealed = sealedWriter(join(desk.places.exchange, "heads", "sealed"));
  await sealBeside(sealed, deploymentOf(desk.setup.config), shard!, rows.length, desk.sealer);
}
async function verify(
  options: Record<string, unknown> = { names: true },
): Promise<Report & { exit: number }> {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const exit = await auditVerify.run(world, [], { state: desk.places.root, json: true, ...options });
  return { ...(JSON.parse(world.said.out) as Report), exit };
}
function meddle(statement: string): void {
  const db = new Database(desk.places.database);
  db.pragma("foreign_keys = OFF");
  db.exec(statement);
  db.close();
}

test.each<[string, string, number]>([
  ["a salt", "UPDATE personal SET salt = zeroblob(32) WHERE seq = 2", 2],
  ["an address", "UPDATE personal SET ct = zeroblob(60) WHERE seq = 4", 4],
  ["a name", "UPDATE subject SET ct = (SELECT ct FROM subject WHERE seq = 3) WHERE seq = 1", 1],
])("%s that was changed is a fault at its entry, and seen with --names alone", async (_, statement, seq) => {
  meddle(statement);
  const found = await verify();
  expect(found).toMatchObject({ exit: 1, verdict: "damaged", code: "LEAF_COLUMN_MISMATCH", seq, ok: false });
  expect(await verify({})).toMatchObject({ exit: 0, ok: true });
});

test("all open; what was erased is counted and no fault, under the checkpoint from before", async () => {
  const before = await verify();
  expect(before).toMatchObject({ exit: 0, ok: true });
  expect(before.notes).toContain("personal data: 6 commitments open, 0 were erased");
  withStore((store) => {
    for (const who of ["bob", "anonymous"])
      store.erase({
        who,
        reason: "request 17",
        actor: { principal: "operator" },
        withdraw: false,
        rest: false,
        dry: false,
      });
  });
  const after = await verify();
  expect(after).toMatchObject({ exit: 0, ok: true, sealed: { upTo: { size: 7 } } });
  expect(after.notes).toContain("personal data: 2 commitments open, 4 were erased");
});

test("rows that somebody took away by hand are told from those that were erased", async () => {
  meddle("DELETE FROM personal WHERE seq = 2");
  const { exit, notes } = await verify();
  expect(exit).toBe(0);
  expect(notes).toContain(
    "personal data: 5 commitments open, 0 were erased, 1 are gone without an entry that says so",
  );
});

test("an export alone cannot be asked for it", async () => {
  await expect(verify({ names: true, file: "x", sealer: "y" })).rejects.toMatchObject({ code: "usage" });
});
