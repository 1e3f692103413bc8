// Who is exported or erased is who was asked for: rows that somebody changed, moved or took away are refused, and nothing is done.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { EraseWish, Store } from "../../../../src/io/store/store.ts";
import { credential, token } from "../../../support/credentials.ts";
import { NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { meddle } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("held");
  path = join(folder, "store.db");
  const store = open();
  for (const [n, name] of [
    [1, "alice"],
    [2, "bob"],
  ] as const) {
    store.issue([credential(n, { principal: name })], call("local:stdio", { for: name }));
    store.record(call(name, { address: "192.0.2.7" }));
  }
  store.close();
});
afterEach(() => removeScratch(folder));

const open = (personal: "committed" | "plain" = "committed"): Store =>
  openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal });
const call = (principal: string, data: AuditNote["data"] = {}): AuditNote => ({
  event: "call.allowed",
  actor: { principal },
  data,
});
const wish = (who: string): EraseWish => ({
  who,
  reason: "request 9",
  actor: { principal: "os:admin" },
  withdraw: false,
  rest: false,
  dry: false,
});
const pseudonymOf = (name: string): string => {
  const store = open();
  const { pseudonym = "" } = store.held(name);
  store.close();
  return pseudonym;
};
const refused = expect.objectContaining({ code: "storage" }) as Error;

const KEPT = "CREATE TABLE kept AS SELECT row_number() OVER (ORDER BY seq) AS n, name_index FROM subject";
const of = (which: "min" | "max"): string => `WHERE seq = (SELECT ${which}(seq) FROM subject)`;
const indexOf = (n: number): string => `(SELECT name_index FROM kept WHERE n = ${n})`;
const SWAPPED = [
  KEPT,
  `UPDATE subject SET name_index = zeroblob(1) ${of("min")}`,
  `UPDATE subject SET name_index = ${indexOf(1)} ${of("max")}`,
  `UPDATE subject SET name_index = ${indexOf(2)} ${of("min")}`,
  "DROP TABLE kept",
];

test.each([
  ["the names of two rows were swapped", "alice", SWAPPED],
  ["a row was hidden from its name", "alice", [`UPDATE subject SET name_index = zeroblob(32) ${of("min")}`]],
  ["a row does not open", "alice", [`UPDATE subject SET ct = zeroblob(40) ${of("min")}`]],
  ["a row has another salt", "alice", [`UPDATE subject SET salt = zeroblob(32) ${of("min")}`]],
  ["a row has another entry", "alice", [`UPDATE subject SET seq = 0 ${of("min")}`]],
  ["another row does not open", "bob", [`UPDATE subject SET ct = zeroblob(40) ${of("min")}`]],
  ["the secret was exchanged", "alice", ["UPDATE subject_secret SET key = zeroblob(32)"]],
  ["the secret is gone", "alice", ["DELETE FROM subject_secret"]],
])("%s: nobody is exported, nobody is erased", (_, who, damage) => {
  const pseudonym = pseudonymOf(who);
  meddle(path, ...damage);
  for (const asked of [who, pseudonym])
    for (const doing of [(store: Store) => store.held(asked), (store: Store) => store.erase(wish(asked))]) {
      // A process with names in its log opens without the rows of persons.
      const store = open("plain");
      expect(() => doing(store)).toThrow(refused);
      store.close();
    }
  const store = open("plain");
  expect([1, 2].map((n) => store.credential(token(n).id)?.revoked)).toEqual([null, null]);
  store.close();
});

test("without the secret nobody gets a second pseudonym: the store does not open", () => {
  meddle(path, "DELETE FROM subject_secret");
  expect(() => open()).toThrow(refused);
});

test("nor under another secret", () => {
  meddle(path, "UPDATE subject_secret SET key = zeroblob(32)");
  const store = open();
  expect(() => store.record(call("bob"))).toThrow(refused);
  store.close();
});

test("rows as they were written are found by name and by pseudonym, in any letter case", () => {
  const store = open();
  const { pseudonym, ...alice } = store.held("ALICE");
  expect(alice).toMatchObject({ name: "alice", tokens: [{ principal: "alice" }] });
  expect(store.held(pseudonym ?? "")).toEqual({ pseudonym, ...alice });
  expect(store.held("eve")).toMatchObject({ pseudonym: undefined, name: "eve", entries: [], tokens: [] });
  store.close();
});
