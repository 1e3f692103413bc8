// What comments and strings look like in the language of a file, by its name; what has no entry is read as text.

export interface Language {
  /** Each begins a comment that ends with its line. */
  readonly line: readonly string[];
  readonly block: readonly (readonly [open: string, close: string])[];
  /** Strings that may go on over several lines, and are documentation as often as data. */
  readonly long: readonly string[];
  /** Each opens and closes a string within one line. */
  readonly quotes: string;
}

const C: Language = { line: ["//"], block: [["/*", "*/"]], long: [], quotes: `"'` };
const SCRIPT: Language = { ...C, quotes: `"'\`` };
/** Its quote is a lifetime as often as a letter. */
const RUST: Language = { ...C, quotes: `"` };
const HASH: Language = { line: ["#"], block: [], long: [], quotes: `"'` };
const PYTHON: Language = { ...HASH, long: [`"""`, "'''"] };
const BOTH: Language = { ...C, line: ["//", "#"] };
const DASHES: Language = { line: ["--"], block: [["/*", "*/"]], long: [], quotes: `"'` };
const LUA: Language = { line: ["--"], block: [["--[[", "]]"]], long: [], quotes: `"'` };
const HASKELL: Language = { line: ["--"], block: [["{-", "-}"]], long: [], quotes: `"` };
const SEMICOLON: Language = { line: [";"], block: [], long: [], quotes: `"` };
const ASSEMBLY: Language = { line: [";", "#", "//"], block: [["/*", "*/"]], long: [], quotes: `"` };
const PERCENT: Language = { line: ["%"], block: [], long: [], quotes: `"` };
const INI: Language = { line: ["#", ";"], block: [], long: [], quotes: "" };
const BASIC: Language = { line: ["'", "REM "], block: [], long: [], quotes: `"` };
const BATCH: Language = { line: ["REM ", "rem ", "::"], block: [], long: [], quotes: `"` };
const STYLE: Language = { line: [], block: [["/*", "*/"]], long: [], quotes: `"'` };

const families: readonly (readonly [Language, string])[] = [
  [
    C,
    "c h cc cpp cxx hh hpp hxx m mm java cs go swift kt kts scala dart proto zig v sol sc glsl wgsl cu fs fsx d",
  ],
  [RUST, "rs"],
  [SCRIPT, "js mjs cjs jsx ts mts cts tsx groovy gradle scss less jsonc json5 prisma"],
  [PYTHON, "py pyi pyx star bzl jl"],
  [
    HASH,
    "rb rake gemspec sh bash zsh fish ksh pl pm r yaml yml toml mk cmake nix ex exs graphql gql ps1 awk tcl cr",
  ],
  [BOTH, "php tf tfvars hcl bicep"],
  [DASHES, "sql ddl ada adb ads vhd vhdl"],
  [LUA, "lua"],
  [HASKELL, "hs elm purs"],
  [SEMICOLON, "lisp lsp clj cljs cljc edn el scm rkt"],
  [ASSEMBLY, "s asm"],
  [PERCENT, "erl hrl tex sty"],
  [INI, "ini cfg conf properties env editorconfig service desktop"],
  [BASIC, "vb vbs bas"],
  [BATCH, "bat cmd"],
  [STYLE, "css"],
];

const byExtension = new Map(
  families.flatMap(([language, names]) => names.split(" ").map((name) => [name, language] as const)),
);

const byName = new Map<string, Language>(
  ["makefile", "dockerfile", "containerfile", "gemfile", "rakefile", "vagrantfile", "codeowners"]
    .map((name) => [name, HASH] as const)
    .concat([["jenkinsfile", SCRIPT]]),
);

/** Undefined for prose, markup and data: all of their lines are text. */
export function languageOf(path: string): Language | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const whole = byName.get(name) ?? (name.startsWith(".") ? HASH : undefined);
  const dot = name.lastIndexOf(".");
  return byExtension.get(dot <= 0 ? "" : name.slice(dot + 1)) ?? whole;
}
