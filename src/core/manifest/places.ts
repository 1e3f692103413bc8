// Which places of the repository are served, by their names alone: asked when publishing and of every new file.
import { foldedGlobs, type Matcher, operatorGlobs } from "../base/glob.ts";

/** Globs of `[publish]`. */
export interface Places {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Exclude beats include, and is read as widely as any file system would; include is taken letter by letter. */
export function servedPlaces({ include, exclude }: Places): Matcher {
  const [included, excluded] = [operatorGlobs(include), foldedGlobs(exclude)];
  return (path) => included(path) && !excluded(path);
}
