// Modules that a program gets at without importing them: by what imports for others, by words in comments, through other modules.
import type { Node } from "web-tree-sitter";
import { isModuleName } from "../../core/analysis/imports.ts";
import type { Language } from "../../core/analysis/rules.ts";
import type { Names } from "./gathered.ts";
import { literal, within } from "./syntax.ts";

type Imports = Names["imports"];

/**
 * A module that nobody can name is `?`. One that another module only hands on, and that may be no module at all, has `~`
 * before its name.
 */
export function detours(root: Node, language: Language, names: Pick<Names, "aliases" | "imports">): Imports {
  if (language === "js") return [...handedOn(root), ...pragmas(root), ...reached(root)];
  if (language === "py") return [...loaders(root), ...throughOthers(root, names)];
  if (language === "java") return [...byName(root), ...required(root)];
  return language === "go" ? started(root) : [];
}

const LOADERS = /^(?:require|getBuiltinModule|_load|createRequire)$/u;

const NAMED = ["identifier", "shorthand_property_identifier", "property_identifier"];

/** `[require][0]("x")`, `Reflect.apply(require, …)`: `require` anywhere but where it is called. */
function handedOn(root: Node): Imports {
  const loaders = within(root, NAMED).filter(({ text }) => LOADERS.test(text));
  const outer = within(root, ["identifier"]).filter(
    (node) => node.text === "arguments" && !isInFunction(node),
  );
  return [...loaders.filter((node) => !isPlainUse(node)), ...outer].map((node) => ({ module: "?", node }));
}

function isInFunction(node: Node): boolean {
  for (let at = node.parent; at !== null; at = at.parent)
    if (/^(?:function|generator_function|method)/u.test(at.type)) return true;
  return false;
}

function isPlainUse(node: Node): boolean {
  const { parent } = node;
  if (parent === null) return true;
  const is = (field: string): boolean => parent.childForFieldName(field)?.id === node.id;
  if (parent.type === "call_expression") return is("function");
  if (parent.type === "pair") return is("key");
  if (parent.type === "member_expression")
    return is("property") ? isCallee(parent) || isDeclared(parent) : isMember(parent);
  if (/^(?:variable_declarator|function_declaration|import_specifier|method_definition)$/u.test(parent.type))
    return !is("value");
  return /^(?:unary_expression|formal_parameters|required_parameter|import_clause|property_signature|method_signature|public_field_definition)$/u.test(
    parent.type,
  );
}

function isCallee(node: Node): boolean {
  return node.parent?.type === "call_expression" && node.parent.childForFieldName("function")?.id === node.id;
}

/** `this.require = x`, which gives something else that name. */
function isDeclared(node: Node): boolean {
  return (
    node.parent?.type === "assignment_expression" && node.parent.childForFieldName("left")?.id === node.id
  );
}

/** `require.resolve("x")`, and `require.main === module`. */
function isMember(member: Node): boolean {
  const name = member.childForFieldName("property")?.text;
  if (name === "resolve" || name === "context") return isCallee(member);
  return name === "main" && member.parent?.type === "binary_expression";
}

const PRAGMA = /@jsx(ImportSource|Frag)?[ \t]+([^\s*]{1,300})/gu;

const REFERENCE = /^\/\/\/\s*<reference\s[^>]*?\b(?:types|path)\s*=\s*["']([^"']{1,300})["']/u;

/** Comments that compilers read: where JSX comes from, what makes its elements, and triple slashes with the types of a package. */
function pragmas(root: Node): Imports {
  return within(root, ["comment"]).flatMap((node) => {
    const { text } = node;
    const reference = text.startsWith("///") ? REFERENCE.exec(text.slice(0, 1000))?.[1] : undefined;
    if (reference !== undefined) return [{ module: reference, node }];
    if (!text.includes("@jsx")) return [];
    return [...text.matchAll(PRAGMA)].flatMap(([, kind, name = ""]) => {
      if (kind === "ImportSource") return [{ module: name, node }];
      return /^(?:require|eval|import|Function|module|process|globalThis)\b/u.test(name)
        ? [{ module: "?", node }]
        : [];
    });
  });
}

const WORKERS =
  /^(?:new )?(?:(?:[\w.]+\.)?(?:Worker|SharedWorker)|importScripts|(?:self|globalThis)\.importScripts|import\.meta\.(?:glob|globEager))$/u;

/** Workers, scripts of workers, Vite's globs. */
function reached(root: Node): Imports {
  return within(root, ["new_expression", "call_expression"]).flatMap((node) => {
    const callee = node.childForFieldName("constructor") ?? node.childForFieldName("function");
    const name = callee === null || callee.text.length > 100 ? "" : callee.text.replaceAll(/\s/gu, "");
    if (!WORKERS.test(name)) return [];
    const [first, ...others] = node.childForFieldName("arguments")?.namedChildren ?? [];
    const all = name.endsWith("importScripts") ? [first, ...others] : [first];
    return all.flatMap((part) => addresses(part ?? null)).map((module) => ({ module, node }));
  });
}

/** A path from the root of the project is one of the project, unless it leads to installed packages. */
function addresses(node: Node | null): readonly string[] {
  if (node?.type === "array") return node.namedChildren.flatMap((part) => addresses(part));
  const isAddress = node?.type === "new_expression" && node.childForFieldName("constructor")?.text === "URL";
  const from = isAddress ? (node.childForFieldName("arguments")?.namedChild(0) ?? null) : node;
  const text = literal(from)?.replace(/^!/u, "");
  if (text === undefined) return ["?"];
  return [text.startsWith("/") && !text.startsWith("//") ? `.${text}` : text];
}

/** `__loader__.load_module("x")`, `__spec__.loader`, and text that is run and may import anything. */
function loaders(root: Node): Imports {
  const names = within(root, ["identifier"]).filter(
    ({ text, parent }) =>
      /^(?:__loader__|__spec__|__builtins__)$/u.test(text) ||
      (/^(?:load_module|exec_module|find_spec|find_module)$/u.test(text) && parent?.type === "attribute"),
  );
  return [...names, ...within(root, ["call"]).filter(isRun)].map((node) => ({ module: "?", node }));
}

function isRun(call: Node): boolean {
  return /^(?:eval|exec|execfile|builtins\.(?:eval|exec))$/u.test(
    call.childForFieldName("function")?.text.slice(0, 30) ?? "",
  );
}

/** `shutil.os.system(…)`, `from pathlib import os`: what a module imported is one of its members. */
function throughOthers(root: Node, { aliases, imports }: Pick<Names, "aliases" | "imports">): Imports {
  const roots = new Set([...aliases.keys(), ...imports.map(({ module }) => module.split(".", 1)[0] ?? "")]);
  const members = within(root, ["attribute"]).flatMap((node) => {
    const name = node.childForFieldName("attribute")?.text ?? "";
    if (!/^[a-z_]\w{1,60}$/u.test(name) || isCalled(node)) return [];
    const [first] = within(node, ["identifier"]);
    return first !== undefined && roots.has(first.text) ? [{ module: `~${name}`, node }] : [];
  });
  const imported = within(root, ["import_from_statement"]).flatMap((node) =>
    node.childrenForFieldName("name").flatMap((part) => {
      const name = (part?.childForFieldName("name") ?? part)?.text ?? "";
      return /^[a-z_]\w{1,60}$/u.test(name) ? [{ module: `~${name}`, node }] : [];
    }),
  );
  const own = [...members, ...imported].map((one) => [keyOf(one), one] as const);
  return [...new Map(own.toReversed()).values()];
}

/** Where names are those of modules each line counts, else the first one of the file. */
function keyOf({ module, node }: Imports[number]): string {
  return isModuleName(module.slice(1)) ? `${module} ${node.startPosition.row}` : module;
}

function isCalled(node: Node): boolean {
  return node.parent?.type === "call" && node.parent.childForFieldName("function")?.id === node.id;
}

const CLASSES = /^(?:forName|loadClass|findClass|findSystemClass)$/u;

/** `Class.forName("java.net.Socket")`, `loader.loadClass("…")`. */
function byName(root: Node): Imports {
  return within(root, ["method_invocation"]).flatMap((node) => {
    const isOther = node.childForFieldName("object")?.text.endsWith("Charset") === true;
    if (isOther || !CLASSES.test(node.childForFieldName("name")?.text ?? "")) return [];
    return [{ module: literal(node.childForFieldName("arguments")?.namedChild(0) ?? null) ?? "?", node }];
  });
}

/** `requires java.net.http;` of a module's description. */
function required(root: Node): Imports {
  return within(root, ["requires_module_directive"]).flatMap((node) => {
    const module = node.childForFieldName("module")?.text.replaceAll(/\s/gu, "");
    return module === undefined ? [] : [{ module, node }];
  });
}

/** What `os/exec` does, under the names of what it is made of; and other names for functions of other packages. */
function started(root: Node): Imports {
  const calls = within(root, ["selector_expression"])
    .filter(({ text }) => /^(?:syscall|unix|os)\.(?:ForkExec|StartProcess|Exec)$/u.test(text.slice(0, 40)))
    .map((node) => ({ module: "~os/exec", node }));
  const links = within(root, ["comment"])
    .filter(({ text }) => text.startsWith("//go:linkname"))
    .map((node) => ({ module: "?", node }));
  return [...calls, ...links];
}
