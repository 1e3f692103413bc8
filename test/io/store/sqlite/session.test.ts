// Storage that fails under the open store: the write is refused, and so is every later call.
import Database from "better-sqlite3";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, linkSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { costing } from "../../../support/credentials.ts";
import { note, NOON, patchId } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddleWithLog, openSource } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage", exitCode: 74 }) as Error;

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("session");
  path = join(folder, "store.db");
  filledStore(path);
});
afterEach(() => removeScratch(folder));

const open = (): Store => openStore(path, { clock: () => NOON });

function expectDead(store: Store): void {
  expect(() => store.recordCallNow(costing(), note("call.allowed"), () => note("call.refused"))).toThrow(
    storage,
  );
  expect(() => store.record(note("call.allowed"))).toThrow(storage);
  expect(() => store.excess(costing(), 0)).toThrow(storage);
  expect(() => store.proposal(patchId(1))).toThrow(storage);
  expect(() => store.credential("0123456789abcdef")).toThrow(storage);
  expect(() => [...store.auditRows(0)]).toThrow(storage);
  store.close();
}

test.each([
  ["removed", () => rmSync(path)],
  [
    "removed with everything beside it",
    () => readdirSync(folder).forEach((name) => rmSync(join(folder, name))),
  ],
  [
    "replaced by a copy of itself",
    () => (copyFileSync(path, `${path}.copy`), renameSync(`${path}.copy`, path)),
  ],
  ["given a second name", () => linkSync(path, `${path}.copy`)],
  ["robbed of its write-ahead log", () => rmSync(`${path}-wal`)],
  ["robbed of its index", () => rmSync(`${path}-shm`)],
])("the file is %s", (_, damage) => {
  const store = open();
  store.record(note("call.allowed"));
  damage();
  expectDead(store);
});

test.each([
  ["cut", "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"],
  [
    "changed at its end",
    `UPDATE audit SET body = replace(body, '"n":9', '"n":8') WHERE seq = (SELECT max(seq) FROM audit)`,
  ],
  [
    "continued by hand",
    `INSERT INTO audit SELECT seq + 1, body, unhex('${"0".repeat(64)}'), about FROM audit ORDER BY seq DESC LIMIT 1`,
  ],
])("the log is %s by another process: nothing is appended to it", (_, statement) => {
  const store = open();
  meddleWithLog(path, statement);
  expectDead(store);
});

test("its own last entry is cut off between two writes", () => {
  const store = open();
  store.record(note("call.allowed"));
  meddleWithLog(path, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)");
  expectDead(store);
});

test("somebody holds the write lock for longer than the patience", () => {
  const store = open();
  const db = new Database(path);
  db.exec("BEGIN IMMEDIATE");
  expect(() => store.record(note("call.allowed"))).toThrow(storage);
  db.exec("ROLLBACK");
  db.close();
  expectDead(store);
}, 20_000);

describe("in a process of its own", () => {
  interface Said {
    readonly last: number;
    readonly code: string;
    readonly message: string;
    readonly again?: string;
  }
  /** Writes until the first failure, tries once more, and says what happened. */
  const code = (): string => `
    const { openStore } = await import(${JSON.stringify(openSource)});
    const note = { event: "call.allowed", actor: { principal: "local:stdio" }, data: { text: "x".repeat(900) } };
    let last = 0, store;
    try { store = openStore(${JSON.stringify(path)}, { clock: Date.now }); for (;;) last = store.record(note).seq; } catch (error) {
      let again;
      try { store?.record(note); } catch (second) { again = second.code; }
      console.log(JSON.stringify({ last, code: error.code, message: error.message, again }));
    }`;

  test("the disk is full: what was acknowledged is there, nothing is half there", () => {
    // RLIMIT_FSIZE stands for the disk.
    const full = `ulimit -f 400; trap '' XFSZ; exec "$0" --input-type=module -e "$1"`;
    const said = JSON.parse(
      execFileSync("bash", ["-c", full, process.execPath, code()], { encoding: "utf8" }),
    ) as Said;
    expect(said).toMatchObject({
      code: "storage",
      again: "storage",
      message: expect.stringMatching(/SQLITE_(FULL|IOERR)/) as string,
    });
    expect(said.last).toBeGreaterThan(12);
    expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: said.last + 1 });
    const store = openStore(path, { clock: Date.now });
    expect(store.record(note("call.allowed")).seq).toBe(said.last + 1);
    store.close();
  });

  // Root may write everywhere, so the process must be somebody else; who then must be able to read this program.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const able =
    spawnSync(process.execPath, ["-e", `require("fs").accessSync(${JSON.stringify(openSource)})`], nobody)
      .status === 0;
  test.runIf(able).each([
    ["folder", () => chmodSync(folder, 0o500)],
    ["file", () => chmodSync(path, 0o400)],
  ])("the %s is read-only", (_, shut) => {
    if (nobody.uid !== undefined) for (const name of [folder, path]) chownSync(name, nobody.uid, nobody.gid);
    shut();
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code()], {
      encoding: "utf8",
      ...nobody,
    });
    chmodSync(folder, 0o700);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ last: 0, code: "storage" });
  });
});
