// What comments and strings look like in the language of a file, by its name; what has no entry is read as text.

export interface Language {
  /** Each begins a comment that ends with its line. */
  readonly line: readonly string[];
  readonly block: readonly (readonly [open: string, close: string])[];
  /** Strings that may go on over several lines, and are documentation as often as data. */
  readonly long: readonly string[];
  /** Each opens and closes a string within one line; a backtick over several. */
  readonly quotes: string;
  /** Those of them in which a backslash is a character like others. */
  readonly raw?: string;
  /** `/[/*]/` is one literal. */
  readonly regex?: true;
  /** `'"'` is a character. */
  readonly characters?: true;
  /** A template's `${}` holds code. */
  readonly templates?: true;
  /** Text for readers stands in its code. */
  readonly markup?: true;
  /** Settings and documents: what is no comment is a text that somebody reads. */
  readonly data?: true;
}

const C: Language = { line: ["//"], block: [["/*", "*/"]], long: [], quotes: `"'` };
const SCRIPT: Language = { ...C, quotes: `"'\``, regex: true, templates: true, markup: true };
const GO: Language = { ...C, quotes: `"'\``, raw: "`" };
/** Its quote is a lifetime as often as a letter. */
const RUST: Language = { ...C, quotes: `"`, characters: true };
const HASH: Language = { line: ["#"], block: [], long: [], quotes: `"'` };
/** Nothing is escaped between its single quotes. */
const SHELL: Language = { ...HASH, raw: "'" };
const DATA: Language = { ...SHELL, data: true };
const DESCRIBED: Language = { ...HASH, long: [`"""`] };
const RUBY: Language = { ...HASH, regex: true, markup: true };
const PYTHON: Language = { ...HASH, long: [`"""`, "'''"] };
const BOTH: Language = { ...C, line: ["//", "#"], markup: true };
const DASHES: Language = { line: ["--"], block: [["/*", "*/"]], long: [], quotes: `"'`, raw: `"'` };
const LUA: Language = { line: ["--"], block: [["--[[", "]]"]], long: [], quotes: `"'` };
const HASKELL: Language = { line: ["--"], block: [["{-", "-}"]], long: [], quotes: `"`, characters: true };
const SEMICOLON: Language = { line: [";"], block: [], long: [], quotes: `"` };
const ASSEMBLY: Language = { line: [";", "#", "//"], block: [["/*", "*/"]], long: [], quotes: `"` };
const PERCENT: Language = { line: ["%"], block: [], long: [], quotes: `"` };
const TEX: Language = { line: ["%"], block: [], long: [], quotes: "", data: true };
const INI: Language = { line: ["#", ";"], block: [], long: [], quotes: "", data: true };
const BASIC: Language = { line: ["'", "REM "], block: [], long: [], quotes: `"`, raw: `"` };
const BATCH: Language = { line: ["REM ", "rem ", "::"], block: [], long: [], quotes: `"` };
const STYLE: Language = { line: [], block: [["/*", "*/"]], long: [], quotes: `"'` };

const families: readonly (readonly [Language, string])[] = [
  [
    C,
    "c h cc cpp cxx hh hpp hxx m mm java cs swift kt kts scala dart proto zig v sol sc glsl wgsl cu fs fsx d",
  ],
  [GO, "go"],
  [RUST, "rs"],
  [SCRIPT, "js mjs cjs jsx ts mts cts tsx groovy gradle scss less jsonc json5 prisma"],
  [PYTHON, "py pyi pyx star bzl jl"],
  [HASH, "pl pm r mk cmake nix ps1 awk tcl"],
  [RUBY, "rb rake gemspec cr"],
  [SHELL, "sh bash zsh fish ksh"],
  [DATA, "yaml yml toml"],
  [DESCRIBED, "ex exs graphql gql"],
  [BOTH, "php tf tfvars hcl bicep"],
  [DASHES, "sql ddl ada adb ads vhd vhdl"],
  [LUA, "lua"],
  [HASKELL, "hs elm purs"],
  [SEMICOLON, "lisp lsp clj cljs cljc edn el scm rkt"],
  [ASSEMBLY, "s asm"],
  [PERCENT, "erl hrl"],
  [TEX, "tex sty"],
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
  const whole = byName.get(name) ?? (name.startsWith(".") ? DATA : undefined);
  const dot = name.lastIndexOf(".");
  return byExtension.get(dot <= 0 ? "" : name.slice(dot + 1)) ?? whole;
}
