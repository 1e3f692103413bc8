// Public keys as the configuration writes them: read with the same checks as our own, so that a weak one pins nothing.
import { parsePublicKey, renderPublicKey, type TrustedKey } from "../attestation/key.ts";
import { fromBase64 } from "../base/bytes.ts";
import { CountersignError } from "../base/failure.ts";
import type { EvidenceKeyEntry } from "../config/schema-evidence.ts";
import type { EvidenceKey } from "./evidence.ts";

/**
 * The key behind base64 of its 32 bytes, or behind the base64 line of its PEM (SPKI, RFC 8410). Throws `key_unusable`
 * on anything else, and on points of small order, under which one signature fits many messages.
 */
export function pinnedKey({ name, key }: Pick<EvidenceKeyEntry, "name" | "key">): TrustedKey {
  const bytes = fromBase64(key);
  if (bytes === undefined) throw new CountersignError("key_unusable", `public key ${name} is not base64`);
  const pem =
    bytes.length === 32
      ? renderPublicKey(bytes)
      : `-----BEGIN PUBLIC KEY-----\n${key}\n-----END PUBLIC KEY-----\n`;
  return parsePublicKey(pem, name);
}

/** As `pinnedKey`, with what it may speak about and when. */
export function evidenceKey(entry: EvidenceKeyEntry): EvidenceKey {
  const { name, checks, expires, not_before: from, not_after: to } = entry;
  return {
    name,
    ...pinnedKey(entry),
    checks,
    ...(expires === undefined ? {} : { expires: Date.parse(expires) }),
    ...(from === undefined ? {} : { notBefore: Date.parse(from) }),
    ...(to === undefined ? {} : { notAfter: Date.parse(to) }),
  };
}

/** When the key proves nothing new any more, in milliseconds since 1970; infinite where nobody said when. */
export function endOfKey({ expires = Infinity, notAfter = Infinity }: EvidenceKey): number {
  return Math.min(expires, notAfter);
}
