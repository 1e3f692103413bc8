// What names stand for in one file: imports under their aliases, values of variables, and the full name of a callee.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import type { Gathered, Names } from "./gathered.ts";
import { detours } from "./detours.ts";
import { takenIn } from "./elements.ts";
import { collectGiven } from "./given.ts";
import { kinds } from "./languages.ts";
import { LOADED, LOADS, packaged, POWERS } from "./loads.ts";
import { importOf } from "./modules.ts";
import { commandOf } from "./shell.ts";
import { literal, plain, within } from "./syntax.ts";
import { writesIn } from "./writes.ts";

export function namesOf(root: Node, language: Language): Names {
  const all: Gathered = {
    language,
    aliases: new Map(),
    values: new Map(),
    writes: writesIn(root, language),
    declared: new Set(),
    given: new Set(),
    imports: [],
    open: [],
  };
  const set = kinds[language];
  for (const node of within(root, set.imports))
    for (const module of importOf(node, all)) all.imports.push({ module, node });
  for (const node of within(root, [...set.params, ...set.declares]))
    for (const name of ownNames(node)) all.declared.add(name);
  collectGiven(root, all);
  for (const [kind, left, right] of set.assigns)
    for (const node of within(root, [kind]))
      assigned(node, node.childForFieldName(left), node.childForFieldName(right), all);
  for (const [name, list] of takenIn(root, language)) valued(name, list, all);
  for (const name of all.aliases.keys()) all.declared.add(name);
  for (const node of within(root, set.calls)) loaded(node, all);
  if (language === "py") for (const node of within(root, ["subscript"])) taken(node, all);
  if (language === "java") all.imports.push(...packaged(root, all));
  all.imports.push(...detours(root, language, all));
  return all;
}

function assigned(node: Node, target: Node | null, value: Node | null, all: Gathered): void {
  if (target === null) return;
  for (const name of targets(target)) {
    all.declared.add(name);
    if (value !== null) valued(name, value, all);
  }
  if (value !== null) aliasOf(target, value, node, all);
}

function valued(name: string, value: Node, { values }: Gathered): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}

/** A module that is named by an expression is `?`. */
function loaded(call: Node, { language, aliases, imports }: Gathered): void {
  const callee = calleeOf(call, language, aliases);
  if (!LOADS.test(callee)) return;
  const [first] = argumentsOf(call);
  if (first === undefined) return;
  const named = literal(first) ?? "?";
  // `package.module:object`.
  const module = callee.endsWith("resolve_name") ? named.replace(/:[^]*$/u, "") : named;
  imports.push({ module, node: call });
}

/** `sys.modules["os"]`. */
function taken(node: Node, { aliases, imports }: Gathered): void {
  if (!LOADED.test(nameOf(node.childForFieldName("value"), aliases))) return;
  imports.push({ module: literal(node.childForFieldName("subscript")) ?? "?", node });
}

/** Arguments in their order; comments are none. */
export function argumentsOf(call: Node): readonly Node[] {
  if (call.type === "command") return commandOf(call).args;
  const list =
    call.childForFieldName("arguments") ??
    call.namedChildren.find((node) => node?.type === "arguments") ??
    null;
  if (list === null) return [];
  if (list.type === "template_string") return [list];
  return list.namedChildren.filter((node) => node !== null && !node.type.includes("comment"));
}

/** Full name of what is called: `child_process.exec`, `vm2.VM().run`, `new Function`, `Statement.executeQuery`. */
export function calleeOf(call: Node, language: Language, aliases: ReadonlyMap<string, string>): string {
  if (language === "sh") return commandOf(call).name;
  if (language === "php") return calledInPhp(call, aliases);
  if (language === "rb") return calledInRuby(call, aliases);
  if (call.type === "new_expression") return `new ${nameOf(call.childForFieldName("constructor"), aliases)}`;
  if (call.type === "object_creation_expression") return `new ${call.childForFieldName("type")?.text ?? ""}`;
  if (call.type === "method_invocation") {
    const object = call.childForFieldName("object");
    const name = call.childForFieldName("name")?.text ?? "";
    return object === null ? name : `${nameOf(object, aliases)}.${name}`;
  }
  return nameOf(call.childForFieldName("function"), aliases);
}

/** Functions, classes and methods of PHP have no letter case, and a text may be one's name. */
function calledInPhp(call: Node, aliases: ReadonlyMap<string, string>): string {
  const name = (node: Node | null): string =>
    (literal(node) ?? nameOf(node, aliases)).toLowerCase().replace(/^\\/u, "");
  if (call.type === "object_creation_expression") return `new ${name(call.namedChild(0))}`;
  const [object, method] = [call.childForFieldName("object"), call.childForFieldName("name")];
  const scope = object ?? call.childForFieldName("scope");
  return scope === null ? name(call.childForFieldName("function")) : `${name(scope)}.${name(method)}`;
}

/** `Kernel.system`, `system`, `a.where`. */
function calledInRuby(call: Node, aliases: ReadonlyMap<string, string>): string {
  const [receiver, method] = [call.childForFieldName("receiver"), call.childForFieldName("method")];
  const name = method?.text ?? "call";
  return receiver === null ? name : `${nameOf(receiver, aliases)}.${name}`;
}

const MAX_DEPTH = 40;

/** Kinds of `a.b`, with the fields of `a` and `b`. */
const MEMBERS: Readonly<Record<string, readonly [string, string]>> = {
  member_expression: ["object", "property"],
  attribute: ["object", "attribute"],
  selector_expression: ["operand", "field"],
  field_access: ["object", "field"],
};

const NAMES =
  /^(?:(?:type_|package_)?identifier|constant|scope_resolution|name|qualified_name|variable_name|instance_variable)$/u;
const WORDS = /^(?:this|self|super|import)$/u;
const WRAPPERS =
  /^(?:await(?:_expression)?|parenthesized_expression|non_null_expression|as_expression|satisfies_expression)$/u;

/** Of these the last part is what counts: `(0, eval)`, `<any>eval`. */
const LASTS = /^(?:sequence_expression|type_assertion)$/u;

/** Dotted name of an expression; `?` for what has none. */
function nameOf(node: Node | null, aliases: ReadonlyMap<string, string>, depth = 0): string {
  if (node === null || depth > MAX_DEPTH) return "?";
  const { type } = node;
  const inner = (child: Node | null): string => nameOf(child, aliases, depth + 1);
  if (NAMES.test(type)) return aliases.get(node.text) ?? node.text;
  if (WORDS.test(type)) return node.text;
  const member = Object.hasOwn(MEMBERS, type) ? MEMBERS[type] : undefined;
  if (member !== undefined)
    return `${inner(node.childForFieldName(member[0]))}.${node.childForFieldName(member[1])?.text ?? "?"}`;
  if (type.startsWith("subscript")) return subscript(node, inner);
  const at = wrapped(node);
  return at === undefined ? madeBy(node, aliases, depth) : inner(node.namedChild(at));
}

/** Which of its parts a node hands on. */
function wrapped({ type, namedChildCount }: Node): number | undefined {
  if (LASTS.test(type)) return namedChildCount - 1;
  return WRAPPERS.test(type) || (type === "expression_list" && namedChildCount === 1) ? 0 : undefined;
}

/** What a call or a constructor hands out: `T()`. */
function madeBy(node: Node, aliases: ReadonlyMap<string, string>, depth: number): string {
  const inner = (child: Node | null): string => nameOf(child, aliases, depth + 1);
  switch (node.type) {
    case "function_call_expression":
    case "member_call_expression":
    case "scoped_call_expression":
      return `${calledInPhp(node, aliases)}()`;
    case "call_expression":
    case "call":
      if (node.childForFieldName("method") !== null) return `${calledInRuby(node, aliases)}()`;
      return called(node, aliases, depth);
    case "new_expression":
      return `${inner(node.childForFieldName("constructor"))}()`;
    case "object_creation_expression":
      return node.childForFieldName("type")?.text ?? "?";
    case "method_invocation": {
      const object = node.childForFieldName("object");
      const name = node.childForFieldName("name")?.text ?? "?";
      return object === null ? `${name}()` : `${inner(object)}.${name}()`;
    }
    default:
      return "?";
  }
}

/** `os["system"]` is `os.system`. */
function subscript(node: Node, inner: (child: Node | null) => string): string {
  const object = node.childForFieldName("object") ?? node.childForFieldName("value");
  const index = literal(node.childForFieldName("index") ?? node.childForFieldName("subscript"));
  if (index === undefined) return "?";
  const table = inner(object);
  return LOADED.test(table) ? index : `${table}.${index}`;
}

function called(node: Node, aliases: ReadonlyMap<string, string>, depth: number): string {
  const name = nameOf(node.childForFieldName("function"), aliases, depth + 1);
  const [first, second] = argumentsOf(node);
  const module = literal(first ?? null);
  if (LOADS.test(name) && module !== undefined) return plain(module);
  if (/(?:^|\.)promisify$/u.test(name)) return nameOf(first ?? null, aliases, depth + 1);
  if (name === "getattr" && literal(second ?? null) !== undefined)
    return `${nameOf(first ?? null, aliases, depth + 1)}.${literal(second ?? null) ?? ""}`;
  return `${name}()`;
}

/** `const cp = require("child_process")`, `const { exec: run } = cp`, `run := exec.Command`, `Statement s = …`. */
function aliasOf(target: Node, value: Node, node: Node, { language, aliases }: Gathered): void {
  if (language === "java") {
    aliasOfType(target, value, node, aliases);
    return;
  }
  const name = nameOf(value, aliases);
  if (name.startsWith("?") || name.length > 200) return;
  if (target.type === "object_pattern") {
    for (const part of target.namedChildren) if (part !== null) aliasOfPart(part, name, aliases);
    return;
  }
  const one = target.type === "expression_list" ? target.namedChild(0) : target;
  if (one?.type !== "identifier" || one.text === name) return;
  // Only what leads to something that was imported, or made by it: `x = y` says nothing.
  const leads =
    /[./]|\(\)/u.test(name) ||
    aliases.has(name) ||
    POWERS.test(name) ||
    /^(?:call|subscript)/u.test(value.type);
  if (leads) aliases.set(one.text, name);
}

/** In Java the type of a variable says what its methods are. */
function aliasOfType(target: Node, value: Node, node: Node, aliases: Map<string, string>): void {
  const type = node.parent?.childForFieldName("type")?.text.replace(/<[^]*$/u, "") ?? "";
  if (type === "var") aliases.set(target.text, nameOf(value, aliases));
  else if (type.length < 100 && /^[A-Z]/u.test(type)) aliases.set(target.text, type);
}

function aliasOfPart(part: Node, name: string, aliases: Map<string, string>): void {
  if (part.type === "shorthand_property_identifier_pattern") aliases.set(part.text, `${name}.${part.text}`);
  const [key, own] = [part.childForFieldName("key"), part.childForFieldName("value")];
  if (key !== null && own?.type === "identifier") aliases.set(own.text, `${name}.${key.text}`);
}

function targets(target: Node): readonly string[] {
  if (/^(?:identifier|variable_name|instance_variable|global_variable)$/u.test(target.type))
    return [target.text];
  if (/member|attribute|subscript|selector|field_access/u.test(target.type))
    return [target.text.slice(0, 200)];
  return within(target, ["identifier", "shorthand_property_identifier_pattern"]).map(({ text }) => text);
}

/** Names in a head: of parameters, functions, classes, loops. */
function ownNames(node: Node): readonly string[] {
  const head =
    node.childForFieldName("name") ??
    node.childForFieldName("left") ??
    node.childForFieldName("parameter") ??
    node.childForFieldName("alias");
  const from = /param|catch/u.test(node.type) ? node : head;
  return from === null
    ? []
    : within(from, ["identifier", "variable_name", "shorthand_property_identifier_pattern"]).map(
        ({ text }) => text,
      );
}
