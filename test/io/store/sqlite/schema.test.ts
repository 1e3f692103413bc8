// A store of version 1 is taken over with its log; one that is not exactly of its version is not.
import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { costing, credential, noBudget, token } from "../../../support/credentials.ts";
import { landing, note, NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { downgrade, oldStore } from "../../../support/store-old.ts";
import { filledStore, meddle, startWriter, writerCommand } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage", exitCode: 74 }) as Error;

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("schema");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const open = (): Store => openStore(path, { clock: () => NOON });
const version = (): unknown => {
  const db = new Database(path);
  const found = db.pragma("user_version", { simple: true });
  db.close();
  return found;
};

test("a store of version 1 is taken over, with its log and its proposals, and can do what is new", () => {
  oldStore(path);
  expect(version()).toBe(1);
  const store = open();
  expect(store.proposal(patchId(1))?.order).toEqual(order(1));
  expect(store.record(note("call.allowed")).seq).toBe(12);
  store.issue([credential(1)], note("token.issued"));
  expect(store.credential(token(1).id)).toEqual(credential(1));
  const cost = costing({ budget: { ...noBudget, calls: 1 } });
  const refused = (): ReturnType<typeof note> => note("call.refused");
  expect(store.recordCallNow(cost, note("call.allowed"), refused)).toBeUndefined();
  expect(store.recordCallNow(cost, note("call.allowed"), refused)).toMatchObject({ kind: "budget" });
  store.close();
  expect(version()).toBe(3);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 17 });
  open().close();
});

test("a store of version 2 is taken over, with its tokens, landings and limits, and each is still vouched for", () => {
  const made = openStore(path, { clock: () => NOON, create: true });
  const limits = { maxPending: 5, perHour: 5 };
  for (const n of [1, 2])
    made.submit(yes(), { order: order(n), idempotencyKey: `k${n}`, limits, note: note("proposal.accepted") });
  made.issue([credential(1)], note("token.issued"));
  made.revoke({ id: token(1).id }, note("token.revoked"));
  made.land(landing(1, 1), note("landing.passed", { patch_id: patchId(1) }));
  made.record(note("incident.opened", { incident_id: "an-incident", patch_id: patchId(2) }));
  for (let n = 0; n < 30; n++)
    made.record(note("call.allowed", { tool: "patch-status", patch_id: patchId(2) }));
  made.close();
  downgrade(path, 2);
  expect(version()).toBe(2);
  const store = open();
  expect(store.proposal(patchId(1))).toBeDefined();
  expect(store.proposalByKey("local:stdio", "k2")?.order).toEqual(order(2));
  expect(store.credential(token(1).id)?.revoked).not.toBeNull();
  expect(store.land(landing(1, 1), note("landing.passed"))).toBe(false);
  expect(store.view.about("record", "an-incident")).toMatchObject([{ entry: { event: "incident.opened" } }]);
  expect(store.view.about("patch", patchId(2)).map(({ entry }) => entry.event)).toEqual([
    "proposal.accepted",
  ]);
  expect(store.view.about("token", token(1).id)).toHaveLength(2);
  store.close();
  expect(version()).toBe(3);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true });
});

test.each([
  ["the disk is full", "trap '' XFSZ;"],
  ["a signal kills the process", ""],
])("%s in the middle of it: the old store is left, whole, and taken over the next time", (_, trap) => {
  oldStore(path, 300);
  // RLIMIT_FSIZE: somewhere within the copy of the log, which is a good part of the file.
  const script = `ulimit -f ${Math.floor(statSync(path).size / 3072)}; ${trap} exec "$0" "$@"`;
  const [node = "", ...args] = writerCommand(path, 1);
  const { status } = spawnSync("bash", ["-c", script, node, ...args], { encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(version()).toBe(1);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 302 });
  open().close();
  expect(version()).toBe(3);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 302 });
});

test("audit verify reads one of version 1 without changing it", () => {
  oldStore(path);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 12 });
  expect(version()).toBe(1);
});

test("three processes take over one store at once: one does the work, the others find it done", async () => {
  oldStore(path);
  // All of them have seen version 1 and wait for the lock when it is given up.
  const db = new Database(path);
  db.exec("BEGIN IMMEDIATE");
  const writers = ["a", "b", "c"].map((name) => startWriter(path, 20, name));
  await setTimeout(2500);
  db.exec("ROLLBACK");
  db.close();
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  expect(version()).toBe(3);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true, entries: 72 });
}, 30_000);

test.each([
  [
    "a version 1 that has lost a trigger",
    () => (oldStore(path), meddle(path, "DROP TRIGGER audit_no_delete")),
  ],
  [
    "a version 1 with a table of tokens already",
    () => (oldStore(path), meddle(path, "CREATE TABLE credential(id)")),
  ],
  ["a version 3 that says it is 1", () => (filledStore(path), meddle(path, "PRAGMA user_version = 1"))],
  ["a version 1 that says it is 2", () => (oldStore(path), meddle(path, "PRAGMA user_version = 2"))],
  [
    "a version 2 without its index of tokens",
    () => (oldStore(path, 10, 2), meddle(path, "DROP INDEX audit_token")),
  ],
  [
    "a version 3 without its index of what entries are about",
    () => (filledStore(path), meddle(path, "DROP INDEX audit_about")),
  ],
  ["a version 2 that says it is 3", () => (oldStore(path, 10, 2), meddle(path, "PRAGMA user_version = 3"))],
  [
    "a version 2 whose proposal names an entry that is not there",
    () => (oldStore(path, 10, 2), meddle(path, "UPDATE proposal SET seq = 99")),
  ],
  ["a version 0", () => (oldStore(path), meddle(path, "PRAGMA user_version = 0"))],
])("%s is not taken over", (_, make) => {
  make();
  const before = version();
  expect(() => open()).toThrow(storage);
  expect(version()).toBe(before);
});
