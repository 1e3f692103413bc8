// Imports of the languages: which modules they name, and under which local names.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import { literal, plain, within } from "./syntax.ts";

interface Known {
  readonly language: Language;
  readonly aliases: Map<string, string>;
  /** Modules all members of which are names of the file: `from os import *`. */
  readonly open: string[];
}

/** The modules of one import, and its local names put among the aliases. */
export function importOf(node: Node, { language, aliases, open }: Known): readonly string[] {
  if (language === "js") return importJs(node, aliases);
  if (language === "py") return importPy(node, aliases, open);
  if (language === "go") {
    const path = literal(node.childForFieldName("path"));
    if (path === undefined) return [];
    const last =
      path
        .replace(/\/v\d+$/u, "")
        .split("/")
        .at(-1) ?? path;
    const own = node.childForFieldName("name")?.text;
    if (own === ".") open.push(last);
    else if (own !== undefined && own !== "_") aliases.set(own, last);
    return [path];
  }
  const name = node.namedChildren.find((child) => child?.type === "scoped_identifier");
  const module = name === undefined || name === null ? "" : dotted(name);
  // `import module java.net.http;`, which the grammar takes for a name.
  const whole = module.startsWith("module.") ? [module.slice("module.".length)] : [];
  return [within(node, ["asterisk"]).length > 0 ? `${module}.*` : module, ...whole];
}

/** Spaces, line breaks and comments may stand between the words of a name. */
function dotted(node: Node): string {
  return within(node, ["identifier", "type_identifier"])
    .map(({ text }) => text)
    .join(".")
    .normalize("NFKC");
}

function importJs(node: Node, aliases: Map<string, string>): readonly string[] {
  const [required] = within(node, ["import_require_clause"]);
  const module = literal((required ?? node).childForFieldName("source"));
  if (module === undefined) return [];
  const full = plain(module);
  const name = required?.namedChild(0);
  if (name?.type === "identifier") aliases.set(name.text, full);
  for (const part of within(node, ["import_specifier"])) specified(part, full, aliases);
  const clause = node.namedChildren.find((child) => child?.type === "import_clause");
  for (const part of clause?.namedChildren ?? []) {
    const own = part?.type === "namespace_import" ? part.namedChild(0) : part;
    if (own?.type === "identifier") aliases.set(own.text, full);
  }
  return [module];
}

/** `{ exec as e }`, and `{ "exec" as e }`. */
function specified(part: Node, module: string, aliases: Map<string, string>): void {
  const name = part.childForFieldName("name");
  const member = literal(name) ?? name?.text ?? "";
  const own = part.childForFieldName("alias")?.text ?? member;
  aliases.set(own, member === "default" ? module : `${module}.${member}`);
}

/** Of `from .a import b` it is `.a`. */
export function moduleOf(node: Node): string | undefined {
  const name = node.childForFieldName("module_name");
  if (name === null) return undefined;
  const dots = name.type === "relative_import" ? (/^[.\s\\]*/u.exec(name.text)?.[0] ?? "") : "";
  return dots.replaceAll(/[^.]/gu, "") + dotted(name);
}

function importPy(node: Node, aliases: Map<string, string>, open: string[]): readonly string[] {
  const module = moduleOf(node);
  const names = node.childrenForFieldName("name").flatMap((part) => (part === null ? [] : [part]));
  const named = names.map((part) => dotted(part.childForFieldName("name") ?? part));
  for (const [at, part] of names.entries()) {
    const name = named[at] ?? "";
    const own = part.childForFieldName("alias")?.text;
    if (module !== undefined) aliases.set(own ?? name, `${module}.${name}`);
    else if (own !== undefined) aliases.set(own, name);
  }
  if (module === undefined) return named;
  if (within(node, ["wildcard_import"]).length > 0) open.push(module);
  // `from os import path` may import a module, too.
  return [module, ...named.map((name) => `${module}.${name}`)];
}
