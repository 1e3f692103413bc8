// One audit entry: a line of canonical JSON whose hash links it to the line before.
import { z } from "zod";
import { utf8Length } from "../base/bytes.ts";
import { canonical } from "../base/canonical.ts";
import { type Digest, digestSchema, sha256 } from "../base/digest.ts";
import { correlationSchema } from "../base/ids.ts";
import { instantSchema } from "../base/time.ts";

export const auditEvents = [
  "shard.open",
  "shard.close",
  "audit.halt",
  "audit.recovered",
  "clock.backwards",
  "process.start",
  "process.stop",
  "config.changed",
  "config.refused",
  "access.refused",
  "access.suppressed",
  "budget.warning",
  "token.issued",
  "token.refreshed",
  "token.rotated",
  "token.revoked",
  "call.allowed",
  "call.refused",
  "guard.bypass",
  "proposal.accepted",
  "proposal.repeated",
  "proposal.dispatched",
  "proposal.closed",
  "proposal.quarantined",
  "verdict.received",
  "verdict.refused",
  "manifest.received",
  "manifest.refused",
  "landing.landed",
  "landing.passed",
  "landing.refused",
  "incident.opened",
  "incident.closed",
  "bundle.exported",
  "keys.rotated",
  "subject.known",
  "privacy.exported",
  "privacy.erased",
  "alert.raised",
  "alert.cleared",
] as const;
export type AuditEvent = (typeof auditEvents)[number];

const valueSchema = z.union([z.string().max(1000), z.int(), z.boolean(), z.null()]);

/** Who acted. Tokens never appear; a principal is a name such as `local:stdio`. */
const actorSchema = z.strictObject({
  principal: z.string().min(1).max(200),
  session: z.string().max(64).optional(),
  /** What proved the principal, such as `token:<id>`. */
  credential: z.string().max(80).optional(),
  /** The id that the client gave its request, to find it in the client's own logs. */
  correlation: correlationSchema.optional(),
});
export type Actor = z.infer<typeof actorSchema>;

export const entrySchema = z.strictObject({
  v: z.literal(1),
  /** Name of the log's part; entries of one shard are numbered from 0. */
  shard: z.string().regex(/^\d{4}-\d{2}$/),
  seq: z.int().min(0),
  ts: instantSchema,
  event: z.enum(auditEvents),
  actor: actorSchema,
  data: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/), valueSchema),
  /** Leaf hash of the entry before; 64 zeros for the very first one. */
  prev: digestSchema,
});
export type AuditEntry = z.infer<typeof entrySchema>;
export type AuditData = AuditEntry["data"];

/** What a caller says; the log adds seq, ts, shard and prev under its own lock. */
export interface AuditNote {
  readonly event: AuditEvent;
  readonly actor: Actor;
  readonly data: AuditData;
}

export const GENESIS = "0".repeat(64) as Digest;
/** Longest line that is written or read, in bytes. */
const MAX_LINE_BYTES = 65_536;

/** The exact line, without line feed. Throws when the entry leaves the canonical domain or is too long. */
export function auditLine(entry: AuditEntry): string {
  const line = canonical(entrySchema.parse(entry));
  if (utf8Length(line) > MAX_LINE_BYTES) throw new RangeError("audit entry is too long");
  return line;
}

/** RFC 6962 leaf hash, SHA-256(0x00 || line): one hash serves the chain now and the tree of the sealer later. */
export function leafHash(line: string): Digest {
  return sha256(`\0${line}`);
}
