// The decision record: how a gate came to its answer, for the attestation and for landings; it can be followed offline.
import { z } from "zod";
import { instant, instantSchema } from "../base/time.ts";
import { type Lane, lanes } from "../identity/scope.ts";
import { gate as gateReasons } from "../base/reason-gate.ts";
import { type ConditionSpec, logics } from "./condition.ts";
import type { Facts, GateReason, Judged, PolicyOutcome } from "./decision.ts";
import { type Disclosure, MAX_SHOWN, shownEvidence } from "./disclosure.ts";
import type { Evidence, Trust } from "./evidence.ts";
import { askable, laneOf, type GatePlace, providerNames, questions } from "./providers.ts";
import { provingKey } from "./proving-key.ts";
import { leavesOf, MAX_TREE_DEPTH, treeDepth, treeState } from "./requirement.ts";
import { MAX_TREE_TEXT, readTree, treeText } from "./tree.ts";

export const MAX_CONDITIONS = 128;
export const conditionIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "must be 1 to 40 lower-case letters, digits, _ or -, a letter first");

const state = z.enum(["true", "false", "unknown"]);

const conditionRecordSchema = z.strictObject({
  id: conditionIdSchema,
  provider: z.enum(providerNames),
  check: z.string().max(60),
  state,
  /** The lane that the evidence came in; null where there was none. */
  lane: z.enum(lanes).nullable(),
  min_lane: z.enum(lanes),
  /** Exactly one code where the state is not true. */
  reason: z.string().max(40).nullable(),
  detail: z.string().max(80).nullable(),
  /** HMAC-SHA-256 of the exact value under the validator's disclosure key: a plain hash of `true` could be guessed. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** The exact value as JSON text, where policy and provider both disclose it. */
  value: z.string().max(MAX_SHOWN).nullable(),
  /** Pinned key that signed it; null where nothing was signed, or the signature did not count. */
  keyid: z.string().max(100).nullable(),
});
export type ConditionRecord = z.infer<typeof conditionRecordSchema>;

export const decisionRecordSchema = z.strictObject({
  gate: z.string().max(40),
  state,
  logic: z.enum(logics),
  /** Strictest of trust and gate; conditions may ask for more, dev.permissive lowers it. */
  min_lane: z.enum(lanes),
  /** Until when dev.permissive lowers the minimum; null when it does not. */
  permissive_until: instantSchema.nullable(),
  /** The requirement tree as canonical JSON text: statements are read by parsers that dislike deep nesting. */
  require: z.string().max(MAX_TREE_TEXT),
  conditions: z.array(conditionRecordSchema).max(MAX_CONDITIONS),
});
export type DecisionRecord = z.infer<typeof decisionRecordSchema>;

/** What evaluate() found, as it is signed: every condition of the gate in the policy's order, and no value by itself. */
export function recordOf(outcome: PolicyOutcome, facts: Facts, disclosure: Disclosure): DecisionRecord {
  const { gate } = outcome;
  const { trust, evidence } = facts;
  const { permissive, now } = trust;
  return {
    gate: gate.id,
    state: outcome.state,
    logic: gate.logic,
    min_lane: [trust.minLane, gate.minLane].includes("verified") ? "verified" : "asserted",
    permissive_until: permissive !== undefined && now < permissive.until ? instant(permissive.until) : null,
    require: treeText(gate.require),
    conditions: outcome.judged.map((judged) => {
      const spec = gate.conditions.find(({ id }) => id === judged.id);
      if (spec === undefined) throw new TypeError(`gate ${gate.id} has no condition ${judged.id}`);
      return conditionRecord(spec, judged, evidence.get(judged.id), trust, disclosure);
    }),
  };
}

function conditionRecord(
  spec: ConditionSpec,
  judged: Judged,
  evidence: Evidence | undefined,
  trust: Trust,
  disclosure: Disclosure,
): ConditionRecord {
  return {
    id: spec.id,
    provider: spec.provider,
    check: spec.check,
    state: judged.state,
    lane: judged.lane ?? null,
    min_lane: judged.minLane,
    reason: judged.reason ?? null,
    detail: judged.detail ?? null,
    ...shown(spec, judged, evidence, disclosure),
    keyid: provingKey(judged, evidence, trust) ?? null,
  };
}

/**
 * Only what passed lane, anchor and signature is anybody's answer. What failed before is shown neither by value nor by
 * hash: an agent's own envelope, or a claim that does not count, must not come out under the validator's signature.
 */
function shown(
  spec: ConditionSpec,
  judged: Judged,
  evidence: Evidence | undefined,
  disclosure: Disclosure,
): Pick<ConditionRecord, "digest" | "value"> {
  return UNPROVEN.has(judged.reason)
    ? { digest: null, value: null }
    : shownEvidence(spec, evidence, disclosure);
}

const UNPROVEN: ReadonlySet<string | null | undefined> = new Set([
  "trust_lane",
  "anchor_invalid",
  "provider_error",
] satisfies readonly GateReason[]);

/**
 * Why a record cannot be how a gate came to its answer, or undefined. The tree is evaluated anew over the recorded states;
 * what cannot be repeated without the evidence (a comparison) is the signer's word.
 */
export function recordFault(record: DecisionRecord): string | undefined {
  const tree = readTree(record.require);
  if (tree === undefined) return "the tree is not one that a policy may hold, in canonical form";
  if (treeDepth(tree) > MAX_TREE_DEPTH) return `the tree is deeper than ${MAX_TREE_DEPTH} levels`;
  const states = new Map(record.conditions.map((condition) => [condition.id, condition.state]));
  if (states.size !== record.conditions.length) return "a condition is recorded twice";
  const leaves = new Set(leavesOf(tree));
  const missing = [...leaves].find((id) => !states.has(id));
  if (missing !== undefined) return `the tree names the condition ${missing}, which is not recorded`;
  const extra = [...states.keys()].find((id) => !leaves.has(id));
  if (extra !== undefined) return `the condition ${extra} is recorded, but the tree does not name it`;
  for (const condition of record.conditions) {
    const fault = conditionFault(condition) ?? laneFault(record, condition);
    if (fault !== undefined) return `condition ${condition.id}: ${fault}`;
  }
  const whole = treeState(tree, (id) => states.get(id) ?? "unknown", record.logic);
  return whole === record.state ? undefined : `its conditions make it ${whole}, but it says ${record.state}`;
}

/** Exactly one reason where the state is not true, and one that leads to that state. */
function conditionFault({ state, reason, detail, digest, value }: ConditionRecord): string | undefined {
  if (state === "true" && (reason !== null || detail !== null)) return "it is true and has a reason";
  if (state !== "true" && reason === null) return `it is ${state} and has no reason`;
  if (reason !== null && !Object.hasOwn(gateReasons, reason)) return "its reason is not in the catalogue";
  if ((state === "false") !== (reason === "condition_false")) return `it is ${state} for another reason`;
  if (value !== null && digest === null) return "it shows a value without its digest";
  if (UNPROVEN.has(reason) && digest !== null) return "it was not compared and has a value";
  return undefined;
}

/** The lane is recomputed from the origin: a record cannot say that a claim was verified. */
function laneFault(record: DecisionRecord, condition: ConditionRecord): string | undefined {
  const { provider, check, state, lane, min_lane, reason, keyid } = condition;
  if (!Object.hasOwn(questions[provider], check)) return `the provider ${provider} has no check ${check}`;
  if (!askable(record.gate).includes(provider)) return `this gate cannot ask the provider ${provider}`;
  if (record.permissive_until === null && rank(min_lane) < rank(record.min_lane))
    return `it asked for less than the gate's lane ${record.min_lane}`;
  if (lane === null) return state === "unknown" ? undefined : "it was decided on evidence without a lane";
  if (lane !== laneOf(provider, check, placeOf(record.gate))) return `such evidence is not ${lane}`;
  const low = rank(lane) < rank(min_lane);
  if (low !== (reason === "trust_lane")) return `evidence in lane ${lane} does not lead to that state`;
  if (provider === "signed" && state !== "unknown" && keyid === null)
    return "it was decided on a statement that no key signed";
  return undefined;
}

function rank(lane: Lane): number {
  return lane === "verified" ? 1 : 0;
}

/** Verdicts and landings believe nothing that the gateway wrote, so they come to one answer. */
function placeOf(gate: string): GatePlace {
  return gate === "verdict" || gate === "landing" ? "validator" : "gateway";
}
