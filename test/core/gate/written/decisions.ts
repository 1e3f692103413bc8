// Vectors of whole decisions: what countersign requires itself, and the policy's tree beside it.
import type { Line } from "./cells.ts";

const IS_TRUE = { comparator: "equals", expected: "true" };
const TRUE = { value: "true" };
const FALSE = { value: "false" };
const CLAIMED = { lane: "asserted", value: "true" };
const FAILED = { error: "json_file_not_found" };

type Say = Readonly<Record<string, unknown>>;

const policyOf = (require: unknown, names: readonly string[], more: Say = {}): Say => ({
  logic: "kleene",
  require,
  conditions: Object.fromEntries(names.map((name) => [name, IS_TRUE])),
  ...more,
});

/** Name, what is said beside the defaults (nothing required, nothing established), reason, where. */
const DENIED: readonly (readonly [name: string, say: Say, reason: string, where: string | null])[] = [
  ["requires nothing", {}, "gate_empty", null],
  ["built-in unknown", { requires: ["session"] }, "gate_held", "session"],
  ["built-in false", { requires: ["session"], established: [["session", "false"]] }, "gate_held", "session"],
  [
    "built-in twice true",
    {
      requires: ["session"],
      established: [
        ["session", "true"],
        ["session", "true"],
      ],
    },
    "gate_held",
    "session",
  ],
  [
    "built-in false, policy true",
    {
      requires: ["session"],
      established: [["session", "false"]],
      policy: policyOf("a", ["a"]),
      evidence: { a: TRUE },
    },
    "gate_held",
    "session",
  ],
  [
    "both false: the built-in is reported",
    {
      requires: ["session"],
      established: [["session", "false"]],
      policy: policyOf("a", ["a"]),
      evidence: { a: FALSE },
    },
    "gate_held",
    "session",
  ],
  [
    "built-in true, policy false",
    {
      requires: ["session"],
      established: [["session", "true"]],
      policy: policyOf("a", ["a"]),
      evidence: { a: FALSE },
    },
    "condition_false",
    "a",
  ],
  [
    "a built-in of the leaf's name does not stand for it",
    { requires: ["a"], established: [["a", "true"]], policy: policyOf("a", ["a"]) },
    "evidence_missing",
    "a",
  ],
  ["policy without facts", { policy: policyOf("a", ["a"]), facts: false }, "evidence_missing", "a"],
  [
    "policy without facts, turned",
    { policy: policyOf({ not: "a" }, ["a"]), facts: false },
    "evidence_missing",
    "a",
  ],
  ["policy without evidence", { policy: policyOf("a", ["a"]) }, "evidence_missing", "a"],
  [
    "evidence of another name",
    { policy: policyOf("a", ["a"]), evidence: { b: TRUE, A: TRUE } },
    "evidence_missing",
    "a",
  ],
  ["a claim", { policy: policyOf("a", ["a"]), evidence: { a: CLAIMED } }, "trust_lane", "a"],
  [
    "a claim, turned",
    { policy: policyOf({ not: "a" }, ["a"]), evidence: { a: { lane: "asserted", value: "false" } } },
    "trust_lane",
    "a",
  ],
  [
    "a claim, the gate raises the lane",
    {
      policy: policyOf("a", ["a"], { min_lane: "verified" }),
      trust: { min_lane: "asserted" },
      evidence: { a: CLAIMED },
    },
    "trust_lane",
    "a",
  ],
  [
    "a provider that failed",
    { policy: policyOf("a", ["a"]), evidence: { a: FAILED } },
    "provider_error",
    "a",
  ],
  [
    "a provider that failed, turned",
    { policy: policyOf({ not: "a" }, ["a"]), evidence: { a: FAILED } },
    "provider_error",
    "a",
  ],
  ["a value of no answer", { policy: policyOf("a", ["a"]), evidence: { a: {} } }, "evidence_missing", "a"],
  [
    "a leaf that nobody compiled",
    { policy: policyOf({ all: ["a", "b"] }, ["a"]), evidence: { a: TRUE, b: TRUE } },
    "condition_unknown",
    "b",
  ],
  [
    "a leaf that nobody compiled, turned",
    { policy: policyOf({ not: "b" }, ["a"]), evidence: { a: TRUE } },
    "condition_unknown",
    "b",
  ],
  [
    "first of two",
    { policy: policyOf({ all: ["b", "a"] }, ["a", "b"]), evidence: { a: FAILED, b: FALSE } },
    "condition_false",
    "b",
  ],
  [
    "the one of two",
    { policy: policyOf({ all: ["a", "b"] }, ["a", "b"]), evidence: { a: TRUE, b: FAILED } },
    "provider_error",
    "b",
  ],
  [
    "any of two that fail",
    { policy: policyOf({ any: ["b", "a"] }, ["a", "b"]), evidence: { a: FAILED, b: FALSE } },
    "condition_false",
    "b",
  ],
  [
    "must not be, and is",
    { policy: policyOf({ not: "a" }, ["a"]), evidence: { a: TRUE } },
    "condition_false",
    "a",
  ],
  [
    "bochvar: an unknown beside a true",
    { policy: policyOf({ any: ["a", "b"] }, ["a", "b"], { logic: "bochvar" }), evidence: { a: TRUE } },
    "evidence_missing",
    "b",
  ],
  ["an empty all", { policy: policyOf({ all: [] }, []) }, "gate_empty", null],
  ["an empty any, turned", { policy: policyOf({ not: { any: [] } }, []) }, "gate_empty", null],
  [
    "at least 0",
    { policy: policyOf({ at_least: 0, of: ["a"] }, ["a"]), evidence: { a: TRUE } },
    "gate_empty",
    null,
  ],
  ["a tree too deep", { policy: policyOf(nested(33), ["a"]), evidence: { a: TRUE } }, "gate_depth", null],
  [
    "a tree too deep beside a true",
    { policy: policyOf({ any: ["a", nested(33)] }, ["a"]), evidence: { a: TRUE } },
    "gate_depth",
    null,
  ],
];

const ALLOWED: readonly (readonly [name: string, say: Say])[] = [
  [
    "all built-ins true",
    {
      requires: ["x", "y"],
      established: [
        ["y", "true"],
        ["x", "true"],
        ["z", "false"],
      ],
    },
  ],
  ["policy true", { policy: policyOf("a", ["a"]), evidence: { a: TRUE } }],
  [
    "policy true, evidence nobody asks for",
    { policy: policyOf("a", ["a"]), evidence: { a: TRUE, b: FALSE, c: FAILED } },
  ],
  [
    "both true",
    { requires: ["x"], established: [["x", "true"]], policy: policyOf("a", ["a"]), evidence: { a: TRUE } },
  ],
  ["must not be, and is not", { policy: policyOf({ not: "a" }, ["a"]), evidence: { a: FALSE } }],
  [
    "kleene: an unknown beside a true",
    { policy: policyOf({ any: ["a", "b"] }, ["a", "b"]), evidence: { a: TRUE } },
  ],
  [
    "two of three",
    {
      policy: policyOf({ at_least: 2, of: ["a", "b", "c"] }, ["a", "b", "c"]),
      evidence: { a: TRUE, b: FAILED, c: TRUE },
    },
  ],
  [
    "a claim where claims are enough",
    { policy: policyOf("a", ["a"]), trust: { min_lane: "asserted" }, evidence: { a: CLAIMED } },
  ],
  ["a tree of 32 levels", { policy: policyOf(nested(32), ["a"]), evidence: { a: TRUE } }],
];

function nested(levels: number): unknown {
  return levels === 0 ? "a" : { not: nested(levels - 1) };
}

export function decisions(): readonly Line[] {
  const line = (
    name: string,
    say: Say,
    allowed: boolean,
    reason: string | null,
    where: string | null,
  ): Line => ({
    id: `decision/${name}`,
    kind: "decision",
    requires: [],
    established: [],
    ...say,
    allowed,
    reason,
    where,
  });
  return [
    ...DENIED.map(([name, say, reason, where]) => line(name, say, false, reason, where)),
    ...ALLOWED.map(([name, say]) => line(name, say, true, null, null)),
  ];
}
