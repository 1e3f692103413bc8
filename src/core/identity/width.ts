// How much of the internet a list of ranges holds. More than a few networks of one's own is let in only by a person's word.
import type { Range } from "./address.ts";

/** Shorter than this, a range is a whole provider: /16 for IPv4, /32 for IPv6. */
export function isWide({ family, prefix }: Range): boolean {
  return prefix < (family === 4 ? 16 : 32);
}

/** All ranges of a family together are at most as much as one of this length. */
const TOGETHER = { 4: 8, 6: 20 } as const;

const MAX_NAMED = 5;

/** Why a list holds too much for nobody to have said so; undefined when it does not. Linear in the list. */
export function widthFault(ranges: readonly Range[]): string | undefined {
  const wide = ranges.filter(isWide);
  if (wide.length > 0) {
    const named = wide.slice(0, MAX_NAMED).map(({ cidr }) => cidr);
    const more = wide.length > MAX_NAMED ? `, and ${wide.length - MAX_NAMED} more` : "";
    return `ranges shorter than /16 (IPv4) or /32 (IPv6): ${named.join(", ")}${more}`;
  }
  const each = new Map(ranges.map((range) => [range.cidr, range]));
  for (const family of [4, 6] as const) {
    let share = 0;
    for (const range of each.values()) if (range.family === family) share += 2 ** -range.prefix;
    if (share > 2 ** -TOGETHER[family])
      return `ranges of IPv${family} that together hold more than a /${TOGETHER[family]}`;
  }
  return undefined;
}
