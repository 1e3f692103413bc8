// From what a person types to one patch: the whole id, or a beginning of it that only one patch has.
import { CountersignError } from "../../core/base/failure.ts";
import { type PatchId, patchIdSchema } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Context } from "../context.ts";
import { landedRefs } from "../git/landed.ts";

const MIN_PREFIX = 8;
/** Ids that are named when a beginning is not enough. */
const SHOWN = 5;

/**
 * Every id that a beginning could mean here. Verdicts count although their orders may be gone: whoever owns the orders
 * can hide one and bring it back, and would choose so which of two patches a short id means.
 */
export async function knownIds({ exchange, git, open }: Context): Promise<readonly PatchId[]> {
  return [
    ...(await exchange.orders.list()),
    ...(await exchange.verdicts.list()),
    ...(await landedRefs(git, open)).keys(),
  ];
}

/**
 * The one id of `ids` that is or begins with `typed` (8 characters or more, or the landing branch's name). A whole id
 * is taken as it is, known or not: the commands say what is wrong with it. Throws `usage`.
 */
export function resolveId(typed: string, ids: Iterable<PatchId>): PatchId {
  const word = typed
    .trim()
    .toLowerCase()
    .replace(/^(?:refs\/heads\/)?countersign\/patch-/, "");
  const whole = patchIdSchema.safeParse(word);
  if (whole.success) return whole.data;
  const fix = "countersign list shows the ids; 8 characters are enough when they are unique.";
  if (word.length < MIN_PREFIX || !/^[0-9a-f-]+$/.test(word)) {
    throw new CountersignError(
      "usage",
      `"${printable(typed)}" is not a patch id or the first 8 characters of one`,
      { fix },
    );
  }
  const matches = [...new Set(ids)].filter((id) => id.startsWith(word));
  const [only] = matches;
  if (only === undefined) throw new CountersignError("usage", `no patch begins with ${word}`, { fix });
  if (matches.length > 1)
    throw new CountersignError("usage", `${matches.length} patches begin with ${word}`, {
      fix: `Give the whole id: ${matches.slice(0, SHOWN).join(", ")}.`,
    });
  return only;
}
