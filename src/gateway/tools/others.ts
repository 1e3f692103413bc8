// What a call would tell or do in another tool's stead: that tool is offered, its caller may use it, and its gate is open.
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Decision, Facts } from "../../core/gate/decision.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { ToolName } from "../../core/identity/scope.ts";
import type { About, Asker, Gates } from "../gates/gates.ts";
import type { GateView } from "../gates/view.ts";

export type OtherTool = Exclude<ToolName, "propose-patch">;

export interface OtherParts {
  readonly config: Pick<Config, "server">;
  readonly gates: Gates;
}

/** What a service is made of, as far as others ask it. */
export interface Serving {
  readonly setup: Pick<OtherParts, "config">;
  readonly gates: Gates;
}

export function othersOf({ setup, gates }: Serving): OtherParts {
  return { config: setup.config, gates };
}

export interface Other {
  readonly decision: Decision;
  readonly facts: Facts;
}

/** Why that tool would not answer; of a gate of the policy, what the caller may learn. */
export interface Held {
  readonly refusal: Refusal;
  readonly gate?: GateView | undefined;
}

/** A list of nothing allows nothing, and what is denied stays denied. */
export function isOffered({ server }: Pick<Config, "server">, name: string): boolean {
  const has = (list: readonly string[]): boolean => list.includes(name);
  return has(server.tools.allow) && !has(server.tools.deny);
}

/** Undefined where the tool is there for the caller, its gate aside. */
export function rightFault(
  { config }: Pick<OtherParts, "config">,
  name: OtherTool,
  { scope }: Pick<Asker, "scope">,
): Refusal | undefined {
  const right = isOffered(config, name) && scope.tools.includes(name);
  return right ? undefined : refusal("unauthorized", "this takes the right to another tool, too", name);
}

/** The policy's gate of that tool; undefined where the policy asks for nothing. */
export async function judgeOther(
  gates: Gates,
  name: OtherTool,
  caller: Pick<Asker, "principal">,
): Promise<Other | undefined> {
  const policy = gates.of(name);
  if (policy === undefined) return undefined;
  const facts = await gates.facts(policy.conditions, aboutCall(caller));
  return { decision: evaluate({ id: name, requires: [], policy }, [], facts), facts };
}

export async function otherFault(
  parts: OtherParts,
  name: OtherTool,
  caller: Asker,
): Promise<Held | undefined> {
  const fault = rightFault(parts, name, caller);
  if (fault !== undefined) return { refusal: fault };
  const judged = await judgeOther(parts.gates, name, caller);
  if (judged === undefined || judged.decision.allowed) return undefined;
  const { decision, facts } = judged;
  return { refusal: decision.refusal, gate: explained(parts.gates, decision, facts, caller) };
}

export async function mayUse(parts: OtherParts, name: OtherTool, caller: Asker): Promise<boolean> {
  return (await otherFault(parts, name, caller)) === undefined;
}

/** What `caller` may learn of a decision; undefined where the policy had no part in it. */
export function explained(
  gates: Gates,
  { policy }: Decision,
  facts: Facts,
  caller: Asker,
): GateView | undefined {
  return policy === undefined ? undefined : gates.view(gates.record(policy, facts), caller);
}

/** Evidence about a call says who calls, and nothing of a proposal. */
export function aboutCall({ principal }: Pick<Asker, "principal">): About {
  const nothing = { changeType: undefined, riskLevel: undefined, claims: [] };
  return { caller: { principal, ...nothing }, place: "gateway" };
}
