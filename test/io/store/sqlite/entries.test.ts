// I23: a store whose log is encrypted does all that it does otherwise, and believes no column more than an entry.
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditKeys } from "../../../../src/core/audit/sealed-line.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../../src/io/store/store.ts";
import { keyOf } from "../../../support/chains.ts";
import { credential, token } from "../../../support/credentials.ts";
import { landing, note, NOON, order, patchId, yes } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { meddleWithLog } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("entries");
  path = join(folder, "store.db");
});
afterEach(() => removeScratch(folder));

const ring = (current: number | undefined, ...others: readonly number[]): AuditKeys => ({
  current: current === undefined ? undefined : keyOf(current),
  others: others.map(keyOf),
});
const open = (keys: AuditKeys, now = NOON): Store =>
  openStore(path, { clock: () => now, keys, random: randomBytes, create: true });

/** Proposal 1 (settled), proposal 2, a revoked token, a landing, an incident. */
function filled(keys: AuditKeys): void {
  const store = open(keys);
  const limits = { maxPending: 5, perHour: 5 };
  for (const n of [1, 2])
    store.submit(yes(), { order: order(n), idempotencyKey: null, limits, note: note("proposal.accepted") });
  store.settle({
    id: patchId(1),
    state: "approved",
    statement: null,
    reasons: [],
    note: note("verdict.received"),
  });
  store.issue([credential(1)], note("token.issued"));
  store.revoke({ id: token(1).id }, note("token.revoked"));
  store.land(landing(1, 1), note("landing.passed", { patch_id: patchId(1) }));
  store.record(note("incident.opened", { incident_id: "an-incident" }));
  store.close();
}

function expectAll(store: Store): void {
  expect(store.proposal(patchId(1))?.state).toBe("landed");
  expect(store.proposal(patchId(2))?.state).toBe("pending");
  expect(store.credential(token(1).id)?.revoked).not.toBeNull();
  expect(store.land(landing(1, 1), note("landing.passed"))).toBe(false);
  expect(store.view.about("record", "an-incident")).toMatchObject([{ entry: { event: "incident.opened" } }]);
  expect(store.view.about("patch", patchId(1)).map(({ entry }) => entry.event)).toContain("verdict.received");
  store.close();
}

describe("a missing key is the operator's mistake, and opens nothing", () => {
  test.each<[string, AuditKeys]>([
    ["none at all", ring(undefined)],
    ["another current one", ring(2)],
    ["others, and not this one", ring(undefined, 2, 3)],
  ])("%s", (_, keys) => {
    filled(ring(1));
    expect(() => open(keys)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        message: expect.stringContaining(`under key ${keyOf(1).kid}`) as string,
      }) as Error,
    );
  });

  test("also where a month has changed since, and where the entries at the end are in the clear", () => {
    filled(ring(1));
    const plain = open(ring(undefined, 1), Date.UTC(2026, 11, 5));
    for (let n = 0; n < 20; n++) plain.record(note("call.allowed"));
    plain.close();
    expect(() => open(ring(undefined), Date.UTC(2026, 11, 5))).toThrow(/audit\.encryption_key/);
  });
});

test.each<[string, AuditKeys, AuditKeys]>([
  ["under its key", ring(1), ring(1)],
  ["under a new one, with the old one at hand", ring(1), ring(2, 1)],
  ["no longer encrypted, with the old one at hand", ring(1), ring(undefined, 1)],
  ["encrypted from now on", ring(undefined), ring(1)],
])("rows, landings, tokens and the view go on: %s", (_, before, after) => {
  filled(before);
  expectAll(open(after));
  const store = open(after, Date.UTC(2026, 11, 5));
  store.record(note("call.allowed"));
  expect(store.view.shards()).toHaveLength(2);
  store.close();
  const keys = ring(undefined, 1, 2);
  expect(verifyStoreFile(path, { keys })).toMatchObject({ ok: true, unread: 0 });
  expect(verifyStoreFile(path)).toMatchObject({ ok: true });
});

test("each line has a nonce of its own, and what is random is asked for each", () => {
  let asked = 0;
  const random = (bytes: number): Uint8Array => {
    asked += 1;
    return createHash("sha256").update(String(asked)).digest().subarray(0, bytes);
  };
  const store = openStore(path, { clock: () => NOON, keys: ring(1), random, create: true });
  for (let n = 0; n < 20; n++) store.record(note("call.allowed", { n: 1 }));
  const nonces = [...store.auditRows(1)].map(({ line }) => (JSON.parse(line) as { n: string }).n);
  store.close();
  expect([asked, new Set(nonces).size]).toEqual([20, 20]);
});

describe("a column of an old encrypted entry", () => {
  /** More entries behind it than are read when the store is opened. */
  const buried = (): void => {
    filled(ring(1));
    const store = open(ring(1));
    void Promise.all(
      Array.from({ length: 1050 }, () =>
        store.recordCall(
          {
            principal: "p",
            perMinute: 9999,
            budget: { periodSeconds: 60, calls: 0, bytes: 0, scanMillis: 0, warnPercent: 80 },
            bytes: 0,
            scanMillis: 0,
          },
          note("call.allowed"),
          () => note("call.refused"),
        ),
      ),
    );
    store.close();
  };
  const at = (event: number): string => `WHERE seq = ${event}`;

  test("that names another row: whoever finds the entry by it sees that, and nothing more is written", () => {
    buried();
    meddleWithLog(path, `UPDATE audit SET about = 'patch:${patchId(2)}' ${at(3)}`);
    const store = open(ring(1));
    expect(() => store.proposal(patchId(2))).toThrow(/is not about/);
    expect(() => store.record(note("call.allowed"))).toThrow();
    store.close();
    expect(verifyStoreFile(path, { keys: ring(1) })).toMatchObject({ code: "LEAF_COLUMN_MISMATCH", seq: 3 });
  });

  test("that was emptied: audit verify with the key finds it", () => {
    buried();
    meddleWithLog(path, `UPDATE audit SET about = NULL ${at(3)}`);
    expect(verifyStoreFile(path, { keys: ring(1) })).toMatchObject({ code: "LEAF_COLUMN_MISMATCH", seq: 3 });
    expect(verifyStoreFile(path)).toMatchObject({ ok: true });
  });
});
