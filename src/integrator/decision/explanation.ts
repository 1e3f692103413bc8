// What a gate asks for, condition by condition: who is asked, what would make it true, and which lane that takes.
import { endOfKey } from "../../core/gate/evidence-key.ts";
import { instant } from "../../core/base/time.ts";
import type { PolicyGate, ConditionSpec } from "../../core/gate/condition.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import { demand, question, sentence } from "../../core/gate/explain.ts";
import { meets, requiredLane } from "../../core/gate/lane.ts";
import { askable, type GatePlace, laneOf } from "../../core/gate/providers.ts";
import { trustOf } from "../../core/gate/trust.ts";
import type { Lane } from "../../core/identity/scope.ts";
import type { Policy } from "./policy.ts";

export interface ConditionExplained {
  readonly id: string;
  readonly about: string | null;
  readonly asks: string;
  readonly true_when: string;
  readonly types: readonly string[];
  /** The strictest of trust, gate and condition, with dev.permissive as it stands now. */
  readonly needs: Lane;
  /** The same without dev.permissive. */
  readonly needs_strictly: Lane;
  readonly asked_for: { readonly trust: Lane; readonly gate: Lane | null; readonly condition: Lane | null };
  /** The lane that such an answer has, by its origin. */
  readonly comes_in: Lane;
  /** Why it cannot become true under this policy; null where it can. */
  readonly hopeless: string | null;
  /** Signed evidence: names of the pinned keys that may speak about it. */
  readonly keys: readonly string[] | null;
}

export interface GateExplained {
  readonly gate: string;
  readonly sentence: string;
  readonly logic: string;
  /** Providers that the gate can ask and the configuration admits. */
  readonly providers: readonly string[];
  readonly permissive: string;
  readonly conditions: readonly ConditionExplained[];
}

/** `now` in milliseconds since 1970: keys and dev.permissive end. */
export function explainGate(policy: Policy, gate: PolicyGate, now: number): GateExplained {
  const { config } = policy;
  const trust = trustOf(policy, { resource: "" }, now);
  const about = new Map(config.conditions.map((entry) => [entry.id, entry.about]));
  return {
    gate: gate.id,
    sentence: sentence(gate),
    logic: gate.logic,
    providers: askable(gate.id).filter((name) => config.evidence.providers.includes(name)),
    permissive: permissiveWords(policy, trust),
    conditions: gate.conditions.map((spec) => explainCondition(spec, gate, trust, about.get(spec.id))),
  };
}

function explainCondition(
  spec: ConditionSpec,
  gate: PolicyGate,
  trust: Trust,
  about: string | undefined,
): ConditionExplained {
  const { permissive: _, ...strict } = trust;
  const needs = requiredLane(spec, gate, trust);
  const comes_in = laneOf(spec.provider, spec.check, placeOf(gate.id));
  const keys = spec.provider === "signed" ? keysFor(spec, trust) : null;
  return {
    id: spec.id,
    about: about ?? null,
    asks: question(spec),
    true_when: demand(spec),
    types: spec.types,
    needs,
    needs_strictly: requiredLane(spec, gate, strict),
    asked_for: { trust: trust.minLane, gate: gate.minLane ?? null, condition: spec.minLane ?? null },
    comes_in,
    hopeless: hopeless(spec, comes_in, needs, keys),
    keys,
  };
}

function hopeless(
  { provider }: ConditionSpec,
  comes: Lane,
  needs: Lane,
  keys: readonly string[] | null,
): string | null {
  if (!meets(comes, needs))
    return `an answer of ${provider} is ${comes}, and ${needs} is needed: it stays unknown (trust_lane)`;
  if (keys?.length === 0)
    return "no key that is valid now may speak about it: it stays unknown until [[evidence.keys]] names one";
  return null;
}

function keysFor({ params }: ConditionSpec, { keys, now }: Trust): readonly string[] {
  const name = typeof params["name"] === "string" ? params["name"] : "";
  return keys
    .filter((key) => key.checks.some((said) => said === "*" || said === name) && now < endOfKey(key))
    .map((key) => key.name);
}

function permissiveWords({ config, permissiveUntil }: Policy, { permissive }: Trust): string {
  const { dev, trust } = config;
  if (!dev.permissive) return `off: trust.min_lane (${trust.min_lane}) holds for every provider`;
  const exempt = dev.exempt_providers.join(", ") || "no provider";
  if (permissive !== undefined)
    return `on until ${instant(permissive.until)}: asserted is enough for trust.min_lane, but not for ${exempt}, and not where a gate or condition asks for verified itself`;
  return permissiveUntil === undefined
    ? "on, from when a configuration is written: asserted would then be enough for trust.min_lane"
    : `over since ${instant(permissiveUntil)}: trust.min_lane (${trust.min_lane}) holds again`;
}

/** Where the gate is evaluated; verdicts and landings believe nothing that the gateway wrote. */
function placeOf(gate: string): GatePlace {
  return gate === "verdict" ? "validator" : gate === "landing" ? "integrator" : "gateway";
}
