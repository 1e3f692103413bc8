// propose-patch: turns an agent's edits or diff into one canonical patch and hands it in; nothing is applied anywhere.
import type { AuditNote } from "../../core/audit/entry.ts";
import { z } from "zod";
import { type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { accept, refuse } from "../../core/base/refusal.ts";
import type { Allowed } from "../../core/gate/decision.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { Order } from "../../core/proposal/order.ts";
import { states } from "../../core/proposal/state.ts";
import type { OrderWriter } from "../../io/exchange/exchange.ts";
import type { Store, StoredProposal } from "../../io/store/store.ts";
import { writeClosure } from "../legs/dispatch.ts";
import type { GateView } from "../gates/view.ts";
import { mayUse, type OtherParts } from "./others.ts";
import { note } from "./notes.ts";
import { patchView, type PatchView, type StatusParts, statusView } from "./patch-view.ts";
import { evaluateProposal, type Evaluated, type GateParts } from "./proposal-gate.ts";
import { proposalInput, type ProposalInput } from "./proposal-input.ts";
import type { Ruled } from "./proposal-policy.ts";
import { repeatedNote, repeatOf, ruleRepeat } from "./proposal-repeat.ts";
import { refusalView } from "./pieces.ts";
import { type Call, type Ran, type Tool, tool } from "./tool.ts";
import { acceptedNote, type OrderParts, orderOf, proposalFacts } from "./proposal-order.ts";
import { awaitVerdict, type Waiting } from "./waiting.ts";

export interface ProposeParts extends GateParts, Waiting, OrderParts, StatusParts {
  readonly store: Pick<Store, "proposal" | "proposalByKey" | "submit" | "record">;
  readonly orders: Pick<OrderWriter, "close">;
  /** In force when an answer leaves, which may be another configuration than the one that the call came in under. */
  readonly inForce: () => OtherParts;
  /** The proposal moved: tell who waits for it, and start the hand-over at once. */
  readonly kick: (id: PatchId) => void;
}

const fileView = z.strictObject({
  path: z.string(),
  change: z.enum(["create", "modify", "delete", "rename", "copy"]),
  added: z.int(),
  removed: z.int(),
});

const output = z.strictObject({
  ...patchView.partial().required({ patch_sha256: true, base: true, reasons: true, next: true }).shape,
  patch_id: patchIdSchema.nullable().describe("Null for a dry run."),
  state: z
    .enum(states)
    .nullable()
    .describe("Null for a dry run, and while patch-status is not for you, or its gate holds."),
  stored: z.boolean().describe("False for a dry run."),
  repeated: z.boolean().describe("True when the idempotency key named this earlier proposal."),
  expect: z
    .enum(["validation", "manual_required", "rejected"])
    .describe(
      "manual_required: a person will have to confirm, or a condition of the verdict's gate cannot be met; rejected: a path is protected for good.",
    ),
  advice: z.array(refusalView).describe("Why the patch will be rejected, or needs a person."),
  files: z.array(fileView).describe("What the patch changes, as lines added and removed."),
});
type Output = z.input<typeof output>;

export function proposePatchTool(parts: ProposeParts): Tool {
  return tool({
    name: "propose-patch",
    title: "Propose a patch",
    description:
      "Proposes a change to files of the manifest. Nothing is applied: a separate process checks and signs the patch, and a " +
      "person decides. Use edits (exact, unique old_text) or a git-format diff. Try dry_run first; wait_seconds returns the verdict.",
    effect: "write",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    input: proposalInput(parts.config),
    output,
    subject: ({ base, dry_run = false }) => ({ base, dry_run }),
    run: async (input, call) => propose(parts, input, call),
  });
}

interface Proposal {
  readonly output: Output;
  readonly audit: Record<string, never>;
}
type Proposed = Ran<Proposal>;

/** Composing is paid for by whoever asked for it, whatever came of it; waiting for the verdict is not work of ours. */
async function propose(parts: ProposeParts, input: ProposalInput, call: Call): Promise<Proposed> {
  const evaluated = await evaluateProposal(parts, input, call);
  const { scanMillis } = evaluated;
  const proposed = await decide(parts, input, call, evaluated);
  return proposed.ok ? accept({ ...proposed.value, scanMillis }) : { ...proposed, scanMillis };
}

async function decide(
  parts: ProposeParts,
  input: ProposalInput,
  call: Call,
  evaluated: Evaluated,
): Promise<Proposed> {
  const { decision, composed } = evaluated;
  if (!decision.allowed || composed === undefined) {
    // A repeated call must find its proposal also when the repository has moved on in between.
    const earlier = repeatOf(parts, input, decision, call);
    if (earlier === undefined) return heldBy(evaluated);
    const again = await ruleRepeat(parts, input, evaluated, earlier, call);
    return again.decision.allowed ? repeat(parts, earlier, again, input, call) : heldBy(again);
  }
  if (input.dry_run === true) {
    const { base } = input;
    const gate = foreseen(parts, evaluated, call);
    const view = { base, patch_sha256: composed.sha256, ...(gate === undefined ? {} : { gate }) };
    return accept({ output: describe(evaluated, view, false), audit: {} });
  }
  const order = orderOf(parts, input, composed, call);
  if (!order.ok) return order;
  return submit(parts, decision, order.value, evaluated, input, call);
}

function heldBy({ decision, gate, trace }: Ruled): Proposed {
  if (decision.allowed) return refuse("gate_held", "nothing was composed");
  return { ok: false, refusal: decision.refusal, gate, audit: trace };
}

/** A repeated call stores nothing; how it was judged is recorded before anything is told. */
async function repeat(
  parts: ProposeParts,
  earlier: StoredProposal,
  ruled: Ruled,
  input: ProposalInput,
  call: Call,
  evaluated?: Evaluated,
): Promise<Proposed> {
  parts.store.record(repeatedNote(earlier, ruled, call));
  return accept({ output: await stored(parts, earlier, input, call, true, evaluated), audit: {} });
}

async function submit(
  parts: ProposeParts,
  allowed: Allowed,
  order: Order,
  evaluated: Evaluated,
  input: ProposalInput,
  call: Call,
): Promise<Proposed> {
  const { maxPending, perHour } = call.scope.limits;
  const policy = parts.shelf.current()?.manifest.policy;
  const { composed } = evaluated;
  const facts = composed === undefined ? {} : proposalFacts(composed, policy, call);
  const result = parts.store.submit(allowed, {
    order,
    idempotencyKey: input.idempotency_key ?? null,
    limits: { maxPending, perHour },
    note: acceptedNote(order, { ...facts, ...withGuard(evaluated) }, call),
    beside: evaluated.guard === "bypassed" ? bypassNote(order, call) : undefined,
  });
  if (result.kind === "refused") return { ok: false, refusal: result.refusal, recorded: true };
  if (result.kind === "repeated") return repeat(parts, result.proposal, evaluated, input, call, evaluated);
  parts.kick(order.patch_id);
  const proposal = parts.store.proposal(order.patch_id);
  if (proposal === undefined)
    return refuse("internal", "the proposal was accepted and cannot be read", order.patch_id);
  return accept({ output: await stored(parts, proposal, input, call, false, evaluated), audit: {} });
}

/** In one transaction with the order: no crash leaves a proposal that skipped the guard without a word about it. */
function bypassNote({ patch_id }: Order, call: Call): AuditNote {
  const { address } = call;
  return note("guard.bypass", call, { patch_id, ...(address === undefined ? {} : { address }) });
}

/** `guard` in the entry: flagged or bypassed; an entry without it was clean. */
function withGuard({ trace, guard }: Evaluated): Evaluated["trace"] {
  return guard === "flagged" || guard === "bypassed" ? { ...trace, guard } : trace;
}

async function stored(
  parts: ProposeParts,
  proposal: StoredProposal,
  input: ProposalInput,
  call: Call,
  repeated: boolean,
  evaluated?: Evaluated,
): Promise<Output> {
  const { supersedes } = proposal.order;
  const replaced = supersedes === null ? undefined : parts.store.proposal(supersedes);
  // Before any answer, and again when the call is repeated: the first one may have died before the note.
  if (replaced !== undefined) await writeClosure(parts.orders, replaced);
  const follows = (): Promise<boolean> => mayFollow(parts, call);
  const latest = await awaitVerdict(parts, proposal, input.wait_seconds ?? 0, call, follows);
  if (latest === undefined) return describe(evaluated, unfollowed(proposal), repeated);
  const view = await statusView({ ...parts, gates: parts.inForce().gates }, call, latest);
  return describe(evaluated, view, repeated);
}

/**
 * What patch-status would tell this caller of a verdict: no other tool tells more. A call that waits can outlive its
 * credential, and the configuration that it came in under.
 */
async function mayFollow({ inForce }: ProposeParts, call: Call): Promise<boolean> {
  const valid = await Promise.resolve()
    .then(() => call.stillValid?.() ?? true)
    .catch(() => false);
  return valid && mayUse(inForce(), "patch-status", call);
}

/** That it was taken, and its name: the rest is for patch-status to tell. */
function unfollowed({
  order: { patch_id, base, patch_sha256 },
}: StoredProposal): Parameters<typeof describe>[1] {
  const next = "Nothing: it was taken, and patch-status does not let you see now what becomes of it.";
  return { patch_id, base, patch_sha256, next };
}

/** How the verdict's gate looks from here, as far as the caller may know. */
function foreseen({ gates }: ProposeParts, { preview }: Evaluated, call: Call): GateView | undefined {
  return preview === undefined ? undefined : gates.view(preview.record, call);
}

function describe(
  evaluated: Evaluated | undefined,
  view: Partial<PatchView> & Pick<PatchView, "base" | "patch_sha256">,
  repeated: boolean,
): Output {
  const { rejected = [], manual = [] } = evaluated ?? {};
  return {
    ...view,
    reasons: view.reasons ?? [],
    patch_id: view.patch_id ?? null,
    state: view.state ?? null,
    stored: view.patch_id !== undefined,
    repeated,
    expect: rejected.length > 0 ? "rejected" : manual.length > 0 ? "manual_required" : "validation",
    advice: [...rejected, ...manual],
    files: evaluated?.composed?.files.map(countOf) ?? [],
    next: view.next ?? "Send it without dry_run to propose it.",
  };
}

function countOf({ path, kind, hunks }: FilePatch): z.infer<typeof fileView> {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    path,
    change: kind,
    added: lines.filter((line) => line.kind === "+").length,
    removed: lines.filter((line) => line.kind === "-").length,
  };
}
