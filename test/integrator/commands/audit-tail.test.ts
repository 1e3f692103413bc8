// The newest entries in lines that move no cursor, and those that come while somebody looks.
import Database from "better-sqlite3";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditTail } from "../../../src/integrator/commands/audit-tail.ts";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { entryIn, relinked, rowOf } from "../../support/audit-lab.ts";
import { openSealedDesk, type SealedDesk } from "../../support/sealed-desk.ts";
import { testWorld } from "../../support/world.ts";

let desk: SealedDesk;
beforeEach(async () => {
  desk = await openSealedDesk();
});
afterEach(() => desk.remove());

test("the last ones, oldest first", async () => {
  const { code, said } = await desk.run(auditTail, { lines: "3" });
  expect(code).toBe(0);
  const shown = said.out.trimEnd().split("\n");
  expect(shown).toHaveLength(3);
  expect(shown[2]).toContain(` ${desk.rows.length - 1} ${entryIn(desk.rows.at(-1)!).event} `);
  expect((await desk.run(auditTail)).said.out.trimEnd().split("\n")).toHaveLength(20);
  expect((await desk.run(auditTail, { lines: "0" })).said.out).toBe("");
});

test("as JSON, one line each", async () => {
  const { said } = await desk.run(auditTail, { lines: "2", json: true });
  const shown = said.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(shown).toEqual(
    desk.rows.slice(-2).map((row) => ({ position: row.position, leaf: row.leaf, entry: entryIn(row) })),
  );
});

test("a row with a number beyond all entries ends it, and every reading of the log", async () => {
  const db = new Database(desk.places.database);
  db.pragma("ignore_check_constraints = ON");
  const insert = "INSERT INTO audit(seq, body, leaf) VALUES (9007199254740993, '{}', zeroblob(32))";
  db.exec(insert);
  db.close();
  await expect(desk.run(auditTail)).rejects.toMatchObject({ code: "storage" });
  for (const all of [false, true]) expect((await desk.run(auditVerify, { all })).code).toBe(1);
});

test("hostile words and hostile rows change nothing on the terminal", async () => {
  const hostile = "\u001b[2J\u202e##[error]x\n::error::y";
  const last = desk.rows.length - 1;
  const entry = { ...entryIn(desk.rows[last]!), data: { said: hostile } };
  const rows = relinked(desk.rows.with(last, rowOf(last, entry)), last);
  desk.write([
    ...rows,
    {
      position: last + 1,
      line: `no entry ${hostile}`,
      leaf: rows[0]!.leaf.replace(/^./, "f") as never,
      about: null,
    },
  ]);
  for (const json of [false, true]) {
    const { said } = await desk.run(auditTail, { lines: "2", json });
    expect(said.out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(said.out).not.toMatch(/^\s*::|##\[/m);
    expect(said.out.trimEnd().split("\n")).toHaveLength(2);
  }
});

test("what comes is shown once, and a log that got shorter is told", async () => {
  const half = desk.rows.slice(0, 100);
  desk.write(half);
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const running = auditTail.run(world, [], { state: desk.places.root, lines: "1", follow: true });
  const ended = expect(running).rejects.toMatchObject({ code: "storage", exitCode: 74 });
  const shown = async (count: number): Promise<void> => {
    while (world.said.out.split("\n").length - 1 < count) await sleep(20);
  };
  await shown(1);
  desk.write(desk.rows.slice(0, 103));
  await shown(4);
  expect(world.said.out.match(/ (\d+) [a-z]+\.[a-z]+ /g)?.map((word) => Number.parseInt(word, 10))).toEqual([
    99, 100, 101, 102,
  ]);
  desk.write(half);
  await ended;
});
