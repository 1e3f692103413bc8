// Provider git: what the evaluating process found out about base and result itself. It never runs git here.
import { CountersignError } from "../../core/base/failure.ts";
import { foldedGlobs, type Matcher, operatorGlobs } from "../../core/base/glob.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { type Value, valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, unasked } from "./answers.ts";
import type { ChangedPath, EvidenceProvider, GitFacts } from "./provider.ts";

type Answer = (facts: GitFacts) => Value | undefined;

const sum = (changes: readonly ChangedPath[], of: "added" | "removed"): Value =>
  valueOf(changes.reduce((total, change) => total + change[of], 0));

const paths = (changes: readonly ChangedPath[], kind?: ChangedPath["kind"]): Value =>
  changes.filter((change) => kind === undefined || change.kind === kind).map(({ path }) => path);

const answers: Readonly<Record<string, Answer>> = {
  target_ref: ({ targetRef }) => targetRef,
  base_commit: ({ baseCommit }) => baseCommit,
  base_tree: ({ baseTree }) => baseTree,
  result_tree: ({ resultTree }) => resultTree,
  base_is_tip: ({ baseIsTip }) => baseIsTip,
  changed_paths: ({ changes }) => paths(changes),
  created_paths: ({ changes }) => paths(changes, "create"),
  deleted_paths: ({ changes }) => paths(changes, "delete"),
  changed_files: ({ changes }) => valueOf(changes.length),
  added_lines: ({ changes }) => sum(changes, "added"),
  removed_lines: ({ changes }) => sum(changes, "removed"),
};

/**
 * Checks as in core/gate/providers.ts. `facts` is asked once in the life of the provider. Errors: git_timeout and
 * git_too_large where git's own limits end it, git_unavailable where it fails otherwise or a fact is missing; git_globs for
 * a list that holds something else than globs, git_ambiguous where only another letter case or Unicode form of a path
 * matches.
 */
export function gitProvider(facts: () => Promise<GitFacts>): EvidenceProvider {
  let known: Promise<GitFacts> | undefined;
  return {
    async ask(spec) {
      const answer = Object.hasOwn(answers, spec.check) ? answers[spec.check] : undefined;
      if (answer === undefined && spec.check !== "touches") return unasked(spec);
      known ??= facts();
      let found: GitFacts;
      try {
        found = await known;
      } catch (error) {
        return failed(spec, codeOf(error), "the facts about base and result could not be had");
      }
      return answer === undefined ? touched(spec, found) : told(spec, found, answer(found));
    },
  };
}

function codeOf(error: unknown): string {
  const code = error instanceof CountersignError ? error.code : undefined;
  if (code === "exec_timeout") return "git_timeout";
  return code === "exec_overflow" ? "git_too_large" : "git_unavailable";
}

/**
 * A glob covers what it matches and all that lies under it. `src/API` is `src/api` on the systems of many who will check it
 * out and not on others, so that neither answer is true everywhere.
 */
function touched(spec: ConditionSpec, facts: GitFacts): Evidence {
  let covers: Matcher;
  let mayCover: Matcher;
  try {
    const globs = globsOf(spec);
    covers = operatorGlobs(globs);
    mayCover = foldedGlobs(globs);
  } catch {
    return failed(spec, "git_globs", "globs holds something else than globs");
  }
  const { changes } = facts;
  if (changes.some(({ path }) => withParents(path).some(covers))) return told(spec, facts, true);
  if (changes.some(({ path }) => mayCover(path)))
    return failed(spec, "git_ambiguous", "globs match a changed path only in another letter case or form");
  return told(spec, facts, false);
}

/** The path and every folder that it lies in. */
function withParents(path: string): readonly string[] {
  const names = path.split("/");
  return names.map((_name, at) => names.slice(0, at + 1).join("/"));
}

function told(spec: ConditionSpec, facts: GitFacts, value: Value | undefined): Evidence {
  if (value === undefined) return failed(spec, "git_unavailable", `there is no ${spec.check}`);
  const { baseCommit: commit, baseTree: tree, resultTree } = facts;
  const result = resultTree === undefined ? {} : { result_tree: resultTree };
  return answered(spec, value, anchorOf("git_tree", { commit, tree, ...result }));
}

function globsOf(spec: ConditionSpec): readonly string[] {
  const globs = spec.params["globs"];
  if (!Array.isArray(globs)) throw new TypeError("globs is no list");
  return globs.map((glob) => {
    if (typeof glob !== "string") throw new TypeError("a glob is a text");
    return glob;
  });
}
