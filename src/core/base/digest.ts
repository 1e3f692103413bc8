// SHA-256 digests as a branded type, so that a digest cannot be confused with any other text.
import { hash } from "node:crypto";
import { z } from "zod";

/** Lower-case hexadecimal SHA-256, 64 characters. */
export const digestSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be a lower-case SHA-256 digest (64 hexadecimal characters)")
  .brand<"Digest">();
export type Digest = z.infer<typeof digestSchema>;

/** SHA-256 of bytes, or of a text's UTF-8 bytes (FIPS 180-4). */
export function sha256(data: Uint8Array | string): Digest {
  return hash("sha256", data, "hex") as Digest;
}
