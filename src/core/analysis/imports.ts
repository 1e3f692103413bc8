// Which modules added code may import: names of the configuration against names in the code.
import { compileExpression } from "../base/expression.ts";

export type ImportJudge = (module: string) => "allowed" | "denied" | "unlisted";

/**
 * A name covers what lies under it: `os` is `os.path`, too, and `lodash` is `lodash/fp`. What a file imports from its own
 * project by a relative path is always allowed, unless it is denied. A module that is named by an expression is `?`.
 */
export function importJudge({
  allowed_imports: allowed,
  denied_imports: denied,
}: {
  readonly allowed_imports: readonly string[];
  readonly denied_imports: readonly string[];
}): ImportJudge {
  const [isAllowed, isDenied] = [listed(allowed), listed(denied)];
  return (module) => {
    const name = module.replace(/^node:/, "");
    if (isDenied(name)) return "denied";
    return name.startsWith(".") || isAllowed(name) ? "allowed" : "unlisted";
  };
}

function listed(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => false;
  if (patterns.includes("*")) return () => true;
  const sources = patterns.map((pattern) =>
    pattern
      .replace(/^node:/, "")
      .replaceAll(/[\\^$.|+()[\]{}?]/g, String.raw`\$&`)
      .replaceAll("*", ".*"),
  );
  const { program } = compileExpression(`(?s)(?:${sources.join("|")})(?:[./].*)?`);
  return (name) => program.matches(name);
}
