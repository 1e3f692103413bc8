// A run of lines of one month, with what proves that they are all of them: no proof for each, whatever its length.
import { z } from "zod";

const hashText = z.string().length(44);

/** Canonical JSON; the lines lie beside it. */
export const sliceSchema = z.strictObject({
  /** Number of the first line. */
  from: z.int().min(0),
  /** Number behind the last line. */
  to: z.int().min(0),
  /** Roots of the complete subtrees over the `from` leaves before, largest first. */
  stack: z.array(hashText).max(53),
  /** From the tree of `to` leaves to the month's checkpoint. */
  proof: z.array(hashText).max(126),
});
export type Slice = z.infer<typeof sliceSchema>;
