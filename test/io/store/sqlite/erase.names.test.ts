// Erasing takes what is theirs and nobody else's: names in other letters, users of a system, and a reason that says who it is.
import Database from "better-sqlite3";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Erased, Store } from "../../../../src/io/store/store.ts";
import { costing, credential, noBudget } from "../../../support/credentials.ts";
import { NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let folder: string;
let path: string;
let store: Store;
beforeEach(() => {
  folder = scratch("erase-names");
  path = join(folder, "store.db");
  store = openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal: "committed" });
});
afterEach(() => {
  store.close();
  removeScratch(folder);
});

const by = (principal: string, event: AuditNote["event"] = "call.allowed"): AuditNote => ({
  event,
  actor: { principal },
  data: {},
});

/** A budget, a count, and a proposal that ended. */
function live(principal: string, n: number): void {
  const cost = costing({ principal, budget: { ...noBudget, calls: 100 } });
  store.recordCallNow(cost, by(principal), () => by(principal));
  const limits = { maxPending: 5, perHour: 5 };
  const note = by(principal, "proposal.accepted");
  store.submit(yes(), { order: order(n, { principal }), idempotencyKey: null, limits, note });
  const closed = by(principal, "proposal.closed");
  store.settle({ id: patchId(n), state: "withdrawn", statement: null, reasons: [], note: closed });
}
const erase = (who: string, reason = "request 17"): Erased["kind"] => {
  const wish = { who, reason, actor: { principal: "os:admin" }, withdraw: false, rest: false, dry: false };
  return store.erase(wish).kind;
};
function left(): Record<"usage" | "call" | "proposal", readonly string[]> {
  const db = new Database(path, { readonly: true });
  const of = (table: string): readonly string[] =>
    db.prepare<[], string>(`SELECT DISTINCT principal FROM ${table} ORDER BY principal`).pluck().all();
  const found = { usage: of("usage"), call: of("call"), proposal: of("proposal") };
  db.close();
  return found;
}

test.each(["Local:Stdio", "LOCAL:STDIO", "local:stdio", "Gateway"])(
  "%s is nobody, and nothing of local callers is erased",
  (who) => {
    live("local:stdio", 1);
    expect(erase(who)).toBe("nothing");
    expect(left()).toEqual({ usage: ["local:stdio"], call: ["local:stdio"], proposal: ["local:stdio"] });
    expect(store.held(who)).toMatchObject({ proposals: [], usage: [], calls: 0 });
  },
);

test("users of a system who differ in letter case are two", () => {
  for (const [n, principal] of ["person:Alice", "person:alice"].entries()) live(principal, n + 1);
  expect(store.held("person:alice")).toMatchObject({
    name: "person:alice",
    calls: 1,
    usage: [{ calls: 1 }],
    proposals: [{ order: { principal: "person:alice" } }],
  });
  expect(erase("person:alice")).toBe("erased");
  const { usage, call, proposal } = left();
  expect([usage, call]).toEqual([["person:Alice"], ["person:Alice"]]);
  expect(proposal).toEqual(["person:Alice", expect.stringMatching(/^subject:/)]);
});

test("a principal in other letters is the same, with all that is theirs", () => {
  live("Bob", 1);
  store.issue([credential(1, { principal: "Bob" })], by("local:stdio", "token.issued"));
  expect(erase("bOB")).toBe("erased");
  const { usage, call, proposal } = left();
  expect([usage, call, proposal.includes("Bob")]).toEqual([[], [], false]);
  expect(store.credentials().map(({ principal }) => principal)).toEqual([
    expect.stringMatching(/^subject:/) as string,
  ]);
});

test.each<[string, string, Erased["kind"]]>([
  ["bob.smith", "for bob.smith", "named"],
  ["bob.smith", "(Bob.Smith's request)", "named"],
  ["bobs", "what bobsled did", "named"],
  ["e", "request 17 of the person: E.", "named"],
  ["ci", "ci", "named"],
  ["ci", "request of CI, twice", "named"],
  ["a.b", "a.b wants it", "named"],
  ["e", "request 17", "erased"],
  ["ci", "a decision of the board", "erased"],
  ["ci", "cis, 3ci, ci7, ciß", "erased"],
  ["a.b", "data.base", "erased"],
])("%s, erased because of %j: %s", (who, reason, kind) => {
  live(who, 1);
  expect(erase(who, reason)).toBe(kind);
});
