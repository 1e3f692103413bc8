// Where a path really leads: links resolved as far as there is something, so that no link hides what lies behind it.
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";

/** Links resolved as far as there is something; the walls of a gateway hide the rest, and its supervisor has looked. */
export function realPlace(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPlace(parent), basename(path));
  }
}

/** Whether `path` is `folder` or lies below it; both are real places. */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !isAbsolute(inside) && inside !== ".." && !inside.startsWith("../");
}
