// Evaluates a proposal as far as the gateway can: base, words, patch, limits, targets, policy; the validator does it all again.
import { incidentFault } from "../../core/audit/incident.ts";
import { utf8, utf8Length } from "../../core/base/bytes.ts";
import type { Matcher } from "../../core/base/glob.ts";
import { accept, type Refusal, refusal, refuse, type Result } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { holds, unless } from "../../core/gate/conditions.ts";
import { evaluate } from "../../core/gate/evaluate.ts";
import type { Guard } from "../../core/content/guard.ts";
import type { Condition, Gate } from "../../core/gate/decision.ts";
import {
  type ComposedPatch,
  composePatch,
  type PatchInput,
  type ReadServed,
} from "../../core/proposal/compose.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import { type FilePatch, namedPaths } from "../../core/proposal/diff-model.ts";
import { limitFaults } from "../../core/proposal/limits.ts";
import type { Protect } from "../../core/proposal/protect.ts";
import { canMove } from "../../core/proposal/state.ts";
import { targetFindings } from "../../core/proposal/targets.ts";
import { exceptionsOf } from "../../core/rules/exceptions.ts";
import type { SecretScanner } from "../../core/secrets/find.ts";
import type { IncidentReader } from "../../io/exchange/exchange.ts";
import type { Store } from "../../io/store/store.ts";
import type { Gates } from "../gates/gates.ts";
import { type Preview, previewVerdict } from "../gates/preview.ts";
import type { ServedFiles } from "../manifest/served.ts";
import type { Shelf, View } from "../manifest/shelf.ts";
import { viewOf } from "../manifest/view.ts";
import { mayUse, rightFault } from "./others.ts";
import { ownProposal } from "./patch-view.ts";
import { type Guarded, guarded } from "./proposal-guard.ts";
import type { ProposalInput } from "./proposal-input.ts";
import {
  aboutPatch,
  type Proposer,
  rule,
  ruleReading,
  ruleWithdrawal,
  type Ruled,
  type RuleParts,
  undispatched,
} from "./proposal-policy.ts";
import { envelopeFault, laneFault, patchSecretFault, secretFault, textFault } from "./proposal-words.ts";
import { startStopwatch, type Stopwatch } from "./stopwatch.ts";

const PROPOSAL_GATE: Gate = {
  id: "proposal",
  requires: [
    "incident",
    "base",
    "lane",
    "text",
    "secrets",
    "evidence",
    "supersedes",
    "patch",
    "guard",
    "limits",
    "targets",
    "dispatch",
  ],
};

export interface GateParts {
  readonly config: Config;
  readonly protect: Protect;
  readonly scanner: SecretScanner;
  readonly guard: Guard;
  readonly shelf: Shelf;
  readonly served: ServedFiles;
  readonly store: Pick<Store, "proposal">;
  readonly incidents: Pick<IncidentReader, "open">;
  readonly clock: Clock;
  readonly gates: Gates;
}

export interface Evaluated extends Ruled {
  readonly composed: ComposedPatch | undefined;
  /** What the gateway established of it. */
  readonly conditions: readonly Condition[];
  /** What the validator will reject: a protected path gets a signed verdict, not just our word. */
  readonly rejected: readonly Refusal[];
  /** What will ask for a person. */
  readonly manual: readonly Refusal[];
  /** How the content guard went; undefined where nothing was composed. */
  readonly guard?: Guarded["how"];
  /** How the verdict's gate looks from here; undefined where nothing is accepted anyway. */
  readonly preview: Preview | undefined;
  /** Milliseconds of composing. */
  readonly scanMillis: number;
}

/** What was not composed has nothing to tell. */
const NOTHING = { composed: undefined, rejected: [], manual: [], preview: undefined };

/** Every refusal of an edit, and which manifest is current, tells of what is served: the gates of reading come first. */
export async function evaluateProposal(
  parts: GateParts,
  input: ProposalInput,
  proposer: Proposer,
): Promise<Evaluated> {
  const watch = startStopwatch(parts.clock);
  const ruling = { gates: parts.gates, proposer, watch };
  const { held, trace } = await ruleReading(ruling);
  if (held !== undefined) return { ...held, ...NOTHING, conditions: [], scanMillis: watch.millis() };
  const evaluated = await evaluateOver(parts, input, ruling);
  return { ...evaluated, trace: { ...trace, ...evaluated.trace } };
}

async function evaluateOver(parts: GateParts, input: ProposalInput, ruling: RuleParts): Promise<Evaluated> {
  const { proposer, watch } = ruling;
  const base = await watch.aside(openBase(parts.shelf, input.base, proposer));
  const conditions: Condition[] = [
    unfrozen(parts),
    holds("base", base),
    unless("lane", laneFault(input, proposer, parts.config)),
    unless("text", textFault(input)),
    unless("evidence", envelopeFault(input)),
    unless("supersedes", await watch.aside(supersedesFault(parts, input, proposer))),
  ];
  const draft: Draft | undefined = base.ok
    ? { ...parts, input, base: base.value, sees: proposer.scope.sees, principal: proposer.principal, watch }
    : undefined;
  const composed = draft === undefined ? undefined : await compose(draft);
  conditions.push(unless("secrets", secretFault(input, parts.scanner) ?? secretIn(composed, parts)));
  if (composed !== undefined) conditions.push(holds("patch", composed));
  if (draft === undefined || composed?.ok !== true) {
    const ruled = await rule(ruling, PROPOSAL_GATE, conditions, undefined);
    return { ...ruled, ...NOTHING, conditions, scanMillis: watch.millis() };
  }
  const { refused, rejected, manual } = findings(draft, composed.value.files);
  const guard = await guarded(parts, input, composed.value.files, proposer, watch);
  conditions.push(
    unless("guard", parts.config.guard.result === "reject" ? guard.found[0] : undefined),
    unless("limits", sizeFault(composed.value, parts.config)),
    unless("targets", refused[0]),
    unless("dispatch", undispatched(parts.config, input, composed.value, proposer)),
  );
  const about = aboutPatch(input, proposer, composed.value);
  const ruled = await ruleWithdrawal(ruling, input, await rule(ruling, PROPOSAL_GATE, conditions, about));
  const preview = ruled.decision.allowed ? await watch.aside(previewVerdict(parts.gates, about)) : undefined;
  const lost = preview?.fault === undefined ? [] : [preview.fault];
  const told = { rejected, manual: [...manual, ...guard.found, ...lost], preview, guard: guard.how };
  const last = stillUnfrozen(parts, conditions, ruled);
  return { ...last, composed: composed.value, conditions, ...told, scanMillis: watch.millis() };
}

function unfrozen({ incidents }: GateParts): Condition {
  return unless("incident", incidentFault(incidents.open(), "changes"));
}

/** Composing and evidence take their time; nothing is waited for between this look and the store. */
function stillUnfrozen(parts: GateParts, conditions: readonly Condition[], ruled: Ruled): Ruled {
  const now = unfrozen(parts);
  if (!ruled.decision.allowed || now.state === "true") return ruled;
  const others = conditions.filter(({ id }) => id !== now.id);
  return { ...ruled, decision: evaluate(PROPOSAL_GATE, [now, ...others]), gate: undefined };
}

/** A proposal that is being put together, against what its proposer sees. */
interface Draft extends GateParts {
  readonly input: ProposalInput;
  readonly base: View;
  readonly sees: Matcher;
  readonly principal: string;
  readonly watch: Stopwatch;
}

function secretIn(
  composed: Result<ComposedPatch> | undefined,
  { scanner, config, clock }: GateParts,
): Refusal | undefined {
  return composed?.ok === true ? patchSecretFault(composed.value.files, scanner, config, clock()) : undefined;
}

/** The current manifest, if `base` is it; a base of the past is told apart from one that never was. */
async function openBase(
  shelf: Shelf,
  base: ProposalInput["base"],
  { scope }: Proposer,
): Promise<Result<View>> {
  // Somebody else's gateway may have shown the agent a manifest that this one has not looked at yet.
  if (shelf.current()?.digest !== base) await shelf.refresh();
  const open = shelf.open();
  if (!open.ok) return open;
  const current = open.value;
  if (current.digest === base) return accept(await viewOf(current, scope));
  if (await shelf.wasPublished(base))
    return refuse("base_stale", `the current manifest is ${current.digest}`, "base");
  return refuse("base_unknown", "no manifest of this digest was published here", "base");
}

async function compose(draft: Draft): Promise<Result<ComposedPatch>> {
  const { base, served, principal, config, watch } = draft;
  const { diff, edits } = draft.input;
  const early = diff === undefined ? undefined : diffFault(draft, diff);
  if (early !== undefined) return { ok: false, refusal: early };
  const input: PatchInput = diff === undefined ? { edits: edits ?? [] } : { diff };
  const read: ReadServed = async (path) => {
    const entry = base.byPath.get(path);
    const file = entry === undefined ? undefined : await watch.aside(served.read(principal, entry));
    if (file?.kind !== "found") return undefined;
    return { bytes: file.bytes, masks: file.redactions.map(({ rule }) => rule) };
  };
  return composePatch(input, base, read, config);
}

/**
 * Targets and limits of a diff as the agent wrote it, before it is applied to anything: the canonical form may be
 * smaller than what would have to be worked through.
 */
function diffFault(draft: Draft, diff: string): Refusal | undefined {
  const parsed = parseDiff(utf8(diff), draft.config.paths.max_depth);
  if (!parsed.ok) return parsed.refusal;
  const { refused } = findings(draft, parsed.value);
  return refused[0] ?? limitFaults(parsed.value, draft.config.proposal)[0];
}

interface Findings {
  /** Cannot become a patch at all; refused here. */
  readonly refused: readonly Refusal[];
  readonly rejected: readonly Refusal[];
  readonly manual: readonly Refusal[];
}

function findings({ config, protect, base, sees, clock }: Draft, files: readonly FilePatch[]): Findings {
  const found = targetFindings(files, {
    config,
    protect,
    sees,
    listed: (path) => base.byPath.has(path),
    existing: base.index(),
  });
  const blocking = found.blocking.map(({ refusal: said }) => said);
  // Advice only: the validator asks again, at its own time.
  const { left } = exceptionsOf(config.rules).sift(found.manual, new Set(namedPaths(files)), clock());
  return {
    refused: blocking.filter(({ code }) => code !== "path_blocked"),
    rejected: blocking.filter(({ code }) => code === "path_blocked"),
    manual: left.map(({ refusal: said }) => said),
  };
}

function sizeFault({ files, patch }: ComposedPatch, { proposal }: Config): Refusal | undefined {
  const bytes = utf8Length(patch);
  if (bytes > proposal.max_call_bytes)
    return refusal(
      "patch_too_large",
      `the patch takes ${bytes} bytes, ${proposal.max_call_bytes} are allowed`,
    );
  return limitFaults(files, proposal)[0];
}

/** Whoever supersedes a proposal withdraws it; how it ended is for patch-status to tell. */
async function supersedesFault(
  parts: GateParts,
  { supersedes }: ProposalInput,
  proposer: Proposer,
): Promise<Refusal | undefined> {
  if (supersedes === undefined) return undefined;
  const fault = rightFault(parts, "withdraw-patch", proposer);
  if (fault !== undefined) return fault;
  const earlier = ownProposal(parts.store, supersedes, proposer);
  if (!earlier.ok) return earlier.refusal;
  const { state } = earlier.value;
  // Whoever may not withdraw it is refused by that gate, behind everything else, whatever became of it: asking tells nothing.
  if (canMove(state, "superseded") || !(await mayUse(parts, "withdraw-patch", proposer))) return undefined;
  const end = (await mayUse(parts, "patch-status", proposer)) ? state : "in a final state";
  return refusal("patch_closed", `the patch to supersede is ${end}`, supersedes);
}
