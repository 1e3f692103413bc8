// Carries landing records from the exchange into the audit log: once each, in the order in which they were made.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
import { traceData } from "../../core/audit/trace.ts";
import { canonical } from "../../core/base/canonical.ts";
import { sha256 } from "../../core/base/digest.ts";
import { printable } from "../../core/base/refusal.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Store } from "../store/store.ts";
import type { LandingReader } from "./exchange.ts";

export interface Carried {
  /** Records that are in the log now and were not before. */
  readonly landings: readonly Landing[];
  /** Records that cannot be read as such, with the reason; they stay where they are and are reported by the caller. */
  readonly damaged: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Append every landing record that the log does not hold yet. `seen` is the caller's memory between two rounds (a name
 * is added once it is settled, so a round costs one listing); it is only a shortcut, since the store itself carries
 * each attempt once, whoever brings it and how often. Throws `storage`.
 */
export async function carryLandings(
  landings: LandingReader,
  store: Pick<Store, "land">,
  seen: Set<string> = new Set(),
): Promise<Carried> {
  const found: Landing[] = [];
  const damaged: { name: string; why: string }[] = [];
  for (const name of await landings.list()) {
    if (seen.has(name)) continue;
    const record = await landings.read(name);
    if (record.kind === "absent") continue;
    // Records are created whole, so what is damaged now stays damaged: naming it once is enough.
    seen.add(name);
    if (record.kind === "found") found.push(record.value);
    else damaged.push({ name, why: record.why });
  }
  found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { landings: found.filter((landing) => store.land(landing, landingNote(landing))), damaged };
}

/** What the log says about an attempt to land. The person is a name that the integrator gave, not one that was proved. */
export function landingNote(landing: Landing): AuditNote {
  const { result } = landing;
  return {
    event: `landing.${result.kind}`,
    actor: { principal: `person:${printable(landing.person)}`.slice(0, 200) },
    data: {
      patch_id: landing.patch_id,
      attempt: landing.attempt,
      at: landing.at,
      confirmed: landing.confirmed,
      dry_run: landing.dry_run,
      patch_sha256: landing.patch_sha256,
      statement_sha256: landing.statement_sha256,
      ...(landing.decision === undefined ? {} : decisionData(landing.decision)),
      ...(result.kind === "landed"
        ? { branch: result.branch, commit: result.commit, tree: result.tree }
        : {}),
      ...(result.kind === "refused"
        ? { reason: result.refusal.code, where: result.refusal.where, ref: result.refusal.ref }
        : {}),
    },
  };
}

/** The conditions as an entry of a call tells them, and the digest of the whole record, which nobody signed. */
function decisionData(record: DecisionRecord): AuditData {
  return {
    policy_state: record.state,
    ...traceData(record.conditions),
    decision_sha256: sha256(canonical(record)),
  };
}
