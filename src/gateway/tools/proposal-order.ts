// The order that an accepted proposal becomes, and the entry that records its acceptance.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
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
