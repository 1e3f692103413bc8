// Orders, landings, notes and a gate's yes, as tests need them: valid unless a test changes a field.
import type { AuditNote } from "../../src/core/audit/entry.ts";
import { type Digest, sha256 } from "../../src/core/base/digest.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import { type Instant, instant } from "../../src/core/base/time.ts";
import type { Allowed } from "../../src/core/gate/decision.ts";
import { evaluate } from "../../src/core/gate/evaluate.ts";
import { type Landing, landingSchema } from "../../src/core/proposal/landing.ts";
import { type Order, orderSchema } from "../../src/core/proposal/order.ts";

/** 2026-11-22T10:00:00.000Z */
export const NOON = Date.UTC(2026, 10, 22, 10);

export const patchId = (n: number): PatchId =>
  `${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000` as PatchId;
const attemptId = (n: number): string => `${n.toString(16).padStart(8, "0")}-1111-4111-8111-111111111111`;

export function order(n: number, changes: Partial<Order> = {}): Order {
  const patch = changes.patch ?? `--- a/f${n}\n+++ b/f${n}\n`;
  return orderSchema.parse({
    version: 1,
    patch_id: patchId(n),
    created: instant(NOON),
    expires: instant(NOON + 86_400_000),
    principal: "local:stdio",
    session: "session-1",
    base: sha256("base"),
    title: `Change ${n}`,
    rationale: "Because it is wrong as it stands.",
    change_type: "code_modification",
    risk_level: "low",
    patch,
    patch_sha256: sha256(patch),
    arguments_sha256: sha256(`arguments ${n}`),
    evidence: [],
    supersedes: null,
    ...changes,
  });
}

export function landing(n: number, attempt: number, changes: Partial<Landing> = {}): Landing {
  return landingSchema.parse({
    version: 1,
    attempt: attemptId(attempt),
    patch_id: patchId(n),
    at: instant(NOON + attempt),
    person: "Ada Person",
    confirmed: false,
    dry_run: false,
    patch_sha256: sha256("patch"),
    statement_sha256: null,
    result: {
      kind: "landed",
      branch: "refs/heads/countersign/patch-1",
      commit: "a".repeat(40),
      tree: "b".repeat(40),
    },
    ...changes,
  });
}

export function note(event: AuditNote["event"], data: AuditNote["data"] = {}): AuditNote {
  return { event, actor: { principal: "local:stdio", session: "session-1" }, data };
}

export function yes(): Allowed {
  const decision = evaluate({ id: "test", requires: ["asked"] }, [{ id: "asked", state: "true" }]);
  if (!decision.allowed) throw new Error("the gate is shut");
  return decision;
}

export const digestOf = (text: string): Digest => sha256(text);
export const at = (millis: number): Instant => instant(NOON + millis);
