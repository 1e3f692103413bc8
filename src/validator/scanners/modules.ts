// Imports of the languages: which modules they name, and under which local names.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import { literal, plain, within } from "./syntax.ts";

/** The modules of one import, and its local names put among the aliases. */
export function importOf(node: Node, language: Language, aliases: Map<string, string>): readonly string[] {
  if (language === "js") return importJs(node, aliases);
  if (language === "py") return importPy(node, aliases);
  if (language === "go") {
    const path = literal(node.childForFieldName("path"));
    if (path === undefined) return [];
    const last =
      path
        .replace(/\/v\d+$/u, "")
        .split("/")
        .at(-1) ?? path;
    const own = node.childForFieldName("name")?.text;
    if (own !== undefined && own !== "_" && own !== ".") aliases.set(own, last);
    return [path];
  }
  const name = node.namedChildren.find((child) => child?.type === "scoped_identifier")?.text ?? "";
  return [/\*\s*;?$/u.test(node.text) ? `${name}.*` : name];
}

function importJs(node: Node, aliases: Map<string, string>): readonly string[] {
  const module = literal(node.childForFieldName("source"));
  if (module === undefined) return [];
  const full = plain(module);
  for (const part of within(node, ["import_specifier"])) {
    const name = part.childForFieldName("name")?.text ?? "";
    const own = part.childForFieldName("alias")?.text ?? name;
    aliases.set(own, name === "default" ? full : `${full}.${name}`);
  }
  const clause = node.namedChildren.find((child) => child?.type === "import_clause");
  for (const part of clause?.namedChildren ?? []) {
    const own = part?.type === "namespace_import" ? part.namedChild(0) : part;
    if (own?.type === "identifier") aliases.set(own.text, full);
  }
  return [module];
}

function importPy(node: Node, aliases: Map<string, string>): readonly string[] {
  const module = node.childForFieldName("module_name")?.text;
  const names = node.childrenForFieldName("name").flatMap((part) => (part === null ? [] : [part]));
  for (const part of names) {
    const name = part.childForFieldName("name")?.text ?? part.text;
    const own = part.childForFieldName("alias")?.text;
    if (module !== undefined) aliases.set(own ?? name, `${module}.${name}`);
    else if (own !== undefined) aliases.set(own, name);
  }
  if (module === undefined) return names.map((part) => part.childForFieldName("name")?.text ?? part.text);
  // `from os import path` may import a module, too.
  return [module, ...names.map((part) => `${module}.${part.childForFieldName("name")?.text ?? part.text}`)];
}
