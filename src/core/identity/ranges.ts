// Ranges of addresses as others publish them: JSON lists, the prefixes documents of the large services, plain lines.
import { z } from "zod";
import { printable } from "../base/refusal.ts";
import { MAX_CIDRS } from "./allowlist.ts";
import { parseRange, type Range } from "./address.ts";

export type Ranges =
  | { readonly ok: true; readonly ranges: readonly Range[] }
  | { readonly ok: false; readonly why: string };

/** `{"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, …]}`; other keys beside it are theirs. */
const publishedSchema = z.looseObject({
  prefixes: z.array(
    z.union([
      z.string(),
      z.looseObject({ ipv4Prefix: z.string() }).transform(({ ipv4Prefix }) => ipv4Prefix),
      z.looseObject({ ipv6Prefix: z.string() }).transform(({ ipv6Prefix }) => ipv6Prefix),
      z.looseObject({ ip_prefix: z.string() }).transform(({ ip_prefix }) => ip_prefix),
    ]),
  ),
});
const arraySchema = z.array(z.string());

/** All ranges of `text`, or why it is no list: one entry that cannot be read spoils the rest, an empty list too. */
export function readRanges(text: string): Ranges {
  const trimmed = text.trim();
  const words = /^[[{]/.test(trimmed) ? jsonWords(trimmed) : lineWords(trimmed);
  if (typeof words === "string") return { ok: false, why: words };
  return rangesOf(words);
}

export function rangesOf(words: readonly string[]): Ranges {
  if (words.length === 0) return { ok: false, why: "holds no address" };
  if (words.length > MAX_CIDRS) return { ok: false, why: `holds more than ${MAX_CIDRS} ranges` };
  const found = words.map(parseRange);
  const bad = found.indexOf(undefined);
  if (bad !== -1)
    return {
      ok: false,
      why: `entry ${bad + 1} is no address or range: ${printable((words[bad] ?? "").slice(0, 60))}`,
    };
  return { ok: true, ranges: found.filter((range) => range !== undefined) };
}

function jsonWords(text: string): readonly string[] | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "is not valid JSON";
  }
  if (Array.isArray(json))
    return arraySchema.safeParse(json).data ?? "is an array of other things than texts";
  // Its date is that of its own source. Taken as a source, it would be made fresh by copying it.
  if (typeof json === "object" && json !== null && Object.hasOwn(json, "fetched_at_epoch"))
    return "is a list that allowlist sync made; sync from its own source";
  return publishedSchema.safeParse(json).data?.prefixes ?? "has another form than an array or prefixes";
}

function lineWords(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#[^]*$/, "").trim())
    .filter((line) => line !== "");
}
