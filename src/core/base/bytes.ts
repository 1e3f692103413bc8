// Conversions between bytes, UTF-8 text and base64 that fail loudly instead of replacing what they cannot read.

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** UTF-8 bytes of `text`. A lone surrogate would silently become U+FFFD, so callers check `isWellFormed()` first. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Text of UTF-8 `bytes`, or undefined when they are not valid UTF-8. A byte-order mark is kept as a character. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Number of UTF-8 bytes that `text` takes. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Standard-alphabet base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/**
 * Bytes of standard base64, or undefined. Node's decoder skips what it does not know, so two different
 * texts could carry one payload; only the text that encodes back to itself is accepted.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** One character per byte: lets text routines work on bytes of any encoding without losing one. */
export function byteText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The bytes behind a `byteText`. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
