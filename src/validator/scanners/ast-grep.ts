// ast-grep over one text, in the inspector's child: what of the pack's rules it breaks, and the modules it imports.
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { initializeTreeSitter, parse, registerDynamicLanguage, type SgRoot } from "@ast-grep/wasm";
import type { Node, Tree } from "web-tree-sitter";
import { z } from "zod";
import { type AnalysisRule, isTest, type Language, languageOf } from "../../core/analysis/rules.ts";
import { type Compiled, compileRules } from "./compiled.ts";
import { UNREADABLE } from "./finding.ts";
import { originsIn, type OriginOf, Patience } from "./flow.ts";
import { calleeWays, linesOf, waysOf } from "./ways.ts";
import { askedOf, kinds } from "./languages.ts";
import type { Names } from "./gathered.ts";
import { argumentsOf, calleeOf, namesOf } from "./names.ts";
import { type Signed, signed } from "./sign.ts";
import { isOtherSnapshot, isSnapshot, runningParts } from "./snapshot.ts";
import { commandText, misleading } from "./shell.ts";
import { misread, respelt } from "./spelling.ts";
import { analyseMarkup } from "./markup.ts";
import { moduleOf } from "./modules.ts";
import { indexed, isDeeperThan, unquoted, within } from "./syntax.ts";

export interface Analysed {
  readonly hits: readonly Signed[];
  readonly imports: readonly { readonly line: number; readonly module: string }[];
}

const NOTHING: Analysed = { hits: [], imports: [] };

const GRAMMARS = ["javascript", "typescript", "tsx", "python", "go", "java", "bash", "php", "ruby"] as const;
type Grammar = (typeof GRAMMARS)[number];

export async function openGrammars(): Promise<void> {
  await initializeTreeSitter();
  const path = (name: string): string =>
    fileURLToPath(import.meta.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`));
  // A dollar sign is no letter of names in these.
  const expando = (name: string): object => (/python|go$|php|ruby/u.test(name) ? { expandoChar: "µ" } : {});
  await registerDynamicLanguage(
    Object.fromEntries(GRAMMARS.map((name) => [name, { libraryPath: path(name), ...expando(name) }])),
  );
}

function grammarOf(path: string, language: Exclude<Language, "html">): Grammar {
  const extension = extname(path).toLowerCase();
  if (language === "js") {
    if (extension === ".tsx") return "tsx";
    return /^\.[mc]?ts$/u.test(extension) ? "typescript" : "javascript";
  }
  return ({ py: "python", go: "go", java: "java", sh: "bash", php: "php", rb: "ruby" } as const)[language];
}

let compiled: { readonly source: string; readonly rules: ReadonlyMap<Language, Compiled> } | undefined;

/** The pack comes with each request and is made ready once. */
function ready(source: string): ReadonlyMap<Language, Compiled> {
  if (compiled?.source !== source) compiled = { source, rules: compileRules(read(source)) };
  return compiled.rules;
}

function read(source: string): readonly AnalysisRule[] {
  // It was parsed by who sends it; nothing else can write to this process.
  return z.array(z.custom<AnalysisRule>()).parse(JSON.parse(source));
}

/** The deepest tree among eleven thousand files of libraries has 946 floors, the hundredth deepest 35. */
const MOST_FLOORS = 1000;

export function analyse(path: string, source: string, rules: string): Analysed {
  const language = languageOf(path, source);
  if (language === undefined) return NOTHING;
  const all = ready(rules);
  const read = (text: string, as: Language, grammar: Grammar): Analysed =>
    analyseCode({ path, source: text, language: as }, grammar, all.get(as));
  if (isSnapshot(path)) return snapshot(source, read);
  if (language !== "html") return read(source, language, grammarOf(path, language));
  const { hits, imports } = analyseMarkup(source, all.get("html"), (text, kind) => read(text, "js", kind));
  if (hits.length > MOST || imports.length > MOST) throw new RangeError("more to tell than anybody hears");
  return { hits: unique([...hits, ...misread(path, source, language)]), imports };
}

/** Texts in a snapshot are data; what is more than that may do anything, and is read like any other code besides. */
function snapshot(
  source: string,
  read: (text: string, as: Language, grammar: Grammar) => Analysed,
): Analysed {
  if (isOtherSnapshot(source)) return NOTHING;
  const root = parse("javascript", source);
  const tree = z.custom<Tree>().parse(root.getInnerTree());
  try {
    const parts = runningParts(tree.rootNode, source);
    if (parts.length === 0) return NOTHING;
    if (parts.length > MOST) throw new RangeError("more that is no text than anybody tells");
    const { hits, imports } = read(source, "js", "javascript");
    return { hits: unique([...parts, ...hits]), imports };
  } finally {
    root.free();
    tree.delete();
  }
}

interface Code {
  readonly path: string;
  readonly source: string;
  readonly language: Language;
}

function analyseCode(
  { path, source, language }: Code,
  grammar: Grammar,
  own: Compiled | undefined,
): Analysed {
  const text = respelt(source, language);
  if (isLabyrinth(text, language)) throw new RangeError("more ways to read it than anybody tries");
  const root = parse(grammar, text);
  const tree = z.custom<Tree>().parse(root.getInnerTree());
  try {
    if (isDeeperThan(tree.rootNode, MOST_FLOORS))
      throw new RangeError("nested more deeply than anybody writes");
    const bad = broken(tree.rootNode, language);
    if (bad.length > MOST) throw new RangeError("more that is no code than anybody tells");
    indexed(tree.rootNode, [...askedOf(language), ...shapesIn(text, own)]);
    const names = namesOf(tree.rootNode, language);
    const imports = names.imports
      .filter(({ module, node }) => !isOuter(module, node))
      .map(({ module, node }) => ({ line: node.startPosition.row + 1, module: module.slice(0, 300) }));
    if (own === undefined) return { hits: [], imports };
    const patience = new Patience(text);
    const origin = originsIn(names, language, patience);
    const file: FileMatter = { text, language, root, tree: tree.rootNode, names, origin, patience };
    const hits = [...misread(path, source, language), ...bad, ...brokenRules(file, own)];
    return bounded(unique(hits.filter(applies(path, own))), imports, tree.rootNode);
  } finally {
    root.free();
    tree.delete();
  }
}

function brokenRules(file: FileMatter, own: Compiled): readonly Signed[] {
  return [...called(file, own), ...importing(file, own), ...shaped(file, own), ...spelt(file, own)];
}

/** Of `from os import path` the module is `os.path`; the rules of the pack want `os` as well. */
function isOuter(module: string, node: Node): boolean {
  return (
    node.type === "import_from_statement" &&
    node.childForFieldName("name") !== null &&
    moduleOf(node) === module
  );
}

/** Threat: `a<b>(c)<a<b>(c)<…`, comparisons or calls of generics, for which the parser takes time that grows with the square. */
function isLabyrinth(text: string, language: Language): boolean {
  return language === "js" && (text.match(/\)\s{0,20}</gu)?.length ?? 0) > 300;
}

/** Some rules say nothing about tests. */
function applies(path: string, { notInTests }: Compiled): (hit: Signed) => boolean {
  const isIn = isTest(path);
  return ({ rule }) => !(isIn && notInTests.has(rule));
}

interface FileMatter {
  /** As it was parsed. */
  readonly text: string;
  readonly language: Language;
  readonly root: SgRoot;
  readonly tree: Node;
  readonly names: Names;
  readonly origin: OriginOf;
  readonly patience: Patience;
}

/** What the grammar cannot read may be anything. */
function broken(tree: Node, language: Language): readonly Signed[] {
  const bad = language === "sh" ? [...misleading(tree)] : [];
  const look = (node: Node): void => {
    if (!node.hasError) return;
    const parts = node.isError || node.isMissing ? [] : node.children.filter((child) => child?.hasError);
    if (parts.length === 0) bad.push(signed(UNREADABLE, node));
    for (const part of parts) if (part !== null) look(part);
  };
  look(tree);
  return bad;
}

const MAX_ARGUMENTS = 4000;

function called(file: FileMatter, { calls }: Compiled): readonly Signed[] {
  const { tree, language, names, origin, patience } = file;
  // The same names are called again and again.
  const matching = new Map<string, Compiled["calls"]>();
  return within(tree, kinds[language].calls).flatMap((node) => {
    const name = calleeOf(node, language, names.aliases).replaceAll("?.", ".");
    if (name === "" || name.length > 300) return [];
    const [first = ""] = name.split(".", 1);
    const all = [name, ...(names.declared.has(first) ? [] : names.open.map((open) => `${open}.${name}`))];
    const key = all.join(" ");
    const own = matching.get(key) ?? calls.filter((rule) => all.some((one) => rule.name.test(one)));
    matching.set(key, own);
    if (own.length === 0) return [];
    patience.spend(node);
    const args = argumentsOf(node);
    const text = args
      .map((arg) => arg.text)
      .join(", ")
      .slice(0, MAX_ARGUMENTS);
    return own
      .filter((rule) => rule.has?.test(text) !== false && rule.lacks?.test(text) !== true)
      .filter(({ rule }) => fits(rule, args, origin))
      .map(({ rule }) => ({
        ...signed(rule.id, node),
        from: linesOf([...calleeWays(node, names, origin), ...waysOf(rule, meant(rule, args), origin)]),
      }));
  });
}

function fits(rule: AnalysisRule, args: readonly Node[], origin: OriginOf): boolean {
  const { when = "any" } = rule;
  return when === "any" || meant(rule, args).some((arg) => origin(arg)[when]);
}

function meant({ at }: AnalysisRule, args: readonly Node[]): readonly Node[] {
  return at === undefined ? args : args.slice(at, at + 1);
}

function importing({ names }: FileMatter, { imports }: Compiled): readonly Signed[] {
  return names.imports.flatMap(({ module, node }) =>
    imports.filter(({ name }) => name.test(module)).map(({ rule }) => signed(rule.id, node)),
  );
}

function isTried({ words }: AnalysisRule, text: string): boolean {
  return words?.some((word) => text.includes(word)) === true;
}

/** Kinds of nodes that rules look for in this text. */
function shapesIn(text: string, own: Compiled | undefined): readonly string[] {
  return (own?.shapes ?? []).flatMap(({ rule }) => (isTried(rule, text) ? (rule.kind ?? []) : []));
}

/** Patterns of ast-grep, and kinds of nodes; tried only where a word of theirs is in the file. */
function shaped({ text, root, tree, origin }: FileMatter, { shapes }: Compiled): readonly Signed[] {
  const hits: Signed[] = [];
  for (const { rule, regex } of shapes) {
    if (!isTried(rule, text)) continue;
    for (const node of rule.kind === undefined ? [] : within(tree, rule.kind)) {
      if (regex?.test(commandText(node).slice(0, MAX_ARGUMENTS)) !== true) continue;
      const value = valueOf(node);
      if (rule.when === undefined || rule.when === "any" || origin(value)[rule.when])
        hits.push({ ...signed(rule.id, node), from: linesOf(waysOf(rule, [value], origin)) });
    }
    for (const pattern of rule.pattern ?? []) {
      for (const node of root.root().findAll(pattern)) {
        const { start, end } = node.range();
        hits.push({ ...signed(rule.id, { text: node.text() }), line: start.line + 1, end: end.line + 1 });
      }
    }
  }
  return hits;
}

/** Of an assignment only the value counts: where it goes is a name in any case. */
function valueOf(node: Node): Node {
  if (!/assignment|pair|declarator/u.test(node.type)) return node;
  return node.childForFieldName("right") ?? node.childForFieldName("value") ?? node;
}

function spelt({ tree, language }: FileMatter, { strings }: Compiled): readonly Signed[] {
  if (strings.length === 0) return [];
  return within(tree, kinds[language].strings).flatMap((node) => {
    const content = (unquoted(node) ?? node.text).slice(0, MAX_ARGUMENTS);
    return strings.filter(({ regex }) => regex.test(content)).map(({ rule }) => signed(rule.id, node));
  });
}

/** Most hits, and most imports, of one file. */
const MOST = 2000;

/** What has more is unreadable from its first line to its last, so that no line of it passes unseen. */
function bounded(hits: readonly Signed[], imports: Analysed["imports"], root: Node): Analysed {
  if (hits.length <= MOST && imports.length <= MOST) return { hits, imports };
  const all = signed(UNREADABLE, root);
  return { hits: [all, ...hits.slice(0, MOST)], imports: imports.slice(0, MOST) };
}

function unique(hits: readonly Signed[]): readonly Signed[] {
  return [...new Map(hits.map((hit) => [`${hit.rule}:${hit.line}:${hit.end}`, hit])).values()];
}
