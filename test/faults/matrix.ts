// Runs the matrix: each provider with each fault, through gather() and evaluate() as the programs do.
import type { ConditionSpec, PolicyGate } from "../../src/core/gate/condition.ts";
import type { Decision } from "../../src/core/gate/decision.ts";
import { evaluate } from "../../src/core/gate/evaluate.ts";
import type { Evidence } from "../../src/core/gate/evidence.ts";
import type { ProviderName } from "../../src/core/gate/providers.ts";
import type { Requirement } from "../../src/core/gate/requirement.ts";
import { gather } from "../../src/io/evidence/gather.ts";
import { trust } from "../support/evidence.ts";
import { tlsServer } from "../support/fetching.ts";
import { question } from "../support/questions.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { memory } from "./memory.ts";
import { type FaultName, faultNames, type Scene, type Source } from "./row.ts";
import { world } from "./world.ts";

export const sources: readonly Source[] = [...memory, ...world];

export interface Outcome {
  readonly provider: ProviderName;
  readonly fault: FaultName;
  readonly what: string;
  /** State, reason and detail. */
  readonly found: string;
  readonly expected: string;
  /** What is wrong with it; undefined when it is as it has to be. */
  readonly wrong: string | undefined;
}

/** Longest wait for one provider: what is intact, or fails at once, has time to start its programs. */
const waitOf = (fault: FaultName): number => (fault === "delay" ? 1500 : 25_000);

export async function runMatrix(told: (outcome: Outcome) => void): Promise<readonly Outcome[]> {
  const place = scratch("faults");
  const server = await tlsServer(place);
  const outcomes: Outcome[] = [];
  try {
    for (const source of sources)
      for (const fault of faultNames) {
        const folder = scratch(`faults-${source.provider}-${fault}`);
        const outcome = await runRow(source, fault, { folder, server });
        removeScratch(folder);
        outcomes.push(outcome);
        told(outcome);
      }
  } finally {
    await server.close();
    removeScratch(place);
  }
  return outcomes;
}

async function runRow(source: Source, fault: FaultName, scene: Scene): Promise<Outcome> {
  const { provider, check, expected } = source;
  const broken = source.faults[fault];
  const opened = await broken.open(scene);
  const spec = question(provider, check, broken.params ?? source.params(scene), {
    comparator: "equals",
    expected,
    types: [typeof expected === "object" ? "integer" : typeof expected === "boolean" ? "boolean" : "string"],
  });
  const providers = opened === undefined ? {} : { [provider]: opened };
  const evidence = await gather([spec], providers, waitOf(fault), Date.now);
  const decision = decide(spec, "q", evidence);
  const found = textOf(decision);
  const wrong = faultOf(decision, fault, spec, evidence);
  return { provider, fault, what: broken.what, found, expected: broken.outcome, wrong };
}

function decide(
  spec: ConditionSpec,
  require: Requirement,
  evidence: ReadonlyMap<string, Evidence>,
): Decision {
  const policy: PolicyGate = { id: "verdict", logic: "kleene", require, conditions: [spec] };
  // A claim never opens anything under min_lane verified; here it must be its fault that holds the gate, not its lane.
  const minLane = spec.provider === "caller" ? "asserted" : "verified";
  return evaluate({ id: "verdict", requires: [], policy }, [], { evidence, trust: trust({ minLane }) });
}

function textOf({ policy }: Decision): string {
  const [judged] = policy?.judged ?? [];
  const { state = "unknown", reason, detail } = judged ?? {};
  // Which types there were and are is the engine's to say.
  const words = reason === "evidence_type" ? [state, reason] : [state, reason, detail];
  return words.filter((word) => word !== undefined).join(" ");
}

function faultOf(
  decision: Decision,
  fault: FaultName,
  spec: ConditionSpec,
  evidence: ReadonlyMap<string, Evidence>,
): string | undefined {
  if (fault === "none") return decision.allowed ? undefined : "the intact source does not open the gate";
  if (decision.allowed) return "ALLOWED";
  const [judged] = decision.policy?.judged ?? [];
  if (judged?.reason === undefined || judged.detail === undefined) return "has no code of its own";
  if (judged.state === "unknown" && decide(spec, { not: "q" }, evidence).allowed) return "ALLOWED under not";
  const { expected: _none, ...absent } = { ...spec, comparator: "not_exists" as const };
  if (judged.reason === "provider_error" && decide(absent, "q", evidence).allowed)
    return "ALLOWED as not_exists";
  return undefined;
}
