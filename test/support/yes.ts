// Looks for whatever in a source could make an allowing decision: the type system's brand holds only as long as nobody casts.
import { parseSync } from "@swc/core";

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** Types of which a value may be a yes; aliases of them are found by `aliasesOf`. */
const YES = ["Allowed", "Decision"];

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

function childrenOf(node: object): readonly Node[] {
  return Object.values(node).flatMap((value: unknown): readonly Node[] => {
    if (Array.isArray(value))
      return value.flatMap((item: unknown) =>
        isNode(item) ? [item] : typeof item === "object" && item !== null ? childrenOf(item) : [],
      );
    if (isNode(value)) return [value];
    // Arguments of calls stand in objects without a type.
    return typeof value === "object" && value !== null ? childrenOf(value) : [];
  });
}

function all(node: Node): readonly Node[] {
  return [node, ...childrenOf(node).flatMap(all)];
}

function nodesOf(source: string): readonly Node[] {
  const body = parseSync(source, { syntax: "typescript", target: "es2022" })
    .body as unknown as readonly Node[];
  return body.flatMap(all);
}

const nameOf = (node: unknown): string =>
  isNode(node) && typeof node["value"] === "string" ? node["value"] : "";

function keyOf(node: unknown): string {
  return isNode(node) && node.type === "Computed" ? nameOf(node["expression"]) : nameOf(node);
}

/** Names of types in one source that stand for a yes: what is imported under another name, and what is defined by one. */
function aliasesOf(source: string, known: ReadonlySet<string>): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (node.type === "ImportSpecifier" && known.has(nameOf(node["imported"])))
      return [nameOf(node["local"])];
    if (node.type === "TsTypeAliasDeclaration" && mentions(node["typeAnnotation"], known))
      return [nameOf(node["id"])];
    if (node.type === "TsInterfaceDeclaration" && mentions(node["extends"], known))
      return [nameOf(node["id"])];
    return [];
  });
}

/** Every name under which the sources know a yes. */
export function yesNames(sources: Iterable<string>): ReadonlySet<string> {
  const names = new Set(YES);
  const texts = [...sources];
  for (let before = 0; before < names.size;) {
    before = names.size;
    const naming = texts.filter((text) => [...names].some((name) => text.includes(name)));
    for (const name of naming.flatMap((text) => aliasesOf(text, names))) names.add(name);
  }
  return names;
}

function mentions(type: unknown, names: ReadonlySet<string>): boolean {
  if (typeof type !== "object" || type === null) return false;
  const nodes = isNode(type) ? all(type) : childrenOf(type).flatMap(all);
  return nodes.some((node) => {
    if (node.type === "TsTypeQuery") return nameOf(node["exprName"]) === "evaluate";
    if (node.type === "TsExpressionWithTypeArguments") return names.has(nameOf(node["expression"]));
    return node.type === "TsTypeReference" && names.has(nameOf(node["typeName"]));
  });
}

const isCall = (node: unknown, name: string): boolean =>
  isNode(node) && node.type === "CallExpression" && nameOf(node["callee"]) === name;

/** What in `source` makes a yes or could pass something else off as one, by rule; empty where nothing does. */
export function yesMakers(source: string, names: ReadonlySet<string>): readonly string[] {
  const nodes = nodesOf(source);
  const generic = new Set(
    nodes.filter(({ type }) => type === "TsTypeParameter").map((node) => nameOf(node["name"])),
  );
  const held = heldNames(nodes, names);
  return nodes.flatMap((node) => rulesOn(node, names, generic, held));
}

type Names = ReadonlySet<string>;

function rulesOn(node: Node, names: Names, generic: Names, held: Names): readonly string[] {
  const type = node["typeAnnotation"];
  const said = (rule: string, holds: boolean): readonly string[] => (holds ? [rule] : []);
  switch (node.type) {
    case "TsAsExpression":
    case "TsTypeAssertion":
      return said("cast", mentions(type, names) || mentions(type, generic) || isAnything(type));
    case "TsTypePredicate":
      return said("predicate", mentions(type, names));
    case "CallExpression":
    case "NewExpression":
      return [
        ...said("type argument", mentions(node["typeArguments"], names)),
        ...said("assignment", setsAllowed(node)),
      ];
    case "ObjectExpression":
      return (node["properties"] as readonly Node[]).flatMap((property) => rulesOnProperty(property, held));
    case "AssignmentExpression":
      return said("assignment", isNode(node["left"]) && keyOf(node["left"]["property"]) === "allowed");
    default:
      return [
        ...said("brand", node.type === "Identifier" && nameOf(node) === "allowedBrand"),
        ...rulesOnMaker(node, names),
      ];
  }
}

/** What is declared to be a yes, and is none that evaluate made. */
function rulesOnMaker(node: Node, names: Names): readonly string[] {
  if (node.type === "ClassDeclaration") return mentions(node["implements"], names) ? ["class"] : [];
  if (node.type === "VariableDeclarator") {
    const fine = isCall(node["init"], "evaluate") || isFunction(node["init"]);
    return mentions(node["id"], names) && !fine ? ["annotation"] : [];
  }
  return isFunction(node) && returnsYes(node, names) && !callsEvaluate(node) ? ["function"] : [];
}

function rulesOnProperty(property: Node, held: Names): readonly string[] {
  if (property.type === "SpreadElement") {
    const spread = property["arguments"];
    const name =
      isNode(spread) && spread.type === "MemberExpression" ? nameOf(spread["property"]) : nameOf(spread);
    return held.has(name) || name === "decision" ? ["spread"] : [];
  }
  // Shorthand: `{ allowed }`
  if (property.type === "Identifier") return nameOf(property) === "allowed" ? ["literal"] : [];
  if (property.type !== "KeyValueProperty" || keyOf(property["key"]) !== "allowed") return [];
  const value = property["value"];
  const denies = isNode(value) && value.type === "BooleanLiteral" && value["value"] === false;
  return denies || isFunction(value) ? [] : ["literal"];
}

/** Variables and parameters that hold a decision. */
function heldNames(nodes: readonly Node[], names: Names): Names {
  const held = new Set<string>();
  for (const node of nodes) {
    if (node.type === "Identifier" && mentions(node["typeAnnotation"], names)) held.add(nameOf(node));
    if (node.type === "VariableDeclarator" && isCall(node["init"], "evaluate")) held.add(nameOf(node["id"]));
  }
  return held;
}

function isFunction(node: unknown): boolean {
  return (
    isNode(node) &&
    [
      "ArrowFunctionExpression",
      "FunctionExpression",
      "FunctionDeclaration",
      "ClassMethod",
      "MethodProperty",
    ].includes(node.type)
  );
}

function returnsYes(node: Node, names: Names): boolean {
  const method = node["function"] as { readonly returnType?: unknown } | undefined;
  return mentions(method?.returnType ?? node["returnType"], names);
}

function callsEvaluate(node: Node): boolean {
  return all(node).some((one) => isCall(one, "evaluate"));
}

/** never and any go everywhere. */
function isAnything(type: unknown): boolean {
  const keywords: readonly unknown[] = ["never", "any"];
  return (
    isNode(type) && all(type).some((one) => one.type === "TsKeywordType" && keywords.includes(one["kind"]))
  );
}

/** Object.assign, Object.defineProperty, Reflect.set and their like with the name in clear. */
function setsAllowed(node: Node): boolean {
  const callee = node["callee"];
  if (!isNode(callee) || callee.type !== "MemberExpression") return false;
  if (!["Object", "Reflect"].includes(nameOf(callee["object"]))) return false;
  return childrenOf({ of: node["arguments"] })
    .flatMap(all)
    .some((one) => one.type === "StringLiteral" && one["value"] === "allowed");
}
