// What an entry is about: the one patch, token or record by which it is found again without reading the whole log.
import type { AuditEntry } from "./entry.ts";

/** In the entry that vouches for a row of the store: SHA-256 of the row's body. Nobody but the store may write it. */
export const VOUCHER = "row_sha256";

const names = { token_id: "token", patch_id: "patch", journal_id: "record", incident_id: "record" } as const;
type Name = keyof typeof names;

/** Of an entry that vouches for a row, the row; of any other that names several, the one that is made of it. */
export const vouching: readonly Name[] = ["token_id", "patch_id"];
export const speaking: readonly Name[] = ["journal_id", "incident_id", "token_id", "patch_id"];

/** Agents make as many of these as they like; finding the entry that vouches must not take longer for it. */
export const passing: readonly AuditEntry["event"][] = ["call.allowed", "call.refused", "proposal.repeated"];

export function kindOf(name: Name): (typeof names)[Name] {
  return names[name];
}

/** `patch:<id>`, `token:<id>`, `record:<id>` (an incident or a journal record), or null. */
export function aboutOf({ event, data }: Pick<AuditEntry, "event" | "data">): string | null {
  const vouches = (data[VOUCHER] ?? null) !== null;
  if (!vouches && passing.includes(event)) return null;
  const name = (vouches ? vouching : speaking).find((one) => typeof data[one] === "string");
  return name === undefined ? null : `${names[name]}:${String(data[name])}`;
}
