// Keys of persons are wrapped under the log's key of today as soon as a gateway starts with it: no copy of before stays in the file.
import Database from "better-sqlite3";
import { createSecretKey, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { openFields } from "../../../../src/core/audit/subject-seal.ts";
import { auditKey, type AuditKey, type AuditKeys, NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { openNames } from "../../../../src/io/store/sqlite/subject-names.ts";
import { placeOfFields } from "../../../../src/io/store/sqlite/subject-rows.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { costing } from "../../../support/credentials.ts";
import { NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { meddle } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("subject-keys");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const key = (letters: string): AuditKey => {
  const found = auditKey(letters.repeat(32));
  if (found === undefined) throw new Error("no key");
  return found;
};
const [K1, K2] = [key("a1"), key("b2")];
const FIRST: AuditKeys = { current: K1, others: [] };
const ROTATED: AuditKeys = { current: K2, others: [K1] };
const SECOND: AuditKeys = { current: K2, others: [] };

const open = (keys: AuditKeys, personal: "committed" | "plain" = "committed"): Store =>
  openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal, keys });
const call = (principal: string, address: string): AuditNote => ({
  event: "call.allowed",
  actor: { principal },
  data: { address },
});
const start: AuditNote = {
  event: "process.start",
  actor: { principal: "gateway" },
  data: { process: "gateway" },
};
function use(keys: AuditKeys, work: (store: Store) => unknown): void {
  const store = open(keys);
  work(store);
  store.close();
}
const begun = (keys: AuditKeys): void => use(keys, (store) => store.begin(start));

interface Kept {
  readonly key: Buffer;
  readonly kid: string | null;
}
/** Of the persons, then of the secret. */
function kept(): readonly Kept[] {
  const db = new Database(path, { readonly: true });
  const persons = db.prepare<[], Kept>("SELECT key, kid FROM subject ORDER BY seq").all();
  const secret = db.prepare<[], Kept>("SELECT key, kid FROM subject_secret").all();
  db.close();
  return [...persons, ...secret];
}
const kids = (): readonly (string | null)[] => kept().map(({ kid }) => kid);
const inFile = (bytes: Buffer): boolean =>
  ["", "-wal"].some((ending) => readFileSync(`${path}${ending}`, { flag: "a+" }).includes(bytes));

/** With nothing but the file. */
function readWithoutKeys(): readonly unknown[] {
  const db = new Database(path, { readonly: true });
  const rows = db
    .prepare<[], { seq: number; of: string; nonce: Buffer; ct: Buffer; key: Buffer }>(
      "SELECT personal.seq, pseudonym AS of, personal.nonce, personal.ct, subject.key FROM personal JOIN subject USING (pseudonym)",
    )
    .all();
  db.close();
  return rows
    .filter(({ key: bytes }) => bytes.length === 32)
    .map(({ seq, of, nonce, ct, key: bytes }) =>
      openFields(ct, createSecretKey(bytes), nonce, placeOfFields(of, seq)),
    );
}

test("encryption that is switched on later: who was known before is read with the key alone", () => {
  use(NO_KEYS, (store) => store.record(call("alice", "192.0.2.1")));
  const clear = kept();
  expect(readWithoutKeys()).toEqual([{ address: "192.0.2.1" }]);
  begun(FIRST);
  use(FIRST, (store) => store.record(call("alice", "192.0.2.2")));
  expect(readWithoutKeys()).toEqual([]);
  expect(kids()).toEqual([K1.kid, K1.kid]);
  // Neither in a free page nor in the write-ahead log.
  expect(clear.map(({ key: bytes }) => inFile(bytes))).toEqual([false, false]);
  const names = openNames(path, FIRST);
  expect(names.nameOf(held(FIRST).pseudonym ?? "")).toBe("alice");
  names.close();
});

function held(keys: AuditKeys): { pseudonym: string | undefined; addresses: unknown[] } {
  const store = open(keys);
  const { pseudonym, entries } = store.held("alice");
  store.close();
  return { pseudonym, addresses: entries.flatMap(({ entry }) => entry.data["address"] ?? []) };
}

test("a rotated key: everybody is under the new one, and is who they were", () => {
  use(FIRST, (store) => {
    store.record(call("alice", "192.0.2.1"));
    store.record(call("bob", "192.0.2.2"));
  });
  const before = held(FIRST);
  begun(ROTATED);
  expect(kids()).toEqual([K2.kid, K2.kid, K2.kid]);
  expect(held(ROTATED)).toEqual(before);
  use(ROTATED, (store) => store.record(call("alice", "192.0.2.3")));
  expect(held(ROTATED)).toEqual({ ...before, addresses: ["192.0.2.1", "192.0.2.3"] });
  const after = kept();
  begun(ROTATED);
  expect(kept()).toEqual(after);
});

test("only a gateway's start does it: a command of a person takes no key from under a gateway that runs", () => {
  use(FIRST, (store) => store.record(call("alice", "192.0.2.1")));
  use(ROTATED, (store) => store.record(call("alice", "192.0.2.2")));
  expect(kids()).toEqual([K1.kid, K1.kid]);
});

test.each([
  ["a person's key in the clear", "UPDATE subject SET key = zeroblob(32), kid = NULL"],
  ["a secret that nobody is found by", "UPDATE subject_secret SET key = zeroblob(32), kid = NULL"],
])("%s, put there by somebody else, is wrapped by no start", (_, damage) => {
  use(FIRST, (store) => store.record(call("alice", "192.0.2.1")));
  meddle(path, damage);
  const before = kept();
  const store = open(ROTATED);
  expect(() => store.begin(start)).toThrow(expect.objectContaining({ code: "storage" }) as Error);
  store.close();
  expect(kept()).toEqual(before);
});

test("without a key that persons need the store does not open, however far back their entries lie", async () => {
  use(FIRST, (store) => store.record(call("alice", "192.0.2.1")));
  const rotated = open(ROTATED);
  const cost = costing({ perMinute: 2000 });
  const calls = Array.from({ length: 1001 }, (_, n) =>
    rotated.recordCall(cost, { ...start, data: { n } }, () => start),
  );
  await Promise.all(calls);
  rotated.close();
  const missing = expect.objectContaining({
    code: "config_invalid",
    message: expect.stringContaining(K1.kid) as string,
  }) as Error;
  expect(() => open(SECOND)).toThrow(missing);
  // Where names stand in the log, nobody is looked for.
  open(SECOND, "plain").close();
  // Wrapped anew; the entry that commits to the name is still under the old key, and has to be read.
  begun(ROTATED);
  expect(() => open(SECOND)).toThrow(missing);
  meddle(path, "UPDATE subject_secret SET key = zeroblob(60)");
  expect(() => open(ROTATED)).toThrow(expect.objectContaining({ code: "storage" }) as Error);
});
