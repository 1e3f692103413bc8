// An entry as it was appended, with its place in the whole log.
import type { AuditEntry } from "../../../core/audit/entry.ts";

export interface Appended {
  readonly entry: AuditEntry;
  /** Place in the whole log; rows that an entry vouches for name it. */
  readonly position: number;
}
