// Reasons that a condition of the policy does not hold: exactly one for each condition, the first that applies.
import type { ReasonEntry } from "./reason-entry.ts";

export const gate = {
  trust_lane: {
    means:
      "The evidence is of a lower trust lane than the condition needs: asserted, where verified is asked for.",
    fix: "Let a pinned key sign the fact (countersign evidence sign); a claim of the proposer proves nothing.",
  },
  anchor_invalid: {
    means: "The evidence does not say where it was found, or not as [[evidence.anchors]] asks for.",
    fix: "The operator looks at the provider and at [[evidence.anchors]].",
  },
  provider_error: {
    means: "The evidence could not be had, or its signature does not prove it; the detail says what.",
    fix: "Correct what the detail names; countersign gate explain shows the condition's question.",
  },
  evidence_missing: {
    means: "There is no evidence for the condition.",
    fix: "Supply what the condition asks for; countersign gate explain shows it.",
  },
  evidence_type: {
    means: "The evidence is not of the type that the condition declares.",
    fix: "Correct the source of the evidence, or the type of the condition.",
  },
  comparator_unknown: {
    means: "The comparison has no answer for these types.",
    fix: "Correct expected or the comparator of the condition.",
  },
  condition_false: {
    means: "The evidence is there, and the condition is not met.",
    fix: "Change what the condition measures; countersign gate explain shows it.",
  },
  condition_unknown: {
    means: "The gate asks for a condition that nobody evaluated.",
    fix: "Report this: such a policy should not have been loaded.",
  },
  gate_depth: {
    means: "The gate's tree is deeper than 32 levels, so it is unknown as a whole.",
    fix: "Make it flatter.",
  },
  evidence_malformed: {
    means: "An entry of evidence is neither a claim nor a signed envelope that can be read.",
    fix: "Send {name, value} for a claim, or {envelope} with what countersign evidence sign printed.",
  },
  dispatch_denied: {
    means: "No rule of [dispatch] lets such a proposal through to the validator.",
    fix: "The operator adds a rule; countersign config explain dispatch.rules shows how.",
  },
  dispatch_error: {
    means: "A rule of [dispatch] says that such a proposal is an error.",
    fix: "The message is the operator's.",
  },
  namespace_refused: {
    means: "The authority of namespaces does not vouch for this one, or did not answer.",
    fix: "The operator looks at [namespace] and its authority.",
  },
  decision_missing: {
    means: "The verdict does not say how its gate was decided, or not in a way that can be followed.",
    fix: "Propose again, so that the validator judges it anew.",
  },
} as const satisfies Record<string, ReasonEntry>;
