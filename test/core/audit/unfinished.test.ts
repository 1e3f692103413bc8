// X03: what was begun and has no outcome is found; what has one, discloses only, or changes nothing, is not.
import { expect, test } from "vitest";
import { type AuditEntry, GENESIS } from "../../../src/core/audit/entry.ts";
import { unfinished } from "../../../src/core/audit/unfinished.ts";
import { at, digestOf } from "../../support/proposals.ts";

const A = digestOf("a");
const B = digestOf("b");
type Words = readonly [
  event: AuditEntry["event"],
  data: AuditEntry["data"],
  actor?: Partial<AuditEntry["actor"]>,
];

const entries = (...words: readonly Words[]): readonly AuditEntry[] =>
  words.map(([event, data, actor = {}], seq) => ({
    v: 1,
    shard: "2026-11",
    seq,
    ts: at(seq),
    event,
    actor: { principal: "p", session: "s", ...actor },
    data,
    prev: GENESIS,
  }));
const left = (...words: readonly Words[]): readonly number[] =>
  unfinished(entries(...words)).map(({ seq }) => seq);
const intent = (digest = A, actor: Words[2] = {}): Words => [
  "call.allowed",
  { tool: "propose-patch", arguments_sha256: digest, dry_run: false },
  actor,
];

test.each<[string, readonly Words[], readonly number[]]>([
  ["an intent alone", [intent()], [0]],
  ["one behind an outcome of the same call", [["proposal.accepted", { arguments_sha256: A }], intent()], [1]],
  ["an outcome of other arguments", [intent(), ["proposal.accepted", { arguments_sha256: B }]], [0]],
  [
    "an outcome of somebody else",
    [intent(), ["proposal.accepted", { arguments_sha256: A }, { principal: "q" }]],
    [0],
  ],
  [
    "an outcome of another session",
    [intent(), ["call.refused", { arguments_sha256: A }, { session: "t" }]],
    [0],
  ],
  [
    "an outcome of another request",
    [intent(A, { correlation: "1" }), ["call.refused", { arguments_sha256: A }, { correlation: "2" }]],
    [0],
  ],
  ["a verdict is no outcome of a call", [intent(), ["verdict.received", { arguments_sha256: A }]], [0]],
  ["two, and one outcome", [intent(), intent(), ["proposal.accepted", { arguments_sha256: A }]], [1]],
  ["in their order", [intent(B), intent(A), intent(B)], [0, 1, 2]],
])("unfinished: %s", (_, words, expected) => {
  expect(left(...words)).toEqual(expected);
});

test.each<[string, readonly Words[]]>([
  ...(["proposal.accepted", "proposal.repeated", "proposal.closed", "call.refused"] as const).map(
    (event): [string, readonly Words[]] => [event, [intent(), [event, { arguments_sha256: A }]]],
  ),
  ["a read", [["call.allowed", { tool: "read-file", arguments_sha256: A, result_sha256: B }]]],
  ["a dry run", [["call.allowed", { tool: "propose-patch", arguments_sha256: A, dry_run: true }]]],
  ["nothing", []],
])("finished: %s", (_, words) => {
  expect(left(...words)).toEqual([]);
});

test("over the end of a month, the older shard comes first", () => {
  const [old, young] = entries(intent(A), intent(B));
  const both = [
    { ...old!, seq: 900 },
    { ...young!, shard: "2026-12", seq: 2 },
  ];
  expect(unfinished(both).map(({ shard }) => shard)).toEqual(["2026-11", "2026-12"]);
});
