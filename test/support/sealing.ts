// A sealed log without gateway and sealer: a few entries, a checkpoint over them by a throw-away key, and the receipt of one.
import * as ed from "@noble/ed25519";
import { hash } from "node:crypto";
import { type Checkpoint, checkpointText, originOf } from "../../src/core/audit/checkpoint.ts";
import { type AuditData, type AuditEvent, auditLine, GENESIS, leafHash } from "../../src/core/audit/entry.ts";
import { noteKey, renderNote } from "../../src/core/audit/note.ts";
import { renderProof } from "../../src/core/audit/tlog-proof.ts";
import { inclusionProof, rangesOver } from "../../src/core/audit/tree.ts";
import { utf8 } from "../../src/core/base/bytes.ts";
import { instant } from "../../src/core/base/time.ts";

ed.hashes.sha512 = (message) => Uint8Array.from(hash("sha512", message, "buffer"));

export interface SealingKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A checkpoint as the sealer signs it; `name` is another key name than the origin. */
export function signedCheckpoint(
  checkpoint: Checkpoint,
  key: SealingKey,
  name = checkpoint.origin,
): Uint8Array {
  const text = checkpointText(checkpoint);
  const { id } = noteKey(name, key.publicKey);
  return renderNote({ text, signatures: [{ name, id, signature: ed.sign(utf8(text), key.secret) }] });
}

export interface SealedEntry {
  readonly event: AuditEvent;
  readonly data: AuditData;
}

export interface SealOptions {
  readonly deployment: string;
  readonly key: SealingKey;
  readonly shard?: string;
  /** The shard that the line itself names. */
  readonly lineShard?: string;
  /** Number of the entry in its shard. */
  readonly index?: number;
  /** The number that the line itself names. */
  readonly seq?: number;
  readonly now?: number;
  /** What becomes of the entry's line before it is hashed. */
  readonly line?: (line: string) => string;
}

/** The receipt of one entry among a few others of its shard. */
export function receiptOf(entry: SealedEntry, options: SealOptions): Uint8Array {
  const { deployment, key, shard = "2026-11", index = 2, now = Date.UTC(2026, 10, 22) } = options;
  const { lineShard = shard, seq = index, line: made = (line) => line } = options;
  const lines: string[] = [];
  for (let at = 0; at < index + 3; at++) {
    const prev = at === 0 ? GENESIS : leafHash(lines[at - 1] ?? "");
    const other: SealedEntry = { event: at === 0 ? "shard.open" : "process.start", data: {} };
    const said = at === index ? entry : other;
    const place = at === index ? { shard: lineShard, seq } : { shard, seq: at };
    const line = auditLine({
      v: 1,
      ...place,
      ts: instant(now),
      ...said,
      actor: { principal: "gateway" },
      prev,
    });
    lines.push(at === index ? made(line) : line);
  }
  const leaves = lines.map(leafHash);
  const range = rangesOver((at) => leaves[at]!);
  const size = leaves.length;
  const checkpoint = signedCheckpoint(
    { origin: originOf(deployment, shard), size, root: range(0, size) },
    key,
  );
  return renderProof({ line: lines[index]!, index, path: inclusionProof(range, index, size), checkpoint });
}
