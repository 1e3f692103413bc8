// The seal on a bundle: the sealed log holds the digest of its list of members, and goes on from the log inside.
import { claimedCheckpoint, shardOf } from "../../core/audit/checkpoint.ts";
import type { AuditEntry } from "../../core/audit/entry.ts";
import { parseNote } from "../../core/audit/note.ts";
import { openProof, parseProof } from "../../core/audit/tlog-proof.ts";
import { contentOf } from "../audit/selection.ts";
import { type Bundle, listDigest } from "./file.ts";
import { hold, needed, Unproven } from "./parts.ts";
import { assertConsistent, type LogTerms, type SealedLog } from "./sealed-log.ts";

const WHERE = "seal";

/**
 * Whoever makes a list anew has no such entry. False when the entry is encrypted and its key is not here: then nobody can
 * tell which list was sealed.
 */
export function examineSeal({ list, seal }: Bundle, log: SealedLog, terms: LogTerms): boolean {
  const { line, index, shard } = provenLine(seal, log, terms);
  const content = contentOf(line, terms.keys);
  if (content === "locked") return false;
  const entry: AuditEntry | undefined = typeof content === "string" ? undefined : content;
  const { event, shard: month, seq, data } = needed(entry, WHERE, "its line is no entry");
  const said: Readonly<Record<string, unknown>> = { ...data, event, month, seq };
  const wanted = {
    event: "bundle.exported",
    month: shard,
    seq: index,
    journal_id: list.journal_id,
    patch_id: list.patch_id,
    incident_id: list.incident_id,
    bundle_sha256: listDigest(list),
  };
  for (const [name, value] of Object.entries(wanted))
    hold(said[name] === value, WHERE, `the sealed log holds another list of members: its ${name} differs`);
  return true;
}

interface Line {
  readonly line: string;
  readonly index: number;
  readonly shard: string;
}

function provenLine(seal: Bundle["seal"], log: SealedLog, { deployment, sealers }: LogTerms): Line {
  const note = needed(parseProof(seal.receipt)?.checkpoint, WHERE, "its receipt is no tlog-proof");
  const { origin } = log.newest;
  hold(
    claimedCheckpoint(note)?.origin === origin,
    WHERE,
    "its receipt is not of the log and month of the newest checkpoint",
  );
  // Signatures of keys that nobody pinned could be changed without being missed.
  hold(parseNote(note)?.signatures.length === 1, WHERE, "its checkpoint has more than one signature");
  const proven = openProof(seal.receipt, origin, sealers);
  if (!proven.ok) throw new Unproven(WHERE, proven.why);
  const shard = shardOf(origin, deployment) ?? "";
  assertConsistent(seal.consistency, { shard, older: log.newest, newer: proven.checkpoint }, WHERE);
  return { line: proven.line, index: proven.index, shard };
}
