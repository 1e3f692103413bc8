// Which modules added code may import: names of the configuration against names in the code.
import { compileExpression } from "../base/expression.ts";

export type ImportJudge = (module: string) => "allowed" | "denied" | "unlisted" | "unnamed";

/**
 * A name covers what lies under it: `os` is `os.path`, too, and `lodash` is `lodash/fp`. What a file imports from its own
 * project by a relative path is always allowed, unless it is denied. A module that is named by an expression is `?`, and
 * unnamed: where a list says anything, nobody can tell whether it is on it.
 */
export function importJudge({
  allowed_imports: allowed,
  denied_imports: denied,
}: {
  readonly allowed_imports: readonly string[];
  readonly denied_imports: readonly string[];
}): ImportJudge {
  const [isAllowed, isDenied] = [listed(allowed), listed(denied)];
  const isOpen = !hasLists({ allowed_imports: allowed, denied_imports: denied });
  const isNamed = listed(allowed.filter((name) => name !== "*"));
  return (module) => {
    if (module.startsWith("~")) return throughAnother(module.slice(1), isAllowed, isDenied);
    // What it leads to is said in package.json alone.
    if (module.startsWith("#") && !isDenied(module)) return isOpen || isNamed(module) ? "allowed" : "unnamed";
    if (module === "?") return isOpen ? "allowed" : "unnamed";
    const name = installed(module.replace(/^node:/, ""));
    if (name === undefined) return isOpen ? "allowed" : "unnamed";
    if (isDenied(name) || isDenied(INNER[name] ?? name)) return "denied";
    return name.startsWith(".") || isAllowed(name) ? "allowed" : "unlisted";
  };
}

/** What modules of Python are made of, and can be had without them. */
const INNER: Readonly<Record<string, string>> = {
  posix: "os",
  nt: "os",
  _posixsubprocess: "subprocess",
  _winapi: "subprocess",
  _socket: "socket",
  _ctypes: "ctypes",
  _pickle: "pickle",
  _imp: "importlib",
  _frozen_importlib: "importlib",
  _frozen_importlib_external: "importlib",
};

/** Names of members that are modules in practice; every other may be a function of the same name. */
const MODULES =
  /^(?:os|sys|subprocess|socket|shutil|importlib|builtins|ctypes|pty|posix|nt|multiprocessing|runpy|pkgutil|pickle|marshal|_os|_sys)$/;

export function isModuleName(name: string): boolean {
  return MODULES.test(name);
}

/** `shutil.os`: what a module has imported for itself is there for those who import the module. */
function throughAnother(
  name: string,
  isAllowed: (name: string) => boolean,
  isDenied: (name: string) => boolean,
): ReturnType<ImportJudge> {
  const plain = isModuleName(name) ? name.replace(/^_/, "") : name;
  if (isDenied(name) || isDenied(INNER[name] ?? plain)) return "denied";
  return isModuleName(name) && !isAllowed(plain) ? "unlisted" : "allowed";
}

/** Whether the lists forbid anything at all. */
export function hasLists({
  allowed_imports: allowed,
  denied_imports: denied,
}: {
  readonly allowed_imports: readonly string[];
  readonly denied_imports: readonly string[];
}): boolean {
  return denied.length > 0 || !allowed.includes("*");
}

/**
 * Threat: `lodash/../left-pad` and `../node_modules/left-pad`, which lead to a package by the name of another, or as if they
 * were files of the project. Undefined: a path that leads nobody knows where.
 */
function installed(module: string): string | undefined {
  // Modules of JavaScript are addresses: these characters may be escaped, and both slashes are one.
  if (/%/.test(module)) return undefined;
  const parts = module.replaceAll("\\", "/").split("/");
  const at = parts.findLastIndex((part) => part.toLowerCase() === "node_modules");
  const path = at < 0 ? parts : parts.slice(at + 1);
  const isInside = path[0] !== "." && path[0] !== "..";
  if (isInside && path.some((part) => part === "." || part === "..")) return undefined;
  return path.join("/");
}

/** Languages that import modules and that nothing here reads for them: in PHP and Ruby names alone load a file. */
const UNREAD =
  /\.(?:astro|mdx|ipynb|rb|rake|ru|gemspec|php[3-8s]?|phtml|pl|pm|rs|kts?|scala|groovy|swift|cs|fs|vb|lua|exs?|erl|clj[cs]?|rkt|r|jl|dart|ps1|psm1|nim|cr|zig|hs|ml|coffee|ejs|erb|jsp|cgi)$/i;

export function mayImportUnread(path: string, text: string): boolean {
  return UNREAD.test(path) || (text.startsWith("#!") && !/\.[A-Za-z0-9]+$/.test(path));
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
