// A log that somebody bent: what it holds is told without repeating what a terminal would obey, by every command.
import Database from "better-sqlite3";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { carryIfReachable } from "../../../src/integrator/carry.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Report } from "../../../src/integrator/audit/report.ts";
import { NOVEMBER, openSealedDesk, SEALED, type SealedDesk, SEPTEMBER } from "../../support/sealed-desk.ts";
import { type Desk, openDesk, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld, type TestWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
  openStore(desk.places.database, { clock: () => desk.now, create: true }).close();
});
afterEach(() => desk.remove());

const escape = "\u001b[2J\u009b1m\u202eintact";
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}]/u;

const bends: readonly (readonly [string, (db: Database.Database) => unknown])[] = [
  [
    "an entry",
    (db) => db.prepare("INSERT INTO audit(seq, body, leaf) VALUES (1, ?, x'00')").run(`{"${escape}":1}`),
  ],
  [
    "the schema",
    (db) => {
      db.unsafeMode(true);
      db.pragma("writable_schema = ON");
      db.prepare("INSERT INTO sqlite_schema VALUES ('table', ?, ?, 0, ?)").run(
        escape,
        escape,
        `CREATE ${escape}`,
      );
    },
  ],
];

test.each(bends)("%s", async (_what, bend) => {
  const db = new Database(desk.places.database);
  bend(db);
  db.close();
  const said = async (json: boolean): Promise<TestWorld["said"]> => {
    const world = testWorld({ cwd: desk.repo, now: desk.now });
    expect(await auditVerify.run(world, [], { state: desk.places.root, json })).toBe(1);
    return world.said;
  };
  for (const json of [false, true]) {
    const { out, err } = await said(json);
    expect(out).toContain("[2J");
    expect(out + err).not.toMatch(OBEYED);
  }
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const exchange = await integratorExchange(desk.places.exchange);
  await carryIfReachable(world, { layout: desk.places, exchange });
  expect(world.said.err).toContain("out of reach");
  expect(world.said.err).not.toMatch(OBEYED);
});

test("a configuration is not taken and left unread", async () => {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const options = { state: desk.places.root, config: "/nonexistent" };
  expect(() => auditVerify.run(world, [], options)).toThrow(expect.objectContaining({ code: "usage" }));
});

describe("three verdicts, one exit code", () => {
  let desk2: SealedDesk;
  beforeEach(async () => {
    desk2 = await openSealedDesk();
  });
  afterEach(() => desk2.remove());
  const verify = async (
    options: Record<string, unknown> = {},
  ): Promise<{ code: number; report: Report; err: string }> => {
    const { code, said } = await desk2.run(auditVerify, { ...options, json: true });
    return { code, report: JSON.parse(said.out) as Report, err: said.err };
  };

  test("sealed, with a tail that is not: 0, and each verdict on a line of its own", async () => {
    const { code, report } = await verify();
    expect({ code, ok: report.ok, verdict: report.verdict, tail: report.unsealedTail }).toEqual({
      code: 0,
      ok: true,
      verdict: "holds",
      tail: NOVEMBER - SEALED,
    });
    expect(report.completeness).toMatchObject({ onlyBeside: true, unchecked: 0 });
    expect(report.sealed.upTo).toMatchObject({ shard: "2026-11", size: SEALED, entries: SEPTEMBER + SEALED });
    const { said } = await desk2.run(auditVerify);
    expect(said.out).toMatch(
      /^sealed: 340 entries .*covers 320 of them\nintegrity .*hold\nsealed up to .*20 entries behind it/,
    );
    expect(said.out).toContain("completeness");
  });

  test("what was seen once is remembered: a log set back with its seals is told", async () => {
    await verify();
    desk2.write(desk2.rows.slice(0, SEPTEMBER + 100));
    await desk2.seal(1, 90);
    const { code, report } = await verify();
    expect({ code, verdict: report.code, shard: report.shard, seq: report.seq }).toEqual({
      code: 1,
      verdict: "ROLLBACK",
      shard: "2026-11",
      seq: 100,
    });
    // And it is never forgotten for a smaller one.
    expect(
      readdirSync(join(desk2.places.integrator, "checkpoints")).map((name) =>
        name.replace(/^[0-9a-f]{16}(.*)-[0-9a-f]{16}$/, "$1"),
      ),
    ).toEqual(expect.arrayContaining(["-2026-09-40", "-2026-11-280"]));
  });

  test("a checkpoint that was kept elsewhere tells the same, and a proof of an entry does", async () => {
    const kept = desk2.keep(1, 250);
    rmSync(join(desk2.places.exchange, "heads"), { recursive: true });
    expect((await verify({ checkpoint: [kept] })).report).toMatchObject({
      ok: true,
      sealed: { upTo: { source: "given" } },
    });
    rmSync(desk2.places.integrator, { recursive: true });
    desk2.write(desk2.rows.slice(0, SEPTEMBER + 200));
    expect((await verify()).code).toBe(2);
    expect((await verify({ checkpoint: [kept] })).report).toMatchObject({ code: "ROLLBACK", seq: 200 });
  });

  test("without any checkpoint nobody can tell: 2, and no good word", async () => {
    rmSync(join(desk2.places.exchange, "heads"), { recursive: true });
    const { code, said } = await desk2.run(auditVerify);
    expect(code).toBe(2);
    expect(said.out).toMatch(/^cannot tell: /);
    expect(said.out).not.toMatch(/\b(?:ok|intact|verified)\b/i);
  });

  test("without the sealer's key nobody can tell, but damage is damage", async () => {
    rmSync(join(desk2.places.trust, "sealer.pub.pem"));
    const { code, report } = await verify();
    expect({ code, verdict: report.verdict }).toEqual({ code: 2, verdict: "unknown" });
    expect(report.notes.join()).toContain("sealer key");
    desk2.write(desk2.rows.toSpliced(20, 1));
    expect(await verify()).toMatchObject({ code: 1, report: { code: "SEQ_GAP", shard: "2026-09", seq: 20 } });
  });

  test.each([
    ["another key", (note: string) => note.replace(/(?<=— \S+ ).{20}/, (same) => same.toLowerCase())],
    ["a size that was not signed", (note: string) => note.replace("\n280\n", "\n270\n")],
    ["no note at all", () => "nothing"],
    ["a checkpoint of another month", (note: string) => note.replaceAll("2026-11", "2026-09")],
  ])("a checkpoint beside the log with %s", async (_what, bend) => {
    const path = join(desk2.places.exchange, "heads", "sealed", "2026-11", "checkpoint");
    writeFileSync(path, bend(readFileSync(path, "utf8")));
    const { code, report } = await verify();
    expect({ code, fault: report.code, shard: report.shard }).toEqual({
      code: 1,
      fault: "CKPT_SIGNATURE",
      shard: "2026-11",
    });
  });

  test("a rotated-out key still vouches for what it signed; one that was given up does not", async () => {
    const fresh = throwAwayKey();
    writeFileSync(join(desk2.places.trust, "sealer-old.pub.pem"), desk2.sealer.pem);
    writeFileSync(join(desk2.places.trust, "sealer.pub.pem"), fresh.pem);
    expect((await verify()).code).toBe(0);
    rmSync(join(desk2.places.trust, "sealer-old.pub.pem"));
    expect((await verify()).report).toMatchObject({ ok: false, code: "CKPT_SIGNATURE" });
  });

  test("a folder that cannot be written is said, and nothing else changes", async () => {
    rmSync(desk2.places.integrator, { recursive: true, force: true });
    writeFileSync(desk2.places.integrator, "a file where the folder should be");
    const { code, err } = await verify();
    expect(code).toBe(0);
    expect(err).toContain("cannot be remembered");
  });

  test("one part alone, also when another one is damaged", async () => {
    desk2.write(desk2.rows.toSpliced(20, 1));
    expect((await verify()).report.code).toBe("SEQ_GAP");
    desk2.write(desk2.rows.with(20, { ...desk2.rows[20]!, about: "patch:x" }));
    expect(await verify({ shard: "2026-11" })).toMatchObject({ code: 0, report: { entries: NOVEMBER } });
    expect((await verify({ shard: "2026-09" })).report).toMatchObject({
      code: "LEAF_COLUMN_MISMATCH",
      seq: 20,
    });
    await expect(desk2.run(auditVerify, { shard: "2026-12" })).rejects.toMatchObject({ code: "usage" });
  });

  test("--all goes on and lists everything", async () => {
    const { rows } = desk2;
    desk2.write(
      rows.with(20, { ...rows[20]!, about: "patch:x" }).with(60, { ...rows[60]!, about: "patch:x" }),
    );
    const { report } = await verify({ all: true });
    expect(report.findings.map(({ code, shard, seq }) => [code, shard, seq])).toEqual([
      ["LEAF_COLUMN_MISMATCH", "2026-09", 20],
      ["LEAF_COLUMN_MISMATCH", "2026-11", 20],
    ]);
    expect((await verify()).report.findings).toHaveLength(1);
  });

  test.each([0, 100, 4096, 20_000, 60_000])("the database cut to %i bytes is a report", async (size) => {
    truncateSync(desk2.places.database, size);
    const { code, report } = await verify();
    expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: "damaged" });
  });

  test("any one page of the database overwritten is a report, or changes nothing that is verified", async () => {
    const whole = readFileSync(desk2.places.database);
    for (let at = 0; at < whole.length; at += 4096 * 3) {
      const bent = Buffer.from(whole);
      bent.fill(0x41, at, at + 4096);
      writeFileSync(desk2.places.database, bent);
      const { code, report } = await verify();
      expect([0, 1]).toContain(code);
      expect(report.ok).toBe(code === 0);
    }
  });

  test("no log at all is no damage", async () => {
    rmSync(desk2.places.database);
    await expect(desk2.run(auditVerify)).rejects.toMatchObject({ code: "state_unusable", exitCode: 2 });
  });
});
