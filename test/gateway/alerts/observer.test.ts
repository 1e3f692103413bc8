// Watchers of calls: they hear every outcome, change none, and one that fails stops nothing.
import { expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import {
  guardSeen,
  type GuardSeen,
  observed,
  openObserver,
  type SeenCall,
} from "../../../src/gateway/alerts/observer.ts";
import type { Outcome, OwnCorridor } from "../../../src/gateway/tools/call.ts";
import type { Caller, Tool } from "../../../src/gateway/tools/tool.ts";
import type { Store, Submission, SubmitResult } from "../../../src/io/store/store.ts";

const answer: Outcome = { kind: "answer", output: {}, text: "{}" };
const held: Outcome = { kind: "refused", refusal: refusal("guard_flagged", "m") };

function listening() {
  const [calls, guards, faults] = [[] as SeenCall[], [] as GuardSeen[], [] as unknown[]];
  const observer = openObserver((error) => void faults.push(error));
  observer.listen({
    call() {
      throw new Error("a listener that fails");
    },
  });
  observer.listen({ call: (seen) => void calls.push(seen), guard: (how) => void guards.push(how) });
  return { observer, calls, guards, faults };
}

test("an answer, a refusal and what is no call, each with its time; a name that is none is unknown", async () => {
  const { observer, calls, guards, faults } = listening();
  let now = 0;
  const corridor = {
    call: (name: string) => Promise.resolve(name === "read_file" ? answer : held),
    reject: () => ({ kind: "fault", refusal: refusal("input_invalid", "m") }),
    settle: () => undefined,
  } as Partial<OwnCorridor> as OwnCorridor;
  const tools = new Map([["read_file", { name: "read-file" } as Tool]]);
  const around = observed(corridor, { observer, tools, ticks: () => (now += 5) });
  const trace = { traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: true };
  const caller = { principal: "p", trace } as Caller;
  expect(await around.call("read_file", {}, caller)).toBe(answer);
  expect(await around.call("constructor", {}, { ...caller, trace: undefined })).toBe(held);
  around.reject("message", refusal("input_invalid", "m"), caller);
  expect(calls).toEqual([
    { tool: "read-file", outcome: "allowed", reason: "none", millis: 5, trace },
    { tool: "unknown", outcome: "refused", reason: "guard_flagged", millis: 5, trace: undefined },
    { tool: "unknown", outcome: "fault", reason: "input_invalid", millis: 5, trace },
  ]);
  expect(guards).toEqual(["blocked"]);
  expect(faults).toHaveLength(3);
});

test.each<[string, SubmitResult["kind"], string | undefined, readonly GuardSeen[]]>([
  ["clean", "accepted", undefined, ["passed"]],
  ["flagged", "accepted", "flagged", ["flagged"]],
  ["bypassed", "accepted", "bypassed", ["bypassed"]],
  ["repeated", "repeated", "flagged", []],
  ["refused", "refused", "flagged", []],
])("what the guard did of a proposal that was %s", (_, kind, guard, heard) => {
  const { observer, guards } = listening();
  const result = { kind } as SubmitResult;
  const store = guardSeen<Pick<Store, "submit">>({ submit: () => result }, observer);
  const data = guard === undefined ? {} : { guard };
  const submission = { note: { event: "proposal.accepted", actor: { principal: "p" }, data } } as Submission;
  expect(store.submit(undefined as never, submission)).toBe(result);
  expect(guards).toEqual(heard);
});
