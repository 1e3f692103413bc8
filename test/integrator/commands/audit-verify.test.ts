// A log that somebody bent: what it holds is told without repeating what a terminal would obey, by every command.
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditVerify } from "../../../src/integrator/commands/audit-verify.ts";
import { carryIfReachable } from "../../../src/integrator/carry.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";
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
