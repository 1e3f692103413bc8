// A row that was changed by hand is refused when it is read: the log vouches for each one.
import Database from "better-sqlite3";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../../src/core/base/digest.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { note, NOON, patchId } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddle, meddleWithLog } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage" }) as Error;

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("snapshot");
  path = join(folder, "store.db");
  filledStore(path);
});
afterEach(() => removeScratch(folder));

const open = (): Store => openStore(path, { clock: () => NOON });
const approve = `body = replace(body, '"state":"pending"', '"state":"approved"'), state = 'approved'`;

function reject(): void {
  const store = open();
  store.settle({
    id: patchId(1),
    state: "rejected",
    statement: null,
    reasons: [],
    note: note("verdict.received"),
  });
  store.close();
}

/** The best forgery: body, columns and digest fit each other. Only the log does not say so. */
function forge(): void {
  const db = new Database(path);
  const { body } = db.prepare<[], { body: string }>("SELECT body FROM proposal").get()!;
  const forged = body.replace('"state":"pending"', '"state":"approved"');
  db.prepare("UPDATE proposal SET state = 'approved', body = ?, digest = ?").run(forged, sha256(forged));
  db.close();
}

test.each([
  ["everything in it, consistently", forge],
  ["its state", () => meddle(path, "UPDATE proposal SET state = 'approved'")],
  ["its principal", () => meddle(path, "UPDATE proposal SET principal = 'local:other'")],
  ["its key", () => meddle(path, "UPDATE proposal SET idempotency_key = NULL")],
  ["its date", () => meddle(path, "UPDATE proposal SET created = '2020-01-01T00:00:00.000Z'")],
  ["its body", () => meddle(path, `UPDATE proposal SET ${approve}`)],
  ["its digest", () => meddle(path, `UPDATE proposal SET digest = '${"0".repeat(64)}'`)],
  ["its link to the log", () => meddle(path, "UPDATE proposal SET seq = 3")],
  ["its existence", () => meddle(path, "DELETE FROM outbox; DELETE FROM proposal")],
  [
    // Body, digest and entry fit each other; they are only not the newest.
    "its age: the state before, as it really was",
    () => {
      copyFileSync(path, `${path}.old`);
      reject();
      meddle(
        path,
        `ATTACH '${path}.old' AS old; UPDATE proposal SET (state, body, digest, seq) = (SELECT state, body, digest, seq FROM old.proposal)`,
      );
    },
  ],
])("%s was changed", (_, damage) => {
  damage();
  const store = open();
  expect(() => store.proposal(patchId(1))).toThrow(storage);
  // From then on the store is of no use.
  expect(() => store.record(note("call.allowed"))).toThrow(storage);
  expect(() => store.proposals([])).toThrow(storage);
  store.close();
});

test("it and the entry that vouches for it, while the store is open", () => {
  const store = open();
  expect(store.proposal(patchId(1))?.state).toBe("pending");
  const before = digestOf();
  forge();
  meddleWithLog(path, `UPDATE audit SET body = replace(body, '${before}', '${digestOf()}')`);
  expect(() => store.proposal(patchId(1))).toThrow(storage);
  store.close();
});

function digestOf(): string {
  const db = new Database(path);
  const { digest } = db.prepare<[], { digest: string }>("SELECT digest FROM proposal").get()!;
  db.close();
  return digest;
}

test.each([
  ["proposals", (store: Store) => store.proposals(["approved"])],
  ["proposalByKey", (store: Store) => store.proposalByKey("local:stdio", "k")],
  ["outbox", (store: Store) => store.outbox()],
  [
    "settle",
    (store: Store) =>
      store.settle({
        id: patchId(1),
        state: "approved",
        statement: null,
        reasons: [],
        note: note("verdict.received"),
      }),
  ],
  ["dispatched", (store: Store) => store.dispatched(patchId(1), note("proposal.dispatched"))],
])("%s refuses it too", (_, use) => {
  meddle(path, "UPDATE proposal SET state = 'approved'");
  const store = open();
  expect(() => use(store)).toThrow(storage);
  store.close();
});

test("a row that nobody changed is read through all its states", () => {
  reject();
  const store = open();
  expect(store.proposal(patchId(1))).toMatchObject({ state: "rejected" });
  store.close();
});
