// After erasing nobody who has the store can try names out: the digests in the log are those of bodies with a salt that is gone.
import Database from "better-sqlite3";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry, AuditNote } from "../../../../src/core/audit/entry.ts";
import { canonical } from "../../../../src/core/base/canonical.ts";
import { sha256 } from "../../../../src/core/base/digest.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { credential, token } from "../../../support/credentials.ts";
import { NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

const BOB = "bob@example.org";
const GUESSES = ["alice@example.org", BOB, "eve"];

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("salts");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const salted = (): Store =>
  openStore(path, { clock: () => NOON, create: true, random: randomBytes, personal: "committed" });
const by = (event: AuditNote["event"], data: AuditNote["data"] = {}): AuditNote => ({
  event,
  actor: { principal: BOB },
  data,
});

/** A token, and a proposal that ended: every entry of theirs vouches for a body that holds the name. */
function live(store: Store): void {
  store.issue([credential(1, { principal: BOB })], by("token.issued", { for: BOB }));
  const limits = { maxPending: 5, perHour: 5 };
  const note = by("proposal.accepted", { patch_id: patchId(1) });
  const made = order(1, { principal: BOB, correlation: "7" });
  store.submit(yes(), { order: made, idempotencyKey: null, limits, note });
  const closed = by("proposal.closed", { patch_id: patchId(1) });
  store.settle({ id: patchId(1), state: "withdrawn", statement: null, reasons: [], note: closed });
}
function erase(store: Store): string {
  const actor = { principal: "os:admin" };
  const wish = { who: BOB, reason: "request 17", actor, withdraw: false, rest: true, dry: false };
  const { kind, subject } = store.erase(wish);
  expect(kind).toBe("erased");
  expect(store.forget()).toBe(true);
  return subject ?? "";
}

type Body = Record<string, unknown> & { readonly order?: Record<string, unknown> };
const bodies = (): readonly Body[] => {
  const db = new Database(path, { readonly: true });
  const all = ["credential", "proposal"].flatMap((table) =>
    db.prepare<[], string>(`SELECT body FROM ${table}`).pluck().all(),
  );
  db.close();
  return all.map((body) => JSON.parse(body) as Body);
};
/** Who has a body but for the name puts names in, and compares with the log. */
function found(tried: readonly Body[], store: Store): readonly string[] {
  const entries = [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
  const vouchers = new Set(entries.map(({ data }) => data["row_sha256"]));
  const named = ({ order: of, ...body }: Body, principal: string): readonly Body[] =>
    of === undefined
      ? [
          { ...body, principal },
          { ...body, principal, revoked: null },
        ]
      : ["7", undefined].map((correlation) => ({ ...body, order: { ...of, principal, correlation } }));
  return GUESSES.filter((guess) =>
    tried.some((body) =>
      named(body, guess).some((one) => vouchers.has(sha256(canonical(JSON.parse(JSON.stringify(one)))))),
    ),
  );
}

test("neither a token's body nor a proposal's lets names be tried once they are erased", () => {
  const store = salted();
  live(store);
  const before = bodies();
  // Otherwise the guessing would be no guessing.
  expect(found(before, store)).toEqual([BOB]);
  erase(store);
  expect(found(bodies(), store)).toEqual([]);
  store.close();
});

test("each body has a salt of its own, drawn anew with each change", () => {
  const store = salted();
  live(store);
  const salts = bodies().map(({ salt }) => salt);
  store.revoke({ id: token(1).id }, by("token.revoked"));
  salts.push(...bodies().map(({ salt }) => salt));
  for (const salt of salts) expect(salt).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(salts).size).toBe(3);
  store.close();
});

test("bodies of before, without a salt, are read as they were, and get one with the next change", () => {
  const old = openStore(path, { clock: () => NOON, create: true });
  live(old);
  old.close();
  const store = salted();
  expect(store.credential(token(1).id)?.principal).toBe(BOB);
  expect(store.proposal(patchId(1))?.order.principal).toBe(BOB);
  expect(bodies().every(({ salt }) => salt === undefined)).toBe(true);
  const subject = erase(store);
  expect(store.credential(token(1).id)?.principal).toBe(subject);
  expect(bodies().every(({ salt }) => typeof salt === "string")).toBe(true);
  store.close();
});
