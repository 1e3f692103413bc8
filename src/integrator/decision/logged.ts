// What the audit log says of an attempt to land, beside the record of it that lies in the exchange.
import type { AuditEntry } from "../../core/audit/entry.ts";
import { isPseudonym } from "../../core/audit/subject.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { landingNote } from "../../io/exchange/carry.ts";
import { isRepaired } from "../git/repair.ts";

export interface Logged {
  readonly seq: number;
  /** How the landing's gate came out; null where it was not asked, or nobody could tell. */
  readonly state: string | null;
  /** What the record says otherwise. */
  readonly differs: readonly string[];
}

/** A repaired record says nothing of these, so that it contradicts nothing. */
const UNPROVED = /^(?:person|confirmed|policy_state|trace(?:_\d+)?|decision_sha256)$/;

/** The store adds these to the entry, to vouch for its own row and to commit to what it took out; no record says them. */
const OF_THE_STORE: ReadonlySet<string> = new Set(["row_sha256", "pii"]);

/** `entry`: the log's first of this attempt. Later versions may note more: what the entry says has to be in the record. */
export function loggedOf(landing: Landing, entry: AuditEntry): Logged {
  const { event, actor, data } = landingNote(landing);
  const said = Object.keys(entry.data).filter((name) => !OF_THE_STORE.has(name));
  const differs = [...new Set([...said, "decision_sha256"])].filter(
    (name) => (entry.data[name] ?? null) !== (data[name] ?? null),
  );
  if (entry.event !== event) differs.push("event");
  // Of who was erased nobody can tell any more, and the record must not be taken for a forged one.
  if (entry.actor.principal !== actor.principal && !isPseudonym(entry.actor.principal))
    differs.push("person");
  const state = entry.data["policy_state"];
  return {
    seq: entry.seq,
    state: typeof state === "string" ? state : null,
    differs: differs.filter((name) => !isRepaired(landing) || !UNPROVED.test(name)).toSorted(),
  };
}
