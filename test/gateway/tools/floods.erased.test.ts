// What was counted of a person who is erased meanwhile is written as nobody's: the gateway brings nobody back by itself.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { openLedger } from "../../../src/gateway/tools/ledger.ts";
import { refused, note } from "../../../src/gateway/tools/notes.ts";
import { openUncharged } from "../../../src/gateway/tools/uncharged.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { scopeOf } from "../../support/scope.ts";

const BOB = "bob@corp.example";
const scope = scopeOf({ limits: { perMinute: 1, perHour: 1, maxPending: 1 } });

let folder: string;
let store: Store;
beforeEach(() => {
  folder = scratch("floods");
  const place = { clock: () => NOON, create: true, random: randomBytes, personal: "committed" as const };
  store = openStore(join(folder, "store.db"), place);
});
afterEach(() => {
  store.close();
  removeScratch(folder);
});

const entries = (): readonly AuditEntry[] =>
  [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry);
const suppressed = () => entries().filter(({ event }) => event === "access.suppressed");
const erase = (): void => {
  const wish = { who: BOB, reason: "request 17", actor: { principal: "os:admin" } };
  expect(store.erase({ ...wish, withdraw: false, rest: false, dry: false }).kind).toBe("erased");
};

/** Refusals over a limit, so many that some are only counted. */
function flooded(): ReturnType<typeof openLedger> {
  const ledger = openLedger({ store, clock: () => NOON });
  const caller = { principal: BOB, session: "s", credential: "bearer", scope };
  const said = refused(refusal("rate_calls", "too many"));
  for (let n = 0; n < 15; n++)
    if (ledger.flood(caller, { kind: "rate", retrySeconds: 9 }) === undefined)
      ledger.append(note("call.refused", caller, said));
  return ledger;
}

function listed(): ReturnType<typeof openUncharged> {
  store.record({ event: "token.issued", actor: { principal: "os:admin" }, data: { for: BOB } });
  const uncharged = openUncharged(() => NOON);
  for (let n = 0; n < 15; n++) uncharged.meet({ principal: BOB, scope });
  return uncharged;
}

test.each([
  [
    "calls",
    () => {
      const ledger = flooded();
      return () => ledger.settle(true);
    },
  ],
  [
    "requests that are no calls",
    () => {
      const uncharged = listed();
      return () => uncharged.due(true).forEach((due) => store.record(due));
    },
  ],
])("%s: the number is recorded as anonymous, and nobody is known again", (_, begin) => {
  const settle = begin();
  erase();
  settle();
  expect(suppressed()).toMatchObject([{ actor: { principal: "anonymous" }, data: { count: 5 } }]);
  expect(entries().filter(({ event }) => event === "subject.known")).toHaveLength(2);
  expect(store.held(BOB)).toMatchObject({ pseudonym: undefined, entries: [] });
});

test("of somebody who was not erased the number stands under the pseudonym", () => {
  flooded().settle(true);
  const [{ actor } = { actor: undefined }] = suppressed();
  expect(actor?.principal).toBe(store.held(BOB).pseudonym);
  expect(actor?.principal).toMatch(/^subject:/);
});
