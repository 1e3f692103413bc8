// The rule pack of static analysis: what its rules may say, and which files they are about.
import { z } from "zod";

export const languages = ["js", "py", "go", "java", "sh", "php", "rb", "html"] as const;
export type Language = (typeof languages)[number];

const text = z.string().min(1).max(2000);

/** An expression that JavaScript can run; it only ever meets a text of bounded length, in the inspector's child. */
const expression = text.refine(isExpression, "is not a regular expression");

const rule = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{2,60}$/),
    in: z.array(z.enum(languages)).min(1),
    why: z.string().min(10).max(200),
    /** Names of functions, import aliases resolved; `*` for any part. `new T` for constructors, `T()` for what they make. */
    call: z.array(text).optional(),
    /** Of the arguments: any | dynamic (no constant) | built (put together) | tainted (of a user) | outside (declared nowhere). */
    when: z.enum(["any", "dynamic", "built", "tainted", "outside"]).optional(),
    /** Which argument, from 0; any of them without it. */
    at: z.int().min(0).max(9).optional(),
    /** What the arguments hold, or must not hold. */
    has: expression.optional(),
    lacks: expression.optional(),
    /** Patterns of ast-grep. */
    pattern: z.array(text).optional(),
    /** Syntax nodes of these kinds whose text matches. */
    kind: z.array(text).optional(),
    regex: expression.optional(),
    /** String literals whose content matches; in markup attributes, as `tag name="value"`. */
    string: expression.optional(),
    /** Modules whose import alone counts. */
    import: z.array(text).optional(),
    /** False: it says nothing about tests, in which passwords, addresses and programs are made up. */
    tests: z.literal(false).optional(),
    /** One of these words must be in the file, or pattern and kind are not even tried. */
    words: z.array(text).optional(),
  })
  .refine(({ kind, regex }) => (kind === undefined) === (regex === undefined), "kind and regex go together")
  .refine(
    ({ pattern, kind, words }) => (pattern ?? kind) === undefined || words !== undefined,
    "pattern and kind need words",
  );
export type AnalysisRule = z.infer<typeof rule>;

const advisory = z.strictObject({
  ecosystem: z.enum(["npm", "pypi", "go", "cargo", "maven"]),
  name: z.string().min(1).max(200),
  /** Versions, each exact, or `<X` for everything below; `*` for all. */
  versions: z.array(z.string().regex(/^(?:\*|<?\d[0-9A-Za-z.+-]{0,40})$/)).min(1),
  /** Versions below one of these bounds that were mended all the same. */
  mended: z.array(z.string().regex(/^\d[0-9A-Za-z.+-]{0,40}$/)).optional(),
  id: z.string().min(3).max(80),
});
export type Advisory = z.infer<typeof advisory>;

/** `config/rules/static-analysis.toml`. */
export const analysisRulesSchema = z.strictObject({
  version: z.string().regex(/^\d{4}\.\d{2}\.\d+$/),
  rules: z.array(rule).min(1),
  advisories: z.array(advisory).min(1),
});
export type AnalysisRules = z.infer<typeof analysisRulesSchema>;

const EXTENSIONS: Readonly<Record<string, Language>> = {
  js: "js",
  mjs: "js",
  cjs: "js",
  jsx: "js",
  ts: "js",
  mts: "js",
  cts: "js",
  tsx: "js",
  es6: "js",
  jsm: "js",
  snap: "js",
  storyshot: "js",
  py: "py",
  pyi: "py",
  pyw: "py",
  wsgi: "py",
  gyp: "py",
  gypi: "py",
  go: "go",
  java: "java",
  sh: "sh",
  bash: "sh",
  ksh: "sh",
  zsh: "sh",
  command: "sh",
  php: "php",
  phtml: "php",
  php3: "php",
  php4: "php",
  php5: "php",
  php7: "php",
  php8: "php",
  phps: "php",
  rb: "rb",
  rake: "rb",
  ru: "rb",
  gemspec: "rb",
  html: "html",
  htm: "html",
  xhtml: "html",
  shtml: "html",
  hta: "html",
  svg: "html",
  vue: "html",
  svelte: "html",
};

/** Programs in Python that tools find by these names. */
const SCRIPTS: Readonly<Record<string, Language>> = { sconstruct: "py", sconscript: "py", wscript: "py" };

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|specs?|testdata|e2e)\/|(?:^|\/)(?:test_[^/]{1,200}|conftest)\.py$|(?:_test|[._-](?:test|spec))\.[a-z]{1,4}$|Tests?\.java$/;

/** Go compiles everything else into the program, whatever its folder is called. */
const TESTS_IN_GO = /_test\.go$|(?:^|\/)testdata\//;

/** Whether a file holds tests, by its name. */
export function isTest(path: string): boolean {
  return (path.endsWith(".go") ? TESTS_IN_GO : TESTS).test(path);
}

/** The language of a file, by its name; else, for a script, by its first line. Undefined: there are no rules for it. */
export function languageOf(path: string, content: string): Language | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const extension = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1) : "";
  const [known, key] = extension === "" ? [SCRIPTS, name] : [EXTENSIONS, extension];
  const named = Object.hasOwn(known, key) ? known[key] : undefined;
  return named ?? interpreter(shebang(content) ?? "");
}

/** Threat: a file that one language parses by its name and another runs by its first line. */
export function foreignShebang(path: string, content: string): boolean {
  const line = shebang(content);
  const named = languageOf(path, "");
  return line !== undefined && named !== undefined && interpreter(line) !== named;
}

function shebang(content: string): string | undefined {
  return content.startsWith("#!") ? content.slice(2, 1002).split("\n", 1)[0] : undefined;
}

function interpreter(line: string): Language | undefined {
  if (/\bphp/.test(line)) return "php";
  if (/\b(?:j?ruby)/.test(line)) return "rb";
  if (/\b(?:python|pypy)|\buv\s+run\b/.test(line)) return "py";
  if (/\b(?:node|nodejs|deno|bun|tsx|ts-node|zx)\b/.test(line)) return "js";
  return /\b(?:(?:ba|z|k|da|a|mk|pdk)?sh|bats)\b/.test(line) ? "sh" : undefined;
}

function isExpression(source: string): boolean {
  try {
    void new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
