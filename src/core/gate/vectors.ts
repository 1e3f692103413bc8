// Test vectors of the engine: what one line of a vector file says, and whether the engine agrees with it.
//
// A vector file is JSON lines: one strict JSON object a line, with `id` (unique), `kind`, optionally `about`, and by kind:
//
//   value      text; canonical: the one text of its value, or null where the text is no value.
//   compare    comparator; value (or bytes: a list of integers) unless nothing is there; expected unless it is missing; state.
//   tree       logic; require; states by leaf; state; blamed: the leaf that is to blame, or null.
//   condition  condition, evidence (missing: nobody answered), trust, gate_min_lane; state, reason (null with state true),
//              min_lane (what was asked for) and, where it is compared, detail.
//   decision   requires and established (state by id): the built-in conditions; policy {logic, require, conditions, min_lane};
//              evidence by id of the condition; trust; facts: false where none are handed over; allowed; reason and where.
//
// Values (value, expected) stand as JSON text in a string, so that no reader of the file rounds a number. States are true,
// false, unknown. What is left out of condition, evidence and trust is: provider json, check path, type dynamic, lane
// verified, minimum verified, time 0, no anchors, no keys.
import { z } from "zod";
import { fromBase64, utf8 } from "../base/bytes.ts";
import { CountersignError } from "../base/failure.ts";
import type { Lane } from "../identity/scope.ts";
import { compare } from "./comparator.ts";
import type { ConditionSpec } from "./condition.ts";
import type { Condition } from "./decision.ts";
import { evaluate } from "./evaluate.ts";
import type { Evidence, Trust } from "./evidence.ts";
import { judge } from "./judge.ts";
import { providerNames } from "./providers.ts";
import { blamed, treeState } from "./requirement.ts";
import { parseValue, renderValue } from "./value.ts";
import {
  type Vector,
  type VectorCondition,
  type VectorEvidence,
  vectorSchema,
  type VectorTrust,
} from "./vector.ts";

export interface VectorResult {
  readonly id: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly got: string;
}

/** Run one vector. Throws `usage` on what is not one, so that a misspelt line never counts as passed. */
export function checkVector(json: unknown): VectorResult {
  const read = vectorSchema.safeParse(json);
  if (!read.success) throw new CountersignError("usage", `is not a vector: ${z.prettifyError(read.error)}`);
  const [expected, got] = both(read.data);
  return { id: read.data.id, ok: expected === got, expected, got };
}

function both(vector: Vector): Words {
  if (vector.kind === "value") return valueWords(vector);
  if (vector.kind === "tree") return treeWords(vector);
  if (vector.kind === "condition") return conditionWords(vector);
  if (vector.kind === "decision") return decisionWords(vector);
  return [vector.state, compare(vector.comparator, vector, vector.expected)];
}

type Of<K extends Vector["kind"]> = Extract<Vector, { kind: K }>;
type Words = readonly [expected: string, got: string];

function valueWords({ text, canonical }: Of<"value">): Words {
  const value = parseValue(text);
  return [canonical ?? "no value", value === undefined ? "no value" : renderValue(value)];
}

function treeWords({ require, states, logic, ...said }: Of<"tree">): Words {
  const given = new Map(Object.entries(states));
  const stateOf = (id: string): "true" | "false" | "unknown" => given.get(id) ?? "unknown";
  const got = [treeState(require, stateOf, logic), blamed(require, stateOf, logic) ?? "nobody"];
  return [`${said.state}, ${said.blamed ?? "nobody"}`, got.join(", ")];
}

function conditionWords(vector: Of<"condition">): Words {
  const { minLane, ...found } = judge(
    specOf(vector.id, vector.condition),
    laneOf(vector.gate_min_lane),
    vector.evidence === undefined ? undefined : evidenceOf(vector.evidence),
    trustOf(vector.trust),
  );
  const detail = vector.detail === undefined ? [] : [vector.detail ?? "no detail"];
  const foundDetail = vector.detail === undefined ? [] : [found.detail ?? "no detail"];
  return [
    [vector.state, vector.reason ?? "no reason", vector.min_lane, ...detail].join(", "),
    [found.state, found.reason ?? "no reason", minLane, ...foundDetail].join(", "),
  ];
}

function decisionWords(vector: Of<"decision">): Words {
  const said = vector.policy;
  const policy = said && {
    id: vector.id,
    logic: said.logic,
    ...laneOf(said.min_lane),
    require: said.require,
    conditions: Object.entries(said.conditions).map(([id, spec]) => specOf(id, spec)),
  };
  const found = Object.entries(vector.evidence).map(([id, one]) => [id, evidenceOf(one)] as const);
  const facts = vector.facts ? { evidence: new Map(found), trust: trustOf(vector.trust) } : undefined;
  const established = vector.established.map(([id, state]): Condition => ({ id, state }));
  const decision = evaluate({ id: vector.id, requires: vector.requires, policy }, established, facts);
  const got = decision.allowed
    ? ["allowed", "no reason", "nowhere"]
    : ["denied", decision.refusal.code, decision.refusal.where || "nowhere"];
  const expected = [
    vector.allowed ? "allowed" : "denied",
    vector.reason ?? "no reason",
    vector.where ?? "nowhere",
  ];
  return [expected.join(", "), got.join(", ")];
}

function specOf(id: string, said: VectorCondition): ConditionSpec {
  const { min_lane: lane, ...rest } = said;
  return { id, ...rest, ...laneOf(lane) };
}

function laneOf(lane: Lane | undefined): Pick<ConditionSpec, "minLane"> {
  return lane === undefined ? {} : { minLane: lane };
}

function evidenceOf(said: VectorEvidence): Evidence {
  const { error, proof, ...rest } = said;
  return {
    ...rest,
    ...(error === undefined ? {} : { error: { code: error, message: error } }),
    ...(proof === undefined ? {} : { proof: { form: proof.form, bytes: utf8(proof.text) } }),
  };
}

function trustOf(said: VectorTrust): Trust {
  const { min_lane: minLane, max_age_seconds: maxAgeSeconds, anchors, keys, ...rest } = said;
  return {
    ...rest,
    minLane,
    maxAgeSeconds,
    anchors: new Map(
      providerNames.flatMap((one) => (anchors[one] === undefined ? [] : [[one, anchors[one]] as const])),
    ),
    keys: keys.map(({ public_key: text, not_before: from, not_after: to, ...key }) => ({
      ...key,
      publicKey: fromBase64(text) ?? new Uint8Array(),
      ...(from === undefined ? {} : { notBefore: from }),
      ...(to === undefined ? {} : { notAfter: to }),
    })),
  };
}
