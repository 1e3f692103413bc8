import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
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
