// A token's row that was changed by hand lets nobody in: the log vouches for each one.
import Database from "better-sqlite3";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../../../src/core/base/digest.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { credential, token } from "../../../support/credentials.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddle, meddleWithLog } from "../../../support/stores.ts";

const storage = expect.objectContaining({ code: "storage", exitCode: 74 }) as Error;

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("credentials");
  path = join(folder, "store.db");
  filledStore(path);
  use((store) => store.issue([credential(1), credential(2)], note("token.issued")));
});
afterEach(() => removeScratch(folder));

const open = (): Store => openStore(path, { clock: () => NOON });

function use(work: (store: Store) => void): void {
  const store = open();
  work(store);
  store.close();
}

const revoke = (): void => use((store) => store.revoke({ id: token(1).id }, note("token.revoked")));

/** The best forgery: body and digest fit each other. Only the log does not say so. */
function forge(from: string, to: string): void {
  const db = new Database(path);
  const { body } = db
    .prepare<[string], { body: string }>("SELECT body FROM credential WHERE id = ?")
    .get(token(1).id)!;
  const forged = body.replace(from, to);
  expect(forged).not.toBe(body);
  db.prepare("UPDATE credential SET body = ?, digest = ? WHERE id = ?").run(
    forged,
    sha256(forged),
    token(1).id,
  );
  db.close();
}

const id = `'${token(1).id}'`;

test.each([
  ["its roles", () => forge('"roles":["proposer"]', '"roles":["admin"]')],
  ["its principal", () => forge('"principal":"agent"', '"principal":"other"')],
  ["its digest of the token", () => forge(token(1).sha256, token(3).sha256)],
  [
    "its revocation, taken back",
    () => (revoke(), forge(/"revoked":"[^"]*"/.exec(bodyOf())![0], '"revoked":null')),
  ],
  [
    // Body, digest and entry fit each other; they are only not the newest.
    "its revocation, set back to the row as it really was",
    () => {
      copyFileSync(path, `${path}.old`);
      revoke();
      meddle(
        path,
        `ATTACH '${path}.old' AS old; UPDATE credential SET (body, digest, seq) = (SELECT body, digest, seq FROM old.credential WHERE id = ${id}) WHERE id = ${id}`,
      );
    },
  ],
  ["its column of the family", () => meddle(path, `UPDATE credential SET family = 'other' WHERE id = ${id}`)],
  ["its column of the end", () => meddle(path, `UPDATE credential SET expires = '9999' WHERE id = ${id}`)],
  ["its existence", () => meddle(path, `DELETE FROM credential WHERE id = ${id}`)],
  [
    "its id: another token's row in its place",
    () =>
      meddle(
        path,
        `DELETE FROM credential WHERE id = ${id}; UPDATE credential SET id = ${id} WHERE id = '${token(2).id}'`,
      ),
  ],
])("%s was changed", (_, damage) => {
  damage();
  const store = open();
  expect(() => store.credential(token(1).id)).toThrow(storage);
  // From then on the store is of no use, and nobody is let in.
  expect(() => store.credential(token(2).id)).toThrow(storage);
  store.close();
});

// The log is verified when it is opened; what is changed afterwards is seen where it is believed.
test("its row and the entry that vouches for it, while the store is open", () => {
  const store = open();
  expect(store.credential(token(1).id)?.grant.roles).toEqual(["proposer"]);
  const before = sha256(bodyOf());
  forge('"roles":["proposer"]', '"roles":["admin"]');
  meddleWithLog(path, `UPDATE audit SET body = replace(body, '${before}', '${sha256(bodyOf())}')`);
  expect(() => store.credential(token(1).id)).toThrow(storage);
  store.close();
});

function bodyOf(): string {
  const db = new Database(path);
  const row = db
    .prepare<[string], { body: string }>("SELECT body FROM credential WHERE id = ?")
    .get(token(1).id)!;
  db.close();
  return row.body;
}

test.each([
  ["credentials", (store: Store) => store.credentials()],
  ["revoke", (store: Store) => store.revoke({ principal: "agent" }, note("token.revoked"))],
  ["rotate", (store: Store) => store.rotate(token(1).id, credential(1).expires, [], note("token.rotated"))],
  [
    "refresh",
    (store: Store) =>
      store.refresh(token(1).id, token(1).sha256, [], note("token.refreshed"), note("token.revoked")),
  ],
])("%s refuses a forged row too", (_, act) => {
  forge('"kind":"bearer"', '"kind":"refresh"');
  const store = open();
  expect(() => act(store)).toThrow(storage);
  store.close();
});

test("a row that the log never heard of is no token", () => {
  meddle(
    path,
    `CREATE TEMP TABLE t AS SELECT * FROM credential WHERE id = ${id}; UPDATE t SET id = '${token(7).id}', body = replace(body, ${id}, '${token(7).id}'); INSERT INTO credential SELECT * FROM t`,
  );
  const store = open();
  expect(() => store.credential(token(7).id)).toThrow(storage);
  store.close();
});

test("finding the newest entry of a token does not take longer with a longer log", () => {
  const db = new Database(path);
  const plan = db
    .prepare<[string, number, number], { detail: string }>(
      "EXPLAIN QUERY PLAN SELECT seq, body FROM audit WHERE about = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
    )
    .all("token:x", 9, 1);
  db.close();
  expect(plan.map(({ detail }) => detail).join()).toContain("USING INDEX audit_about (about=? AND rowid<?)");
});
