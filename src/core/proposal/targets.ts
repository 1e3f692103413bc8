// What a patch may touch: kinds of files, listed files, places for new ones, name collisions and protected paths.
import { type Matcher, operatorGlobs } from "../base/glob.ts";
import { foldName } from "../base/path.ts";
import { reasons } from "../base/reason.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import type { Config } from "../config/schema.ts";
import { isKind } from "../manifest/kinds.ts";
import { servedPlaces } from "../manifest/places.ts";
import { exceptionFix } from "../rules/exceptions.ts";
import type { FilePatch } from "./diff-model.ts";
import type { TargetFinding, TargetFindings } from "./finding.ts";
import type { Protect } from "./protect.ts";
import { treatmentFindings } from "./treatment.ts";

export type { TargetFinding, TargetFindings } from "./finding.ts";

/** Known paths, and every path and folder under the spelling in which names collide. Built once for a tree. */
export interface PathIndex {
  readonly paths: Pick<ReadonlySet<string>, "has">;
  /** All spellings that exist of a folded name: a tree may hold `a.md` and `A.md` already. */
  readonly folded: Pick<ReadonlyMap<string, readonly string[]>, "get">;
}

export function pathIndex(paths: Iterable<string>): PathIndex & { readonly paths: ReadonlySet<string> } {
  const all = new Set(paths);
  const parts = new Set([...all].flatMap(prefixes));
  const folded = Map.groupBy(parts, foldName);
  return { paths: all, folded };
}

export interface TargetContext {
  readonly config: Config;
  readonly protect: Protect;
  /** True for paths in the manifest the proposal was made against. */
  readonly listed: (path: string) => boolean;
  /** Every path of the base that is known here: the manifest's at the gateway, the whole tree's at the validator. */
  readonly existing: PathIndex;
  /** Places that the proposer may write to at all; without it, every place. */
  readonly sees?: Matcher | undefined;
}

export function targetFindings(files: readonly FilePatch[], context: TargetContext): TargetFindings {
  const gone = new Set<string>(files.flatMap(leaving));
  const mayCreate = creatable(context);
  const isServed = servedPlaces(context.config.publish);
  const protections = files.flatMap(namedBy).flatMap((name) => protection(name, context.protect));
  const treatments = treatmentFindings(files, context.config.patch);
  const blocking = [
    ...protections.filter((found) => found.refusal.code === "path_blocked"),
    ...files.flatMap((file) => [...kindFindings(file, context), ...sourceFindings(file, context)]),
    ...files.filter(isArriving).flatMap((file) => arrivalFindings(file, context.existing, gone, mayCreate)),
    ...newCollisions(files),
    ...treatments.blocking,
  ];
  const manual = [
    ...protections.filter((found) => found.refusal.code !== "path_blocked"),
    ...treatments.manual,
    ...files.filter(isArriving).flatMap((file) => unpublished(file, isServed)),
  ];
  return { blocking, manual };
}

/** A place that the proposer does not see is answered like one where nobody may create, whatever is there. */
function creatable({ config, sees = () => true }: TargetContext): Matcher {
  const places = operatorGlobs(config.proposal.create);
  return (path) => places(path) && sees(path);
}

function namedBy(file: FilePatch): readonly string[] {
  return "from" in file ? [file.from, file.path] : [file.path];
}

/** Paths that no longer exist afterwards, so that a case-only rename is not taken for a collision. */
function leaving(file: FilePatch): readonly string[] {
  return file.kind === "delete" ? [file.path] : file.kind === "rename" ? [file.from] : [];
}

function isArriving(file: FilePatch): boolean {
  return file.kind === "create" || file.kind === "rename" || file.kind === "copy";
}

function kindFindings(file: FilePatch, context: TargetContext): readonly TargetFinding[] {
  const wrong = namedBy(file).filter((name) => !isKind(name, context.config.proposal));
  return wrong.map((name) => ({
    rule: "kind",
    refusal: refusal("target_kind", "this kind of file may not be proposed", name),
  }));
}

function sourceFindings(file: FilePatch, context: TargetContext): readonly TargetFinding[] {
  const source = file.kind === "create" ? undefined : "from" in file ? file.from : file.path;
  if (source === undefined || context.listed(source)) return [];
  return [{ rule: "listed", refusal: refusal("target_missing", "the file is not in the manifest", source) }];
}

function arrivalFindings(
  file: FilePatch,
  existing: PathIndex,
  gone: ReadonlySet<string>,
  mayCreate: Matcher,
): readonly TargetFinding[] {
  const clash = collision(file.path, existing, gone);
  const found: TargetFinding[] = clash === undefined ? [] : [{ rule: "collision", refusal: clash }];
  if (mayCreate(file.path)) return found;
  return [
    ...found,
    { rule: "create", refusal: refusal("target_create", "no new files are allowed here", file.path) },
  ];
}

/** A file put where agents see nothing is written blindly, beside files that the operator keeps from them. */
function unpublished({ path }: FilePatch, isServed: Matcher): readonly TargetFinding[] {
  if (isServed(path)) return [];
  return [
    { rule: "unpublished", refusal: refusal("path_protected", "agents see nothing of this place", path) },
  ];
}

function protection(path: string, protect: Protect): readonly TargetFinding[] {
  const first = protect(path);
  if (first === undefined) return [];
  const { others, ...strictest } = first;
  // Nothing is added to a blocked path: no exception reaches it.
  const hits = strictest.code === "path_blocked" ? [strictest] : [strictest, ...others];
  return hits.map(({ code, rule, why }) => {
    const fix = code === "path_blocked" ? "" : ` ${exceptionFix(rule, path)}`;
    return {
      rule,
      refusal: refusal(code, `${why} (rule ${rule})`, path, `${reasons[code].fix}${fix}`),
    };
  });
}

/**
 * A new path must not be an existing file, nor lie under one, nor be a folder; and no part of it may differ from an
 * existing name in case only: on a Mac `Docs/x` is `docs/x`, and an allow-list for one would let the other through.
 */
function collision(path: string, existing: PathIndex, gone: ReadonlySet<string>): Refusal | undefined {
  if (existing.paths.has(path) && !gone.has(path)) return refusal("target_exists", "the file exists", path);
  for (const part of prefixes(path)) {
    const known = existing.folded.get(foldName(part));
    if (known === undefined) return undefined;
    const twin = known.find((other) => other !== part && !gone.has(other));
    if (twin !== undefined) return refusal("target_case", `differs only in case from ${twin}`, path);
    if (part !== path && existing.paths.has(part))
      return refusal("target_exists", `${part} is a file, not a folder`, path);
    if (part === path && known.includes(part) && !existing.paths.has(part))
      return refusal("target_exists", "a folder has this name", path);
  }
  return undefined;
}

/** Collisions among the new paths themselves. */
function newCollisions(files: readonly FilePatch[]): readonly TargetFinding[] {
  const seen = new Map<string, string>();
  const arriving = files.filter(isArriving);
  const places = new Set(arriving.map((file) => foldName(file.path)));
  return arriving.flatMap((file): readonly TargetFinding[] => {
    const parts = prefixes(file.path);
    const clash = parts.find((part) => (seen.get(foldName(part)) ?? part) !== part);
    for (const part of parts) seen.set(foldName(part), part);
    const clashes = (code: "target_case" | "target_exists", message: string): readonly TargetFinding[] => [
      { rule: "collision", refusal: refusal(code, message, file.path) },
    ];
    if (clash !== undefined) return clashes("target_case", "differs only in case from another new path");
    const under = parts.slice(0, -1).some((part) => places.has(foldName(part)));
    return under ? clashes("target_exists", "lies under another new file") : [];
  });
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
export function prefixes(path: string): readonly string[] {
  const names = path.split("/");
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}
