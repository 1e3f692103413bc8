// I31: after erasing nothing in the store says who a pseudonym was; the log holds as before; nothing half.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry, AuditNote } from "../../../../src/core/audit/entry.ts";
import { NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { openNames } from "../../../../src/io/store/sqlite/subject-names.ts";
import type { EraseWish, Store } from "../../../../src/io/store/store.ts";
import { costing, credential, noBudget, token } from "../../../support/credentials.ts";
import { digestOf, NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

const BOB = "bob@example.org";

let folder: string;
let path: string;
let store: Store;
beforeEach(() => {
  folder = scratch("erase");
  path = join(folder, "store.db");
  store = open("committed");
});
afterEach(() => {
  store.close();
  expect(verifyStoreFile(path)).toMatchObject({ ok: true });
  removeScratch(folder);
});

function open(personal: "committed" | "plain"): Store {
  return openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal });
}
const by = (principal: string, data: AuditNote["data"] = {}): AuditNote => ({
  event: "call.allowed",
  actor: { principal, correlation: `request-of-${principal.slice(0, 3)}` },
  data,
});
const wish = (changes: Partial<EraseWish> = {}): EraseWish => ({
  who: BOB,
  reason: "request 17",
  actor: { principal: "os:admin" },
  withdraw: false,
  rest: false,
  dry: false,
  ...changes,
});
const entries = (): readonly AuditEntry[] =>
  [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
const inFiles = (word: string): readonly string[] =>
  ["", "-wal"].filter((ending) => readFileSync(`${path}${ending}`).includes(word));

/** Calls, a token, a budget, a proposal that waits, and one that was withdrawn. */
function live(): void {
  const issued: AuditNote = { event: "token.issued", actor: { principal: "os:admin" }, data: { for: BOB } };
  store.issue([credential(1, { principal: BOB })], issued);
  const cost = costing({ principal: BOB, budget: { ...noBudget, calls: 100 } });
  store.recordCallNow(cost, by(BOB, { address: "192.0.2.77" }), () => by(BOB));
  const limits = { maxPending: 5, perHour: 5 };
  for (const n of [1, 2]) {
    const made = order(n, { principal: BOB, correlation: "bobs-order" });
    const note: AuditNote = { ...by(BOB, { patch_id: patchId(n) }), event: "proposal.accepted" };
    store.submit(yes(), { order: made, idempotencyKey: `bobs-key-${n}`, limits, note });
  }
  settle(2);
  store.record(by("eve", { address: "192.0.2.78" }));
}
function settle(n: number): void {
  const note: AuditNote = { ...by(BOB, { patch_id: patchId(n) }), event: "proposal.closed" };
  const reasons = [] as const;
  store.settle({ id: patchId(n), state: "withdrawn", statement: digestOf("s"), reasons, note });
}

test("while he has open proposals nothing is erased; nor by looking at what would be", () => {
  live();
  const before = entries().length;
  expect(store.erase(wish())).toMatchObject({ kind: "open", open: [patchId(1)] });
  expect(store.erase(wish({ withdraw: true, dry: true }))).toMatchObject({ kind: "would" });
  expect(entries()).toHaveLength(before);
  expect(store.credential(token(1).id)?.principal).toBe(BOB);
});

test("his name, address and requests are in no byte of the files, and nobody's export has them", () => {
  live();
  expect(inFiles(BOB)).not.toEqual([]);
  const before = store.held(BOB);
  expect(before).toMatchObject({ name: BOB, calls: 1, tokens: [{ principal: BOB }], usage: [{ calls: 1 }] });
  expect(before.proposals).toHaveLength(2);
  expect(before.entries.map(({ entry }) => entry.event)).toContain("token.issued");
  expect(before.entries.some(({ entry }) => entry.data["address"] === "192.0.2.77")).toBe(true);
  expect(before.entries.every(({ clear }) => !clear)).toBe(true);
  const { pseudonym = "" } = before;

  const erased = store.erase(wish({ withdraw: true }));
  expect(erased).toMatchObject({ kind: "erased", subject: pseudonym, tokens: 1, proposals: 2, clear: 0 });
  expect(store.forget()).toBe(true);
  for (const word of [BOB, "192.0.2.77", "request-of-bob", "bobs-order", "bobs-key"])
    expect(inFiles(word), word).toEqual([]);
  const { name, entries: kept, ...rest } = store.held(BOB);
  expect({ name, kept }).toEqual({ name: BOB, kept: [] });
  expect(rest).toEqual({ pseudonym: undefined, tokens: [], proposals: [], usage: [], calls: 0 });
  expect(store.erase(wish())).toMatchObject({ kind: "nothing" });
});

test("what was decided stays: tokens are revoked, proposals stand under the pseudonym, all of it vouched for", () => {
  live();
  const { subject } = store.erase(wish({ withdraw: true }));
  store.close();
  store = open("committed");
  expect(store.credential(token(1).id)).toMatchObject({
    principal: subject,
    revoked: expect.any(String) as string,
  });
  const proposal = store.proposal(patchId(1));
  expect(proposal).toMatchObject({
    state: "withdrawn",
    idempotency_key: null,
    order: { principal: subject },
  });
  expect(proposal?.order.correlation).toBeUndefined();
  expect(store.proposalByKey(BOB, "bobs-key-1")).toBeUndefined();
  const last = entries().at(-1);
  expect(last).toMatchObject({
    event: "privacy.erased",
    data: { subject, reason: "request 17", in_clear: 0 },
  });
  // Proposals of before are found by their pseudonym; of nobody else anything changed.
  expect(store.held(subject ?? "").proposals).toHaveLength(2);
  expect(store.held("eve").entries).toHaveLength(2);
  expect(store.erase(wish({ who: subject ?? "" }))).toMatchObject({ kind: "nothing" });
});

test("whoever calls again is somebody new", () => {
  live();
  const { subject } = store.erase(wish({ withdraw: true }));
  store.record(by(BOB));
  const { pseudonym, entries: known } = store.held(BOB);
  expect(pseudonym).not.toBe(subject);
  expect(known.map(({ entry }) => entry.event)).toEqual(["subject.known", "call.allowed"]);
});

test("entries of before say that they were erased; those of others open as before", () => {
  live();
  store.erase(wish({ withdraw: true }));
  const names = openNames(path, NO_KEYS);
  const states = new Map<string, number>();
  for (const [at, entry] of entries().entries()) {
    const state = names.commitmentOf(entry, at + 1);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  names.close();
  expect(Object.fromEntries(states)).toMatchObject({ erased: 5, opened: 3 });
  expect(states.has("false")).toBe(false);
});

test("of anonymous callers the addresses can be erased", () => {
  store.record({
    event: "access.refused",
    actor: { principal: "anonymous" },
    data: { address: "192.0.2.99" },
  });
  expect(store.erase(wish({ who: "anonymous" }))).toMatchObject({ kind: "erased", personal: 1 });
  const [entry] = store.held("anonymous").entries;
  expect(entry?.entry.data["address"]).toBeUndefined();
});

describe("a log that says names", () => {
  beforeEach(() => {
    store.close();
    store = open("plain");
    live();
    settle(1);
  });

  test("refuses, and changes nothing; the rest is erased when a person wants that", () => {
    const before = entries().length;
    expect(store.erase(wish())).toMatchObject({ kind: "clear", clear: 6, tokens: 1, proposals: 2 });
    expect(entries()).toHaveLength(before);
    expect(store.erase(wish({ rest: true }))).toMatchObject({ kind: "erased", clear: 6 });
    expect(store.held(BOB)).toMatchObject({ tokens: [], proposals: [], usage: [], calls: 0 });
    expect(store.held(BOB).entries.every(({ clear }) => clear)).toBe(true);
  });
});
