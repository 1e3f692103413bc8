// What a condition is compared with, as TOML says it: text, integers, switches, lists and tables; never what TOML would round.
import { z } from "zod";
import type { Json } from "../base/canonical.ts";

/** Levels of lists and tables; deeper answers are nobody's. */
const MAX_DEPTH = 16;
const EXACT = "expected_json";

/** Fractions go through a float, and dates of TOML have no form in JSON: both are written another way. */
export const tomlValueSchema = z.unknown().transform((raw, context): Json => {
  const why = valueFault(raw, 0);
  if (why === undefined) return raw as Json;
  context.issues.push({ code: "custom", message: why, input: raw });
  return z.NEVER;
});

function valueFault(raw: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
  if (typeof raw === "string" || typeof raw === "boolean") return undefined;
  if (typeof raw === "number") {
    if (Number.isSafeInteger(raw) && !Object.is(raw, -0)) return undefined;
    return `holds a number that TOML does not keep exactly; write ${EXACT} = "…" instead`;
  }
  if (raw instanceof Date) return "holds a date of TOML; write it as text, in quotes";
  if (Array.isArray(raw)) return firstFault(raw, depth);
  if (typeof raw !== "object" || raw === null) return "is no value that JSON knows";
  if (Object.hasOwn(raw, "__proto__")) return "holds a key named __proto__";
  return firstFault(Object.values(raw), depth);
}

function firstFault(members: readonly unknown[], depth: number): string | undefined {
  for (const member of members) {
    const why = valueFault(member, depth + 1);
    if (why !== undefined) return why;
  }
  return undefined;
}
