// Encrypted lines of the log: AES-256-GCM over who did what, bound to the line's place, under a key that names itself.
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { z } from "zod";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";
import { canonical } from "../base/canonical.ts";
import { type AuditEntry, entrySchema } from "./entry.ts";
import { lineOf } from "./usual-line.ts";

/** A key of 256 bits. `kid` commits to it: GCM alone lets two keys open one ciphertext to two texts. */
export interface AuditKey {
  readonly kid: string;
  /** Not bytes: what is printed or logged by mistake shows nothing of it. */
  readonly secret: KeyObject;
}

export interface AuditKeys {
  /** New lines are encrypted under it; none: they are written as they are. */
  readonly current?: AuditKey | undefined;
  /** Older lines can still be read with these. */
  readonly others: readonly AuditKey[];
}

export const NO_KEYS: AuditKeys = { others: [] };

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
const KID_INFO = "countersign/audit/kid/v1";

/** The key written as 64 hexadecimal characters; undefined for any other text. */
export function auditKey(text: string): AuditKey | undefined {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) return undefined;
  const secret = createSecretKey(Buffer.from(text, "hex"));
  const kid = Buffer.from(hkdfSync("sha256", secret, "", KID_INFO, 16)).toString("hex");
  return { kid, secret };
}

export function isEmptyRing({ current, others }: AuditKeys): boolean {
  return current === undefined && others.length === 0;
}

const { shape } = entrySchema;
const innerSchema = z.strictObject({ actor: shape.actor, data: shape.data, event: shape.event });

/** What remains readable: the entry's place, its link and its time, so that the chain and its tree verify without a key. */
export const sealedSchema = z.strictObject({
  v: z.literal(1),
  shard: shape.shard,
  seq: shape.seq,
  ts: shape.ts,
  prev: shape.prev,
  kid: z.string().regex(/^[0-9a-f]{32}$/),
  n: z.string().refine((text) => fromBase64(text)?.length === NONCE_BYTES, "must be a nonce of 12 bytes"),
  c: z.string().refine((text) => (fromBase64(text)?.length ?? 0) > TAG_BYTES, "must be a text and its tag"),
});
export type SealedLine = z.infer<typeof sealedSchema>;

/**
 * The encrypted line of `entry`. `nonce`: 12 random bytes, never made of the number: after a backup was restored, numbers
 * come again, and a nonce that is used twice opens both texts. Throws like `auditLine`.
 */
export function sealLine(entry: AuditEntry, { kid, secret }: AuditKey, nonce: Uint8Array): string {
  if (nonce.length !== NONCE_BYTES) throw new RangeError("a nonce has 12 bytes");
  // For its checks: what cannot be written in the clear must not hide in a ciphertext.
  lineOf(entry);
  const { actor, data, event, ...place } = entry;
  const clear = { ...place, kid, n: toBase64(nonce) };
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(utf8(canonical(clear)));
  const text = cipher.update(canonical({ actor, data, event }), "utf8");
  const sealed = Buffer.concat([text, cipher.final(), cipher.getAuthTag()]);
  return canonical({ ...clear, c: toBase64(sealed) });
}

export type OpenedLine =
  | { readonly kind: "opened"; readonly entry: AuditEntry }
  /** No key of this name is at hand. */
  | { readonly kind: "locked" }
  /** Not what was encrypted under this key for this place. */
  | { readonly kind: "false" };

export function openLine(sealed: SealedLine, { current, others }: AuditKeys): OpenedLine {
  const key = [current, ...others].find((one) => one?.kid === sealed.kid);
  if (key === undefined) return { kind: "locked" };
  const inner = innerOf(sealed, key.secret);
  if (inner === undefined) return { kind: "false" };
  const { v, shard, seq, ts, prev } = sealed;
  return { kind: "opened", entry: { v, shard, seq, ts, ...inner, prev } };
}

function innerOf(sealed: SealedLine, secret: KeyObject): z.infer<typeof innerSchema> | undefined {
  const { c, ...clear } = sealed;
  const bytes = fromBase64(c) ?? new Uint8Array(0);
  const end = bytes.length - TAG_BYTES;
  try {
    const cipher = createDecipheriv(CIPHER, secret, fromBase64(sealed.n) ?? new Uint8Array(0), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(utf8(canonical(clear)));
    cipher.setAuthTag(bytes.subarray(end));
    const text = fromUtf8(Buffer.concat([cipher.update(bytes.subarray(0, end)), cipher.final()]));
    const inner = innerSchema.parse(JSON.parse(text ?? ""));
    // Whoever has the key may have encrypted anything: one entry has one form here, too.
    return canonical(inner) === text ? inner : undefined;
  } catch {
    return undefined;
  }
}
