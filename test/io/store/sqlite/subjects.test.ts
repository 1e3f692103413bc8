// I31: with audit.personal = "committed" no byte of the log says who a person is; the rows beside it do, with the same commit.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry, AuditNote } from "../../../../src/core/audit/entry.ts";
import { auditKey, type AuditKeys, NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { openNames } from "../../../../src/io/store/sqlite/subject-names.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { meddle } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("subjects");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const open = (keys: AuditKeys = NO_KEYS): Store =>
  openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal: "committed", keys });
const call = (principal: string, data: AuditNote["data"] = {}, correlation?: string): AuditNote => ({
  event: "call.allowed",
  actor: { principal, ...(correlation === undefined ? {} : { correlation }) },
  data,
});
const entries = (store: Store): readonly AuditEntry[] =>
  [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
const bytes = (): Buffer =>
  Buffer.concat(["", "-wal"].map((ending) => readFileSync(`${path}${ending}`, { flag: "a+" })));

test("names cannot be taken out without random bytes", () => {
  open().close();
  expect(() => openStore(path, { clock: () => NOON, personal: "committed" })).toThrow(/random/);
});

test("one name is one pseudonym, said first by subject.known, over processes and restarts", () => {
  const one = open();
  const other = open();
  one.record(call("bob"));
  other.record(call("Bob"));
  one.record(call("eve"));
  one.close();
  other.close();
  const again = open();
  again.record(call("bob"));
  const told = entries(again);
  again.close();
  expect(told.map(({ event }) => event)).toEqual([
    "subject.known",
    "call.allowed",
    "call.allowed",
    "subject.known",
    "call.allowed",
    "call.allowed",
  ]);
  const [known, first, second, , eve, last] = told;
  expect(known?.actor).toEqual({ principal: "countersign" });
  expect(known?.data).toEqual({
    subject: first?.actor.principal,
    alg: "HMAC-SHA256",
    commit: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(first?.actor.principal).toMatch(/^subject:[0-9a-f]{32}$/);
  expect(second?.actor.principal).toBe(first?.actor.principal);
  expect(last?.actor.principal).toBe(first?.actor.principal);
  expect(eve?.actor.principal).not.toBe(first?.actor.principal);
  expect(verifyStoreFile(path)).toMatchObject({ ok: true });
});

test("no byte of the file says the name, the address or the request; who may read the rows resolves them", () => {
  const store = open();
  const said = call("bob@example.org", { address: "192.0.2.77", tool: "read-file" }, "bobs-own-request");
  const { seq } = store.record(said);
  const anonymous = store.record(call("anonymous", { address: "198.51.100.9" }));
  for (const word of ["bob@", "192.0.2.77", "bobs-own", "198.51.100.9"])
    expect(bytes().includes(word), word).toBe(false);
  const [, entry] = entries(store);
  store.close();
  const names = openNames(path, NO_KEYS);
  expect(entry).toMatchObject({ seq, data: { tool: "read-file", pii: expect.any(String) as string } });
  if (entry === undefined) throw new Error("no entry");
  expect(names.resolved(entry, seq)).toMatchObject({ actor: said.actor, data: said.data });
  expect(names.commitmentOf(entry, seq)).toBe("opened");
  expect(names.resolved(anonymous, anonymous.seq)).toMatchObject({
    actor: { principal: "anonymous" },
    data: { address: "198.51.100.9" },
  });
  names.close();
});

test("what is rolled back leaves neither an entry nor a person", () => {
  const store = open();
  const bad: AuditNote = { ...call("bob", {}, "c-1"), data: { Bad: 1 } };
  expect(() => store.record(bad)).toThrow();
  expect(entries(store)).toEqual([]);
  store.record(call("bob"));
  expect(entries(store).map(({ event }) => event)).toEqual(["subject.known", "call.allowed"]);
  store.close();
});

test("rows that were changed, moved or taken away are told from those that were erased", () => {
  const store = open();
  store.record(call("bob", { address: "192.0.2.1" }));
  store.record(call("bob", { address: "192.0.2.2" }));
  store.record(call("eve", { address: "192.0.2.3" }));
  const told = entries(store);
  store.close();
  const states = (): readonly string[] => {
    const names = openNames(path, NO_KEYS);
    const found = told.map((entry) => names.commitmentOf(entry, entry.seq));
    names.close();
    return found;
  };
  expect(states()).toEqual(["opened", "opened", "opened", "opened", "opened"]);
  meddle(path, "UPDATE personal SET salt = zeroblob(32) WHERE seq = 2");
  expect(states()).toEqual(["opened", "false", "opened", "opened", "opened"]);
  meddle(path, "UPDATE personal SET ct = (SELECT ct FROM personal WHERE seq = 2) WHERE seq = 3");
  meddle(path, "DELETE FROM personal WHERE seq = 5");
  meddle(path, "UPDATE subject SET ct = zeroblob(40) WHERE seq = 4");
  expect(states()).toEqual(["opened", "false", "false", "false", "erased"]);
});

const key = (letters: string): AuditKeys => {
  const current = auditKey(letters.repeat(32));
  if (current === undefined) throw new Error("no key");
  return { current, others: [] };
};
/** Bob's row found by Alice's name, and the other way round. */
const SWAPPED = [
  "UPDATE subject SET name_index = zeroblob(1) WHERE seq = (SELECT min(seq) FROM subject)",
  "UPDATE subject SET name_index = (SELECT name_index FROM kept WHERE n = 1) WHERE seq = (SELECT max(seq) FROM subject)",
  "UPDATE subject SET name_index = (SELECT name_index FROM kept WHERE n = 2) WHERE seq = (SELECT min(seq) FROM subject)",
];

test.each([
  ["in the clear", NO_KEYS],
  ["encrypted", key("c3")],
])("a row that was given another's name records nobody under it: %s", (_, keys) => {
  const store = open(keys);
  store.record(call("alice"));
  store.record(call("bob"));
  store.close();
  const keep = `CREATE TABLE kept AS SELECT row_number() OVER (ORDER BY seq) AS n, name_index FROM subject`;
  meddle(path, keep, ...SWAPPED, "DROP TABLE kept");
  const again = open(keys);
  expect(() => again.record(call("alice"))).toThrow(/is not what the log committed to/);
  again.close();
});

test("in an encrypted log a key in the clear is refused before anything is written under it", () => {
  const keys = key("d4");
  const store = open(keys);
  store.record(call("alice", { address: "192.0.2.1" }));
  store.close();
  meddle(path, "UPDATE subject SET key = zeroblob(32), kid = NULL");
  const again = open(keys);
  expect(() => again.record(call("alice", { address: "192.0.2.9" }))).toThrow(
    /is not what the log committed to/,
  );
  again.close();
});

test("a name that the log never committed to is shown of nobody", () => {
  const store = open();
  store.record(call("alice"));
  store.record(call("bob"));
  const [, first] = entries(store);
  store.close();
  const of = first?.actor.principal ?? "";
  const shown = (): string | undefined => {
    const names = openNames(path, NO_KEYS);
    const name = names.nameOf(of);
    names.close();
    return name;
  };
  expect(shown()).toBe("alice");
  meddle(path, "UPDATE subject SET salt = zeroblob(32)");
  expect(shown()).toBeUndefined();
});

test("with an encrypted log the rows open under its key alone, also after it was exchanged", () => {
  const [first, second] = [auditKey("a1".repeat(32)), auditKey("b2".repeat(32))];
  if (first === undefined || second === undefined) throw new Error("no keys");
  const old = { current: first, others: [] };
  const both = { current: second, others: [first] };
  const store = open(old);
  store.record(call("bob", { address: "192.0.2.1" }));
  store.close();
  const again = open(both);
  again.record(call("bob", { address: "192.0.2.2" }));
  const about = [...again.auditRows(0)].length;
  again.close();
  // shard.open, subject.known and the two calls: it is the same person.
  expect(about).toBe(4);
  const known = openNames(path, both);
  expect([known.personalOf(2), known.personalOf(3)]).toEqual([
    { address: "192.0.2.1" },
    { address: "192.0.2.2" },
  ]);
  known.close();
  const locked = openNames(path, NO_KEYS);
  expect(locked.personalOf(2)).toBeUndefined();
  locked.close();
});
