// `audit verify --names` looks at how persons are found, too: a row under another's name would be exported and erased for another.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry, AuditNote } from "../../../../src/core/audit/entry.ts";
import { auditKey, type AuditKeys, NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { openNames } from "../../../../src/io/store/sqlite/subject-names.ts";
import { NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { meddle } from "../../../support/stores.ts";

let folder: string;
let path: string;
let told: readonly AuditEntry[];
beforeEach(() => {
  folder = scratch("subject-names");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const call = (principal: string): AuditNote => ({ event: "call.allowed", actor: { principal }, data: {} });
const alone = ["UPDATE subject SET name_index = zeroblob(32) WHERE seq = 1"];
const held = "UPDATE subject_secret SET key = zeroblob(32)";

function states(keys: AuditKeys): readonly string[] {
  const names = openNames(path, keys);
  const found = told.map((entry) => names.commitmentOf(entry, entry.seq));
  names.close();
  return found;
}

test.each<[string, readonly string[], readonly string[]]>([
  ["nothing was changed", [], ["opened", "none", "opened", "none"]],
  ["an index was changed", alone, ["false", "none", "opened", "none"]],
  ["the secret was exchanged", [held], ["false", "none", "false", "none"]],
  ["the secret is gone", ["DELETE FROM subject_secret"], ["false", "none", "false", "none"]],
])("%s", (_, damage, expected) => {
  const store = openStore(path, {
    clock: () => NOON,
    create: true,
    random: randomBytes,
    personal: "committed",
  });
  for (const name of ["alice", "bob"]) store.record(call(name));
  told = [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
  store.close();
  meddle(path, ...damage);
  expect(states(NO_KEYS)).toEqual(expected);
});

test("a row that does not open under a key that is there is no matter of a missing key", () => {
  const current = auditKey("a1".repeat(32));
  if (current === undefined) throw new Error("no key");
  const keys = { current, others: [] };
  const store = openStore(path, {
    clock: () => NOON,
    create: true,
    random: randomBytes,
    personal: "committed",
    keys,
  });
  store.record(call("alice"));
  told = store.view.about("patch", "none").map(({ entry }) => entry);
  expect(told).toEqual([]);
  const found = store.held("alice").entries.find(({ entry }) => entry.event === "subject.known");
  const known = found?.entry;
  if (known === undefined) throw new Error("nobody is known");
  const { pseudonym } = store.held("alice");
  told = [{ ...known, data: { ...known.data, subject: pseudonym ?? "" } }];
  store.close();
  expect([states(keys), states(NO_KEYS)]).toEqual([["opened"], ["locked"]]);
  meddle(path, "UPDATE subject SET key = zeroblob(60)");
  expect([states(keys), states(NO_KEYS)]).toEqual([["false"], ["locked"]]);
});
