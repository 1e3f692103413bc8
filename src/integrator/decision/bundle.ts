// A decision as one file: the signed verdict, the order it is about and, if asked for, the record of its landing.
import { z } from "zod";
import { MAX_ENVELOPE_BYTES } from "../../core/attestation/envelope.ts";
import { fromUtf8, utf8 } from "../../core/base/bytes.ts";
import { canonical, parseCanonical } from "../../core/base/canonical.ts";
import { patchIdSchema } from "../../core/base/ids.ts";
import { MAX_ORDER_BYTES } from "../../core/proposal/order.ts";

const MAX_RECORD_BYTES = 2_097_152;
/** Texts inside JSON can take six times their length, where every character is escaped. */
export const MAX_BUNDLE_BYTES = 6 * (2 * MAX_ENVELOPE_BYTES + MAX_ORDER_BYTES + MAX_RECORD_BYTES);

/** Canonical JSON and a line feed: a byte that could be changed without a change of meaning could be changed unseen. */
const bundleSchema = z.strictObject({
  format: z.literal("countersign-decision/v1"),
  patch_id: patchIdSchema,
  /** Which key to ask the validator's operator for; it proves nothing by standing here. */
  keyid: z.string().max(100),
  /** The DSSE envelope, byte for byte. */
  verdict: z.string().max(2 * MAX_ENVELOPE_BYTES),
  /** The order, byte for byte. */
  order: z.string().max(MAX_ORDER_BYTES),
  /** The integrator's record of the landing, byte for byte; null where it was not exported. Nobody signed it. */
  landing: z.string().max(MAX_RECORD_BYTES).nullable(),
});
export type Bundle = z.infer<typeof bundleSchema>;

export function renderBundle(bundle: Bundle): Uint8Array {
  return utf8(`${canonical(bundleSchema.parse(bundle))}\n`);
}

/** Undefined when the bytes are not exactly what `renderBundle` makes of a bundle. */
export function parseBundle(bytes: Uint8Array): Bundle | undefined {
  const text = fromUtf8(bytes);
  if (text?.endsWith("\n") !== true) return undefined;
  const parsed = bundleSchema.safeParse(parseCanonical(utf8(text.slice(0, -1))));
  return parsed.success ? parsed.data : undefined;
}
