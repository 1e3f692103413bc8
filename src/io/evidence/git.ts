// Provider git: what the evaluating process found out about base and result itself. It never runs git here.
import { CountersignError } from "../../core/base/failure.ts";
import { operatorGlobs } from "../../core/base/glob.ts";
import type { ConditionSpec } from "../../core/gate/condition.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { type Value, valueOf } from "../../core/gate/value.ts";
import { anchorOf, answered, failed, unasked } from "./answers.ts";
import type { ChangedPath, EvidenceProvider, GitFacts } from "./provider.ts";

type Answer = (facts: GitFacts, spec: ConditionSpec) => Value | undefined;

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
  touches: ({ changes }, spec) => {
    const matches = operatorGlobs(globsOf(spec));
    return changes.some(({ path }) => matches(path));
  },
};

/**
 * Checks as in core/gate/providers.ts. `facts` is asked once in the life of the provider. Errors: git_timeout and
 * git_too_large where git's own limits end it, git_unavailable where it fails otherwise or a fact is missing; git_globs for
 * a list that holds something else than globs.
 */
export function gitProvider(facts: () => Promise<GitFacts>): EvidenceProvider {
  let known: Promise<GitFacts> | undefined;
  return {
    async ask(spec) {
      const answer = Object.hasOwn(answers, spec.check) ? answers[spec.check] : undefined;
      if (answer === undefined) return unasked(spec);
      known ??= facts();
      let found: GitFacts;
      try {
        found = await known;
      } catch (error) {
        return failed(spec, codeOf(error), "the facts about base and result could not be had");
      }
      return told(spec, found, answer);
    },
  };
}

function codeOf(error: unknown): string {
  const code = error instanceof CountersignError ? error.code : undefined;
  if (code === "exec_timeout") return "git_timeout";
  return code === "exec_overflow" ? "git_too_large" : "git_unavailable";
}

function told(spec: ConditionSpec, facts: GitFacts, answer: Answer): Evidence {
  let value: Value | undefined;
  try {
    value = answer(facts, spec);
  } catch {
    return failed(spec, "git_globs", "globs holds something else than globs");
  }
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
