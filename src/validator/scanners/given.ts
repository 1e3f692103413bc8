// Names that users of a program fill: parameters of routes and tools, and what is taken out of a request.
import type { Node } from "web-tree-sitter";
import type { Gathered } from "./gathered.ts";
import { within } from "./syntax.ts";

const ROUTE =
  /^@[\w.]*\.?(?:route|get|post|put|patch|delete|websocket|tool|resource|prompt|command|api_view|task|action|expose)\b/u;

const INJECTED =
  /@(?:RequestParam|PathVariable|RequestBody|RequestHeader|CookieValue|QueryParam|PathParam|FormParam|HeaderParam|ModelAttribute)/u;

/** Parameters that a framework fills with what a user sent. */
export function collectGiven(root: Node, all: Gathered): void {
  for (const node of within(root, ["formal_parameter", "decorated_definition"])) declaredGiven(node, all);
  if (all.language === "js") for (const node of within(root, ["object_pattern"])) unpacked(node, all.given);
}

const SENT = /^(?:query|body|params|headers|cookies|files?|url|originalUrl|hostname)$/u;

/** `({ query }, res) => …` and `const { query: { name } } = req`: a request that never has a name, or loses it. */
function unpacked(pattern: Node, given: Set<string>): void {
  if (!isRequest(pattern)) return;
  for (const part of pattern.namedChildren) {
    const key = part?.childForFieldName("key")?.text ?? part?.text.split(/[\s=]/u, 1)[0] ?? "";
    if (part === null || !SENT.test(key)) continue;
    const from = part.childForFieldName("value") ?? part;
    for (const { text } of within(from, ["identifier", "shorthand_property_identifier_pattern"]))
      given.add(text);
  }
}

/** Second parameters that are no response. */
const OTHERS = /^_?(?:ref|state|prevState|index|i|key|props|context|options|opts)$/u;

function isRequest(pattern: Node): boolean {
  const { parent } = pattern;
  if (parent?.type === "variable_declarator")
    return /^(?:this\.)?(?:req|request|ctx|ctx\.request|event)$/u.test(
      parent.childForFieldName("value")?.text.slice(0, 40) ?? "",
    );
  const params = parent?.type === "required_parameter" ? parent.parent : parent;
  if (params?.type !== "formal_parameters") return false;
  const [first, second] = params.namedChildren.flatMap((param) => (param === null ? [] : [param]));
  if (first === undefined || second === undefined) return false;
  const name = second.childForFieldName("pattern") ?? second;
  return within(first, ["object_pattern"])[0]?.id === pattern.id && !OTHERS.test(name.text.slice(0, 40));
}

function declaredGiven(node: Node, { language, given, aliases }: Gathered): void {
  if (language === "java") injected(node, given, aliases);
  else if (node.namedChildren.some(isRoute)) {
    const params = node.childForFieldName("definition")?.childForFieldName("parameters");
    for (const param of params?.namedChildren ?? []) {
      const [name] = param === null ? [] : within(param, ["identifier"]);
      if (name !== undefined && name.text !== "self") given.add(name.text);
    }
  }
}

function isRoute(child: Node | null): boolean {
  return child?.type === "decorator" && ROUTE.test(child.text.slice(0, 200));
}

function injected(node: Node, given: Set<string>, aliases: Map<string, string>): void {
  const [name, type] = [
    node.childForFieldName("name")?.text ?? "",
    node.childForFieldName("type")?.text ?? "",
  ];
  if (INJECTED.test(node.text)) given.add(name);
  if (/^[A-Z][\w.]*$/u.test(type) && type !== "String") aliases.set(name, type);
}
