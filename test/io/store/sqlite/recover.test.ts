// X03: what a process began and left without an outcome is told when a gateway starts, once.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditNote } from "../../../../src/core/audit/entry.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { digestOf, note } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

const start = (): number => it.store.begin(note("process.start", { process: "gateway" }));
const intent = (word: string): AuditNote =>
  note("call.allowed", { tool: "propose-patch", arguments_sha256: digestOf(word), dry_run: false });
const outcome = (word: string): AuditNote => note("proposal.accepted", { arguments_sha256: digestOf(word) });
const recovered = (): readonly unknown[] =>
  it.log().flatMap(({ event, data }) => (event === "audit.recovered" ? [data["intent_seq"]] : []));

test("each intent without outcome, once, before the entry of the start", () => {
  expect(start()).toBe(0);
  const { seq } = it.store.record(intent("lost"));
  for (const word of ["a", "b"]) {
    it.store.record(intent(word));
    it.store.record(outcome(word));
  }
  const { seq: second } = it.store.record(intent("also lost"));
  it.reopen();
  expect(start()).toBe(2);
  expect(recovered()).toEqual([seq, second]);
  expect(it.events().slice(-3)).toEqual(["audit.recovered", "audit.recovered", "process.start"]);
  expect(it.log().at(-3)).toMatchObject({
    data: {
      intent_shard: "2026-11",
      intent_seq: seq,
      tool: "propose-patch",
      arguments_sha256: digestOf("lost"),
      of: "local:stdio",
    },
  });
  it.reopen();
  expect(start()).toBe(0);
  expect(recovered()).toEqual([seq, second]);
});

test("the start of another process hides nothing", () => {
  start();
  it.store.record(intent("lost"));
  it.store.record(note("process.start", { process: "validator" }));
  expect(start()).toBe(1);
});

test("far behind in a long log, and not before the last start", () => {
  it.store.record(intent("before"));
  start();
  const { seq } = it.store.record(intent("lost"));
  for (let n = 0; n < 600; n++) it.store.record(note("call.refused", { n }));
  expect(start()).toBe(1);
  expect(recovered()).toEqual([1, seq]);
});
