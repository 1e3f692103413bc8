// What the content guard did, counted out of the audit log: a counter in memory would begin anew with each start.
import type { AuditEntry } from "./entry.ts";

export interface GuardCounts {
  /** Proposals of trusted principals, which were not looked through. */
  readonly skipped: number;
  /** Calls that were refused because of it. */
  readonly blocked: number;
  /** Proposals that were taken with a flag, for a person. */
  readonly flagged: number;
}

export interface GuardCounter {
  add(entry: Pick<AuditEntry, "event" | "data">): void;
  counts(): GuardCounts;
}

export function openGuardCounts(): GuardCounter {
  const counts = { skipped: 0, blocked: 0, flagged: 0 };
  return {
    add({ event, data }) {
      if (event === "guard.bypass") counts.skipped++;
      if (event === "call.refused" && data["reason"] === "guard_flagged") counts.blocked++;
      if (event === "proposal.accepted" && data["guard"] === "flagged") counts.flagged++;
    },
    counts: () => ({ ...counts }),
  };
}
