// What a caller learns of a gate's decision: how it came out and why, or all its conditions, or also what they were judged by.
import { z } from "zod";
import { reasonCodes } from "../../core/base/reason.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { lanes } from "../../core/identity/scope.ts";
import type { FeedbackLevel } from "../../core/config/schema-gates.ts";
import { MAX_SHOWN } from "../../core/gate/disclosure.ts";
import type { ConditionRecord, DecisionRecord } from "../../core/gate/record.ts";
import { MAX_CONDITIONS } from "../../core/gate/record.ts";
import { blamed } from "../../core/gate/requirement.ts";
import { readTree } from "../../core/gate/tree.ts";

const state = z.enum(["true", "false", "unknown"]);
const reason = z.string().max(40).nullable();

const conditionView = z.strictObject({
  id: z.string().max(40),
  state,
  reason,
  detail: z.string().max(80).nullable().optional(),
  lane: z.enum(lanes).nullable().optional(),
  value: z
    .string()
    .max(MAX_SHOWN)
    .nullable()
    .optional()
    .describe("JSON text, where policy and provider disclose it."),
  digest: z.string().max(64).nullable().optional().describe("Keyed hash of the value."),
});

export const gateView = z
  .strictObject({
    gate: z.string().max(40),
    state,
    condition: z
      .string()
      .max(40)
      .nullable()
      .describe("The condition that holds the gate, for callers who may see conditions."),
    reason: reason.describe("Its reason; docs/reasons.md lists them."),
    conditions: z
      .array(conditionView)
      .max(MAX_CONDITIONS)
      .optional()
      .describe("All conditions, for callers who may see them."),
  })
  .describe("How a gate of the policy was decided.");
export type GateView = z.infer<typeof gateView>;

/** Undefined for a record whose tree cannot be read: nobody is told half of a decision. */
export function viewOf(record: DecisionRecord, level: FeedbackLevel): GateView | undefined {
  if (readTree(record.require) === undefined) return undefined;
  const culprit = culpritOf(record);
  return {
    gate: record.gate,
    state: record.state,
    condition: level === "summary" ? null : (culprit?.id ?? null),
    reason: reasonOf(culprit),
    ...(level === "summary" ? {} : { conditions: record.conditions.map((one) => shown(one, level)) }),
  };
}

/**
 * What everybody is told of a gate that holds, whatever their level: the code of the blamed condition, and its fix. Which
 * condition that is, and every detail, is for `gate` to tell.
 */
export function heldReason(record: DecisionRecord | undefined): Refusal {
  const culprit = record === undefined ? undefined : culpritOf(record);
  if (record === undefined || culprit === undefined) return refusal("gate_held", "the policy's gate holds");
  const code = reasonCodes.find((known) => known === reasonOf(culprit)) ?? "gate_held";
  return refusal(code, `gate ${record.gate} is ${record.state}`);
}

/** The condition that holds the gate; undefined where none does, or where the tree cannot be read. */
function culpritOf({ require, conditions, logic }: DecisionRecord): ConditionRecord | undefined {
  const tree = readTree(require);
  if (tree === undefined) return undefined;
  const find = (id: string | undefined): ConditionRecord | undefined =>
    conditions.find((condition) => condition.id === id);
  return find(blamed(tree, (id) => find(id)?.state ?? "unknown", logic));
}

/** None for what is still to be asked; a condition that is true is to blame where the tree asks for its negation. */
function reasonOf(culprit: ConditionRecord | undefined): string | null {
  return culprit?.state === "true" ? "condition_false" : (culprit?.reason ?? null);
}

/**
 * Threat: exit code and coverage of a command are what the tests of a patch say, and they may say a line of a file that is
 * not served; how many lines a command wrote is one of them. Nobody who asks here is shown them: reviewers have the verdict.
 */
function shown(
  { id, provider, check, state: said, reason: why, detail, lane, value, digest }: ConditionRecord,
  level: FeedbackLevel,
): z.infer<typeof conditionView> {
  const line = { id, state: said, reason: why };
  if (level !== "evidence") return line;
  const isUntold = provider === "checks" && FROM_COMMANDS.has(check);
  return { ...line, detail, lane, ...(isUntold ? { value: null, digest: null } : { value, digest }) };
}

const FROM_COMMANDS: ReadonlySet<string> = new Set(["exit", "coverage", "findings"]);
