// The log's view of itself: shards, leaves by number, entries by what they are about.
import { afterEach, beforeEach, expect, test } from "vitest";
import { leafHash } from "../../../../src/core/audit/entry.ts";
import { credential, token } from "../../../support/credentials.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, order, patchId } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

test("a new log has one open shard with its first entry", () => {
  expect(it.store.view.shards()).toEqual([{ shard: "2026-11", first: 0, entries: 1, closed: false }]);
});

test.each([
  [0, 100, 0, 6],
  [2, 2, 2, 4],
  [5, 100, 5, 6],
  [6, 100, 6, 6],
  [99, 1, 6, 6],
  [0, 0, 0, 0],
])("leaves from %d, at most %d, are those of the lines", (from, count, first, end) => {
  for (let n = 0; n < 5; n++) it.store.record(note("call.allowed", { n }));
  const all = [...it.store.auditRows(0)].map(({ line }) => leafHash(line));
  expect(it.store.view.leaves("2026-11", from, count)).toEqual(all.slice(first, end));
});

test("a shard that is not there has no leaves", () => {
  expect(it.store.view.leaves("2026-10", 0, 10)).toEqual([]);
});

test("what is about a patch, a token or a record is found by it, oldest first, and nothing else", () => {
  it.submit(order(1));
  it.submit(order(2));
  it.store.issue([credential(1)], note("token.issued"));
  it.settle(1, "approved");
  const journal = "00000000-0000-4000-8000-00000000000a";
  it.store.record(note("bundle.exported", { journal_id: journal, patch_id: patchId(1) }));
  const about = it.store.view.about("patch", patchId(1));
  expect(about.map(({ entry }) => entry.event).slice(0, 2)).toEqual([
    "proposal.accepted",
    "verdict.received",
  ]);
  expect(about.map(({ position, seq }) => [position, seq]).slice(0, 2)).toEqual([
    [1, 1],
    [4, 4],
  ]);
  for (const { line, leaf, shard } of about) expect([leafHash(line), "2026-11"]).toEqual([leaf, shard]);
  expect(it.store.view.about("token", token(1).id)).toMatchObject([{ entry: { event: "token.issued" } }]);
  expect(it.store.view.about("record", journal)).toMatchObject([{ entry: { event: "bundle.exported" } }]);
  expect(it.store.view.about("token", patchId(1))).toEqual([]);
  expect(it.store.view.about("patch", patchId(3))).toEqual([]);
});
