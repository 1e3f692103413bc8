// The order that an accepted proposal becomes, and the entry that records its acceptance.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
import type { Digest } from "../../core/base/digest.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import type { ComposedPatch } from "../../core/proposal/compose.ts";
import { type Order, orderSchema } from "../../core/proposal/order.ts";
import { note } from "./notes.ts";
import type { ProposalInput } from "./proposal-input.ts";
import type { Call } from "./tool.ts";

export interface OrderParts {
  readonly config: Config;
  readonly clock: Clock;
  /** A fresh random UUID. */
  readonly newId: () => string;
}

export function orderOf(
  parts: OrderParts,
  input: ProposalInput,
  composed: ComposedPatch,
  call: Call,
): Result<Order> {
  const now = parts.clock();
  const parsed = orderSchema.safeParse({
    version: 1,
    patch_id: parts.newId(),
    created: instant(now),
    expires: instant(now + parts.config.proposal.ttl_seconds * 1000),
    principal: call.principal,
    session: call.session,
    ...(call.correlation === undefined ? {} : { correlation: call.correlation }),
    base: input.base,
    title: input.title,
    rationale: input.rationale,
    change_type: input.change_type,
    risk_level: input.risk_level,
    patch: composed.patch,
    patch_sha256: composed.sha256,
    arguments_sha256: call.argumentsDigest,
    evidence: input.evidence ?? [],
    supersedes: input.supersedes ?? null,
  });
  if (parsed.success) return accept(parsed.data);
  const [issue] = parsed.error.issues;
  return refuse("input_invalid", issue?.message ?? "does not make an order", issue?.path.join("."));
}

/** Length of a list of paths in an entry; the digest of the patch covers them all. */
const MAX_LENGTH = 900;

/** What an auditor asks of a proposal beside who and when: in which roles, under which policy, about which files. */
export function proposalFacts(
  { files }: Pick<ComposedPatch, "files">,
  policy: Digest | undefined,
  { scope }: Pick<Call, "scope">,
): AuditData {
  const paths = [
    ...new Set(files.flatMap((file) => ("from" in file ? [file.from, file.path] : [file.path]))),
  ];
  return {
    roles: scope.roles.join(" "),
    policy: policy ?? null,
    files: paths.length,
    // Whole paths only: half a letter has no canonical form, and half a path is another one.
    paths: paths.slice(0, fitting(paths)).join(" "),
  };
}

/** How many of the first ones fit. */
function fitting(paths: readonly string[]): number {
  let length = 0;
  const beyond = paths.findIndex((path) => (length += path.length + 1) > MAX_LENGTH);
  return beyond === -1 ? paths.length : beyond;
}

/** `trace`: how the gate was decided, condition by condition, so that it can be explained afterwards. */
export function acceptedNote(order: Order, trace: AuditData, call: Call): AuditNote {
  const { patch_id, patch_sha256, base, change_type, risk_level, supersedes, expires } = order;
  const about = { patch_id, patch_sha256, base, change_type, risk_level, supersedes, expires };
  return note("proposal.accepted", call, {
    ...about,
    arguments_sha256: call.argumentsDigest,
    ...trace,
  });
}
