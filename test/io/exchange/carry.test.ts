import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { DecisionRecord } from "../../../src/core/gate/record.ts";
import { carryLandings, landingNote } from "../../../src/io/exchange/carry.ts";
import type { LandingWriter } from "../../../src/io/exchange/exchange.ts";
import { landingWriter } from "../../../src/io/exchange/files/landings.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { landing, NOON, patchId } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let root: string;
let store: Store;
let landings: LandingWriter;

beforeEach(() => {
  root = scratch("carry");
  mkdirSync(join(root, "landings"));
  landings = landingWriter(join(root, "landings"));
  store = openStore(join(root, "gateway", "store.db"), { clock: () => NOON, create: true });
});
afterEach(() => {
  store.close();
  removeScratch(root);
});

const logged = (): readonly unknown[] =>
  [...store.auditRows(1)].map(({ line }) => (JSON.parse(line) as { data: { attempt: string } }).data.attempt);

test("a damaged record is named once and does not stop the others", async () => {
  writeFileSync(join(root, "landings", `${patchId(1)}.${landing(1, 1).attempt}.json`), "torn");
  await landings.put(landing(2, 2));
  const seen = new Set<string>();
  const first = await carryLandings(landings, store, seen);
  expect(first).toMatchObject({ landings: [landing(2, 2)], damaged: [{ why: "is not canonical JSON" }] });
  expect(await carryLandings(landings, store, seen)).toEqual({ landings: [], damaged: [] });
});

test("each attempt reaches the log once, oldest first, whoever carries it", async () => {
  for (const n of [3, 1, 2]) await landings.put(landing(n, n));
  expect((await carryLandings(landings, store)).landings).toHaveLength(3);
  expect((await carryLandings(landings, store)).landings).toEqual([]);
  expect(logged()).toEqual([1, 2, 3].map((n) => landing(n, n).attempt));
});

const decision = (count: number): DecisionRecord => {
  const ids = Array.from(
    { length: count },
    (_, n) => `condition-${String(n).padStart(3, "0")}-${"x".repeat(20)}`,
  );
  return {
    gate: "landing",
    state: "unknown",
    logic: "kleene",
    min_lane: "verified",
    permissive_until: null,
    require: canonical({ all: ids }),
    conditions: ids.map((id, n) => ({
      id,
      provider: "json",
      check: "path",
      state: n === 0 ? ("unknown" as const) : ("true" as const),
      lane: "verified",
      min_lane: "verified",
      reason: n === 0 ? "provider_error" : null,
      detail: n === 0 ? "json_timeout" : null,
      digest: null,
      value: n === 1 ? '"disclosed"' : null,
      keyid: null,
    })),
  };
};

test("how the landing's gate was decided is in the note: every condition, no value, and the record's digest", async () => {
  const record = decision(128);
  const refused = refusal("provider_error", "gate landing");
  await landings.put(landing(1, 1, { decision: record, result: { kind: "refused", refusal: refused } }));
  await carryLandings(landings, store);
  const [row] = [...store.auditRows(1)];
  const { data } = JSON.parse(row?.line ?? "") as { data: Record<string, string> };
  expect(data["policy_state"]).toBe("unknown");
  expect(data["decision_sha256"]).toBe(sha256(canonical(record)));
  const parts = Object.keys(data).filter((name) => /^trace(_\d+)?$/.test(name));
  expect(parts.length).toBeGreaterThan(1);
  const words = parts
    .map((name) => data[name])
    .join(" ")
    .split(" ");
  expect(words.toSorted()).toEqual(
    record.conditions
      .map(({ id }, n) => (n === 0 ? `${id}=unknown:provider_error:json_timeout` : `${id}=true`))
      .toSorted(),
  );
  expect(row?.line).not.toContain("disclosed");
});

test("of an attempt whose gate was not asked the note tells no decision", () => {
  const { data } = landingNote(landing(1, 1));
  for (const name of ["policy_state", "trace", "decision_sha256"]) expect(data).not.toHaveProperty(name);
});

test("the note tells what was done, or why not, and cannot repaint a terminal", () => {
  expect(landingNote(landing(1, 1))).toMatchObject({
    event: "landing.landed",
    actor: { principal: "person:Ada Person" },
    data: {
      patch_id: patchId(1),
      branch: "refs/heads/countersign/patch-1",
      commit: "a".repeat(40),
      dry_run: false,
    },
  });
  const said = refusal("base_moved", "the branch changed", "src/a.ts");
  const refused = landingNote(
    landing(1, 1, { person: `\u001b[2J${"x".repeat(190)}`, result: { kind: "refused", refusal: said } }),
  );
  expect(refused).toMatchObject({
    event: "landing.refused",
    data: { reason: "base_moved", where: "src/a.ts", ref: said.ref },
  });
  expect(refused.actor.principal).toMatch(/^person:\\u\{1b\}\[2Jx+$/);
  expect(refused.actor.principal.length).toBeLessThanOrEqual(200);
  expect(landingNote(landing(1, 1, { result: { kind: "passed" } }))).toMatchObject({
    event: "landing.passed",
  });
});
