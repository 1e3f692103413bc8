// Where the value of an expression comes from, within one file: a constant, put together, chosen by a user, from outside.
import type { Node } from "web-tree-sitter";
import type { Language } from "../../core/analysis/rules.ts";
import { isTaken } from "./elements.ts";
import { kinds } from "./languages.ts";
import type { Names } from "./gathered.ts";
import { headAround, holds, placeOf, type Scope, scopeOf } from "./scope.ts";
import { within } from "./syntax.ts";

export interface Origin {
  /** No constant. */
  readonly dynamic: boolean;
  /** Put together from a text and something that is no constant. */
  readonly built: boolean;
  /** Chosen by a user of the program. */
  readonly tainted: boolean;
  /** Holds a name that the file does not declare. */
  readonly outside: boolean;
  readonly ways: readonly Way[];
}

/** Lines that an expression's value comes over: of assignments, one behind the other. */
export interface Way {
  readonly line: number;
  readonly end: number;
  readonly tainted: boolean;
  readonly outside: boolean;
}

export type OriginOf = (node: Node) => Origin;

const CONSTANT: Origin = { dynamic: false, built: false, tainted: false, outside: false, ways: [] };

/** What a list holds is no constant, as it may grow; and where the list comes from says nothing of names in it. */
const TAKEN = { dynamic: true, outside: false };

/** Longer expressions are looked at in their first part only: what is so long is no constant. */
const MAX_TEXT = 4000;

/** Most characters of expressions that one file has looked at, for each character that it has. */
const MOST_LOOKS = 1;

/** Threat: calls within calls, each looked at with everything in it. A file that has more than this is unreadable. */
export class Patience {
  #left: number;

  constructor(text: string) {
    this.#left = text.length * MOST_LOOKS + 100_000;
  }

  spend({ startIndex, endIndex }: Node): void {
    this.#left -= endIndex - startIndex;
    if (this.#left < 0) throw new RangeError("expressions within expressions");
  }
}

/** Follows names through their assignments, whatever their order; a circle adds nothing. */
export function originsIn(names: Names, language: Language, patience: Patience): OriginOf {
  const set = kinds[language];
  const known = new Map<string, Named>();
  const ofName = (name: string): Named => {
    const done = known.get(name);
    if (done !== undefined) return done;
    known.set(name, { ...CONSTANT, given: false, assigned: [] });
    const nodes = names.values.get(name) ?? [];
    const values = nodes.map((node) => (isTaken(node) ? { ...of(node), ...TAKEN } : of(node)));
    const given = names.given.has(name);
    const undeclared = !names.declared.has(name) && !set.globals.test(name);
    const found: Named = {
      dynamic: given || values.length === 0 || values.some(({ dynamic }) => dynamic),
      built: values.some(({ built }) => built),
      tainted: given || values.some(({ tainted }) => tainted),
      outside: undeclared || values.some(({ outside }) => outside),
      ways: [],
      given,
      assigned: [
        ...nodes.map((node, at) => assignment(node, values[at] ?? CONSTANT)),
        ...(names.writes.get(name) ?? []).flatMap((node) => written(node, of(node))),
      ],
    };
    known.set(name, found);
    return found;
  };
  const seen = new Map<number, Origin>();
  const of = (node: Node): Origin => {
    const done = seen.get(node.id);
    if (done !== undefined) return done;
    patience.spend(node);
    const found = originOf(node, language, ofName);
    seen.set(node.id, found);
    return found;
  };
  return of;
}

interface Named extends Origin {
  readonly given: boolean;
  readonly assigned: readonly { readonly scope: Scope; readonly ways: readonly Way[] }[];
}

function assignment(value: Node, origin: Origin): Named["assigned"][number] {
  const { dynamic, tainted, outside, ways } = origin;
  const own = dynamic || outside ? [{ ...placeOf(value), tainted, outside }] : [];
  return { scope: scopeOf(value), ways: few([...own, ...ways]) };
}

/**
 * Threat: `cfg["host"] = request.args[…]` in one function, for a call in another that was a hit by its name before. Such a
 * write makes no hits, only new ones of those that there are.
 */
function written(value: Node, { tainted, outside, ways }: Origin): Named["assigned"] {
  const own = { ...placeOf(value), tainted, outside };
  return tainted ? [{ scope: undefined, ways: few([own, ...ways]) }] : [];
}

/** Threat: a chain of names, each with all lines of those before it. What has more comes from anywhere in the file. */
const MOST_WAYS = 40;

const ANYWHERE: Way = { line: 1, end: 10_000_000, tainted: true, outside: true };

function few(ways: readonly Way[]): readonly Way[] {
  if (ways.some((way) => way === ANYWHERE)) return [ANYWHERE];
  const own = [...new Map(ways.map((way) => [`${way.line}:${way.end}`, way])).values()];
  return own.length > MOST_WAYS ? [ANYWHERE] : own;
}

/** Names of files among the options of a program are chosen by who starts it. */
const PARSED = /\.parse_(?:known_)?args\([^()]{0,200}\)/gu;

/** Of an expression, from the names in it and what is done with them. */
function originOf(node: Node, language: Language, ofName: (name: string) => Named): Origin {
  const set = kinds[language];
  const text = node.text.slice(0, MAX_TEXT);
  const own = within(node, set.identifiers)
    .slice(0, 200)
    .filter((name) => isValue(name))
    .map(({ text: name }) => ofName(name));
  const ways = own.flatMap(({ assigned }) =>
    assigned.flatMap((one) => (holds(one.scope, node) ? one.ways : [])),
  );
  const dynamic = own.some((part) => part.dynamic) || isCalled(node, language);
  const sourced = set.sources.test(text.replaceAll(PARSED, ""));
  const joined = dynamic && isJoined(node, language);
  return {
    dynamic: dynamic || sourced,
    built: joined || own.some(({ built }) => built),
    tainted: sourced || own.some(({ tainted }) => tainted),
    outside: own.some(({ outside }) => outside),
    ways: few([...ways, ...givenTo(node, own)]),
  };
}

function givenTo(node: Node, own: readonly Named[]): readonly Way[] {
  const head = own.some(({ given }) => given) ? headAround(node) : undefined;
  return head === undefined ? [] : [{ ...head, tainted: true, outside: false }];
}

/** Names of members, keywords and called functions are no values. */
function isValue(name: Node): boolean {
  const { parent } = name;
  if (parent === null) return true;
  if (parent.type === "keyword_argument") return parent.childForFieldName("name")?.id !== name.id;
  if (/^(?:attribute|selector_expression|field_access)$/u.test(parent.type))
    return (parent.childForFieldName("object") ?? parent.childForFieldName("operand"))?.id === name.id;
  if (parent.type === "method_invocation") return parent.childForFieldName("name")?.id !== name.id;
  return !(parent.type.startsWith("call") && parent.childForFieldName("function")?.id === name.id);
}

/** A call is no constant, whatever its arguments are, except for the ways of joining constants. */
function isCalled(node: Node, language: Language): boolean {
  const calls = within(node, kinds[language].calls);
  return calls.length > MOST_JOINS || !calls.every(({ text }) => JOINING.test(text.slice(0, 60)));
}

/** What makes one constant of others. */
const JOINING =
  /^(?:path\.(?:join|resolve)|os\.path\.\w+|filepath\.Join|fmt\.Sprintf|String\.format|Object\.assign|require|str|String|b|new URL|url\.fileURLToPath|process\.cwd|Path)\(/u;

/** Threat: a sum of a hundred thousand parts, looked at part by part. The outermost come first. */
const MOST_JOINS = 50;

const FORMAT = /\.format\(|\bSprintf\(|String\.format\(|\.formatted\(|\.concat\(|\.append\(|\.join\(/u;

function isJoined(node: Node, language: Language): boolean {
  const { joins, strings } = kinds[language];
  if (language === "sh") return within(node, joins).length > 0;
  if (FORMAT.test(node.text.slice(0, MAX_TEXT))) return true;
  return within(node, joins)
    .slice(0, MOST_JOINS)
    .some((join) => isSum(join, strings));
}

/** A sum of texts, or a text with something in it; PHP has one kind of node for texts with and without. */
function isSum(join: Node, strings: readonly string[]): boolean {
  if (/^(?:encapsed|heredoc|shell_command)/u.test(join.type))
    return within(join, ["variable_name", "dynamic_variable_name"]).length > 0;
  if (!join.type.startsWith("binary")) return true;
  const operator = join.childForFieldName("operator")?.text ?? join.child(1)?.text ?? "";
  return /[+%.]/u.test(operator) && within(join, strings).length > 0;
}
