// The promises about gates, evidence and trust lanes (D, P, G of the third issue), with their tests: data only.
import { core, gateway, house, integrator, io, process, validator, row, type Row } from "./row.ts";

export const policyRows: Readonly<Record<string, Row>> = {
  D02: row(
    "A gate opens only when all that it asks for is true; missing, broken or late evidence holds it.",
    core(
      "gate/evaluate.policy",
      "D02: all three as they should be open the gate, and each one spoilt in turn holds it",
    ),
    core("gate/evaluate.closure", "in the whole of src, a yes is made in evaluate.ts and nowhere else"),
    process("faults", "every provider is in the matrix"),
    gateway("tools/call.gates", "evidence that cannot be had holds the gate"),
    validator("gate/gate.trouble", "one that %s: asked again, and in the end a person decides"),
    validator("gate/gate.hostile", "traps in the evidence folder"),
    integrator("git/policy.recomputed", "a provider that fails is no landing"),
  ),
  D03: row(
    "Evidence is judged by lane, anchor, signature, comparator, and the first that fails is recorded.",
    core("gate/judge", "D03: lane, then error, then anchor, then signature, then type, then comparator"),
    core("gate/judge", "the file of vectors holds each set of the six failures once"),
  ),
  D13: row(
    "The lane of evidence goes by where it comes from; what an agent claims is asserted wherever it is read.",
    core("gate/judge", "D13: the lane goes by origin"),
    gateway("tools/propose-patch.gates", "claimed by the agent: trust_lane, whatever it claims"),
    validator("gate/gate.signed", "a claim and the same fact signed"),
    integrator("git/policy", "the agent's own claim is asserted, and opens nothing"),
    process(
      "gates-evidence",
      "a claim under min_lane verified holds the gate: verdict, patch-status and show all say trust_lane",
      "signed by the pinned key it opens both gates, as %s",
    ),
  ),
  D14: row(
    "A lane that is too low is recorded for its condition, in the audit log and in the verdict.",
    core("gate/judge", "D14: a violation of the lane says which lane came and which was asked for"),
    core("gate/record", "names every condition of the tree, with lane, state and one reason"),
    gateway("tools/call.gates", "has every condition with state and reason, in pieces that the log takes"),
    validator("gate/gate.signed", "the record is in every verdict"),
  ),
  D15: row(
    "A gate and a condition raise the lane that is asked for, and never lower it.",
    core("gate/lane", "D15: a condition or a gate raises the lane and never lowers it"),
    core("gate/trust", "D15: a condition and a gate that say asserted lower nothing"),
    core("config/warnings-gates", "D15: a lane that lowers nothing"),
  ),
  D16: row(
    "Only quickstart on loopback may be permissive; it ends by itself and stands in every verdict.",
    core("gate/lane", "D16: dev.permissive"),
    core("config/rules-policy", "D16: dev.permissive"),
    process("config-faults", "D16: dev.permissive ends by when the file was written"),
    process("gates-dev", "nothing starts", "what runs when its time ends goes on without it"),
    validator(
      "gate/gate.terms",
      "lowers the lane while it lasts, and is stamped into the verdict, which ends with it",
      "ends at its moment, in a validator that runs on",
      "leaves %s strict",
    ),
  ),
  D17: row(
    "Signed evidence counts for what a pinned key signed, and for no other patch, question or time.",
    core(
      "gate/signature.vectors",
      "a file is judged as it says",
      "every fault that a file can have is in a file",
    ),
    core(
      "attestation/read-evidence",
      "any byte of a good one changed: a fault of the list, or the same words",
    ),
    validator("signing/evidence", "an envelope of ours verifies by the recipe, and a changed one does not"),
    process(
      "gates-replay",
      "the same envelope where it does not belong",
      "with its key embedded %s: refused when it is carried, unknown from the folder",
    ),
    process("gates-by-hand", "an envelope that openssl alone made opens the gate"),
    house("readme-gates", "what CI signs opens both gates for that patch"),
  ),
  D18: row(
    "A signature that does not hold is a provider_error with its detail, and its condition is unknown.",
    core(
      "gate/signature",
      "none holds: the one that came furthest is told, and judge() says why",
      "one about this check that cannot be read is told as well (%#)",
    ),
    gateway("tools/propose-patch.gates", "signed %s: %s"),
  ),
  D19: row(
    "Anchors are asked for by the operator alone, in canonical form and with every field.",
    core(
      "gate/anchor",
      "the table of D19 holds every fault that there is",
      "what base/canonical.ts writes passes, and no other spelling of it does",
    ),
    core("config/rules-evidence", "D19: an anchored provider"),
  ),
  D20: row(
    "A value is shown only by policy and opt-in; what stands for it otherwise cannot be guessed.",
    core("gate/disclosure", "allowed %s, opt-in needed %s, opted in %s: shown %s"),
    core("gate/disclosure", "of a boolean fails with everything that an outsider can compute"),
    core(
      "gate/disclosure",
      "with the digests of one's own claims fails: they are those of another condition",
    ),
    validator(
      "gate/gate.terms",
      "a secret that a condition asks for is in no verdict and no line of the log",
    ),
    process("gates", "the value is in no database, log, file or answer"),
    process(
      "gates-canary",
      "none of them is in a file, a line, an answer, a command's output or the repository",
      "the search finds them where they are: in the policy, the sources and the envelopes, in any spelling",
    ),
  ),
  D21: row(
    "Providers are those that there are, and nothing is named twice.",
    core("config/rules-evidence", "D21: nothing is named twice"),
    core(
      "config/schema-evidence",
      "D21: a provider that there is not",
      "D21: one in raw_providers",
      "D21: one in exempt_providers",
    ),
    core("config/schema-gates", "D21: a provider that there is not"),
  ),
  D22: row(
    "A secret in title, rationale, key or evidence is refused, and nothing of it is kept or answered.",
    gateway("tools/propose-patch.words", "D22: a secret in the agent's words"),
    gateway("tools/propose-patch.words", "in %s is refused, and nothing of it is kept or answered"),
    validator("checks/words", "a secret in the %s is refused without echo"),
  ),
  D23: row(
    "Sixteen comparators are true, false or unknown as the vectors say, with every digit.",
    core(
      "gate/vectors",
      "the engine agrees with every line of",
      "ids are unique, and there are more than enough of every kind",
    ),
    core("gate/comparator", "are ordered and equal as fractions are", "no answer where there is none"),
    integrator("commands/gate.vectors", "the vectors of this repository agree"),
    integrator("commands/gate.trial", "the number that a float makes of it"),
  ),
  D24: row(
    "Trees of all, any, not and at_least are as an oracle says, and say nothing below 32 levels.",
    core("gate/requirement.oracle", "the oracle agrees"),
    core("gate/requirement", "never a yes from nothing", "32 levels count, with 33 nothing around them does"),
    core(
      "config/schema-tree",
      "always or never met",
      "a member twice would count twice",
      "32 levels may be, 33 may not, whatever is at the bottom",
    ),
    core("gate/compile", "a condition that does not exist, and its likeness is named"),
  ),
  D25: row(
    "Providers read only what the operator named, within bounds, and lead nowhere else.",
    io(
      "evidence/json",
      "a folder that turns into a link and back never leads out",
      "files that say they are empty, or that never end, are read to the limit and not beyond",
    ),
    io("evidence/yaml", "at a bounded price"),
    core("jsonpath/select.compliance", "invalid queries"),
    io(
      "evidence/http",
      "names that lead inwards",
      "has no environment, may write nothing and start nothing",
      "the largest answer comes whole, and the anchor is the URL",
    ),
    io("evidence/env", "an empty list allows nothing, and no refusal holds a value"),
    io("evidence/time", "a clock that shows %d shows nothing"),
    io("evidence/git", "what is not known is an error, also for a tree that was not built"),
  ),
  D26: row(
    "A dry run evaluates what can be evaluated, and changes nothing but the entry of the call.",
    gateway(
      "tools/propose-patch.preview",
      "D26: a dry run",
      "changes nothing but the entry of the call itself: tables, keys, quota and orders are the same to the byte",
    ),
    process("gates-dry-run", "%s: refused, and only that is written"),
  ),
  D27: row(
    "Evidence and verdicts of another namespace do not count, and an authority that is silent says no yes.",
    core("config/rules-policy", "D27: the namespace that is nobody's"),
    validator(
      "checks/namespace",
      "refused: the order is rejected",
      "unavailable: asked again, and in the end a person decides",
    ),
    integrator(
      "git/policy.recomputed",
      "the authority of namespaces is asked again",
      "that it does not answer is no yes",
    ),
    process("gates-replay", "for another namespace"),
  ),
  D28: row(
    "Evidence schemas are the operator's, versioned, and signed where that is asked for.",
    io(
      "file/schemas",
      "is a fault of the configuration",
      "a tampered envelope",
      "where signing is asked for, only what a key of schemas.keys signed",
      "a version that is there stays, in either form",
    ),
    integrator(
      "commands/schema",
      "a schema at fault, unsigned or badly signed is refused, and nothing is written",
    ),
  ),
  D29: row(
    "What no rule of dispatch permits reaches no verdict but a rejection, and no landing.",
    core("proposal/dispatch", "by default, where no rule fits", "a permit covers every path, or nothing"),
    core("config/rules-policy", "D29: dispatch"),
    gateway("tools/propose-patch.words", "D29: dispatch by the static policy, default deny"),
    validator("checks/dispatch", "what no rule permits"),
    integrator("git/policy.recomputed", "dispatch is decided again"),
  ),
  D31: row(
    "A decision can be exported and followed offline, and any edit of it is seen.",
    integrator(
      "commands/decision",
      "any byte that is changed, taken away or added is seen",
      "an edit that keeps every hash and form right",
      "a key of the editor's own, in the envelope, counts for nothing",
    ),
    integrator(
      "bundle/examine.properties",
      "any byte of the file that is changed, taken away or added is seen",
      "any byte of the seal",
    ),
    core("gate/record.changed", "a record that was changed does not hold"),
    integrator("git/policy.decided", "%s: decision_missing"),
    integrator("commands/show.trace", "tells log, verdict and landings of this patch, and of no other"),
    process(
      "gates-trace",
      "tells why another one is held, and refused at its landing",
      "an edited byte anywhere is seen",
      "the order of one and the verdict of another are not one decision",
    ),
  ),
  D34: row(
    "The audit log cannot be switched off, and holds no content.",
    house("presets", "%s: the audit log cannot be switched off"),
    process("audit-log", "content, the agent's words and keys are nowhere"),
  ),
  D35: row(
    "How much a refusal explains goes by who asks, and never beyond the maximum.",
    core("gate/feedback", "as the presets have it", "never above the maximum"),
    core("config/rules-policy", "D35: feedback never above its maximum"),
    gateway("tools/call.gates", "what a caller learns (D35)"),
    process(
      "gates",
      "a remote caller learns the summary, on each door the same; who is named learns hashes and no value",
    ),
  ),
  D37: row(
    "Which comparator a type admits is checked when the policy is loaded, and more is opted into.",
    core(
      "gate/admitted",
      "the policy is held to the matrix, cell by cell",
      "without opting in",
      "each switch opens its own",
    ),
    core("gate/compile-condition", "every fault of a condition at once"),
  ),
  P19: row(
    "What is to be done before a landing is a tree of the policy, and the verdict lists each criterion.",
    validator(
      "gate/facts",
      "P19: each criterion stands in the attestation, and one whose file is gone holds, by name",
    ),
    integrator("git/policy", "no confirmation stands in for the evidence, and nobody is asked for one"),
    process(
      "gates-done",
      "the verdict holds and names it; put back, the next proposal is approved",
      "without CI's word it is not done, however good the reports are",
    ),
  ),
  G33: row(
    "Protected paths are computed from git's own list, and no flag of an order changes them.",
    validator("gate/facts", "G33: protected paths come from git's list"),
    validator("gate/facts", "%s in the order's file changes nothing"),
    integrator("git/policy.recomputed", "one does, whatever the validator's checks say"),
  ),
};
