// From the configuration's conditions and trees to gates that can be evaluated; whatever is wrong is a fault with its key.
import { canonical, type Json } from "../base/canonical.ts";
import type { RuleFault } from "../config/fault.ts";
import type { Config } from "../config/schema.ts";
import { type GateEntry, type GateName, gateNames } from "../config/schema-gates.ts";
import { parseQuery } from "../jsonpath/parse.ts";
import { isSingular } from "../jsonpath/query.ts";
import { compileCondition } from "./compile-condition.ts";
import type { Comparator, ConditionSpec, PolicyGate } from "./condition.ts";
import { askable } from "./providers.ts";
import { leavesOf, membersOf, type Requirement } from "./requirement.ts";
import type { EvidenceSchema } from "./schema.ts";
import { MAX_TREE_TEXT } from "./tree.ts";
import { isList, renderValue, type Value } from "./value.ts";

export interface CompiledPolicy {
  readonly gates: ReadonlyMap<GateName, PolicyGate>;
  readonly faults: readonly RuleFault[];
}

/** What of a configuration the gates are made of. */
export type PolicyWords = Pick<Config, "conditions" | "gates" | "trust" | "validation" | "evidence">;

/**
 * Every gate of the configuration; one with a fault is missing, and a configuration with faults starts nothing. Faults
 * name conditions by id (`conditions.ci.expected`). `schemas`: registered evidence schemas by name@version.
 */
export function compilePolicy(
  config: PolicyWords,
  schemas: ReadonlyMap<string, EvidenceSchema>,
): CompiledPolicy {
  const specs = new Map<string, ConditionSpec | undefined>();
  const faults: RuleFault[] = [];
  const named = new Set(
    Object.values(config.gates).flatMap((gate) => (gate === undefined ? [] : leavesOf(gate.require))),
  );
  for (const entry of config.conditions) {
    if (specs.has(entry.id)) {
      faults.push(twice(entry.id));
      continue;
    }
    const { spec, faults: found } = compileCondition(entry, config, schemas);
    // What no gate names asks nobody: whoever replaced a preset's gates need not open what only those asked for.
    faults.push(...found.filter(({ because }) => because === undefined || named.has(entry.id)));
    specs.set(entry.id, spec);
  }
  const gates = new Map<GateName, PolicyGate>();
  for (const name of gateNames) {
    const entry = config.gates[name];
    if (entry === undefined) continue;
    const found = gateFaults(name, entry, config, specs);
    faults.push(...found);
    if (found.length === 0) setGate(gates, name, entry, config, specs);
  }
  return { gates, faults };
}

function setGate(
  gates: Map<GateName, PolicyGate>,
  name: GateName,
  { require, min_lane: minLane }: GateEntry,
  config: PolicyWords,
  specs: ReadonlyMap<string, ConditionSpec | undefined>,
): void {
  const conditions = [...new Set(leavesOf(require))].map((id) => specs.get(id));
  const known = conditions.filter((spec) => spec !== undefined);
  // A condition at fault has been told; a gate that lost one must not be evaluated without it.
  if (known.length < conditions.length) return;
  const lane = minLane === undefined ? {} : { minLane };
  gates.set(name, { id: name, logic: config.trust.logic, ...lane, require, conditions: known });
}

function gateFaults(
  name: GateName,
  { require }: GateEntry,
  { conditions, evidence }: PolicyWords,
  specs: ReadonlyMap<string, ConditionSpec | undefined>,
): readonly RuleFault[] {
  const key = `gates.${name}.require`;
  if (canonical(require).length > MAX_TREE_TEXT)
    return [
      {
        key,
        message: `is a tree of more than ${MAX_TREE_TEXT} characters`,
        fix: "No verdict could carry it: say it shorter.",
      },
    ];
  const twice = countedTwice(require, specs);
  if (twice !== undefined) return [{ key, message: twice, fix: TWICE_FIX }];
  const askableHere = askable(name).filter((provider) => evidence.providers.includes(provider));
  return [...new Set(leavesOf(require))].flatMap((id): RuleFault[] => {
    if (!specs.has(id))
      return [
        {
          key,
          message: `names the condition "${id}", which does not exist`,
          fix: `Write [[conditions]] with id = "${id}", or correct the name${nearest(id, specs)}.`,
        },
      ];
    const provider = conditions.find((entry) => entry.id === id)?.provider;
    // A provider that nobody may ask is the condition's own fault, and told there.
    if (provider === undefined || askable(name).includes(provider)) return [];
    return [
      {
        key,
        message: `names the condition "${id}", whose provider ${provider} this gate cannot ask`,
        fix: `Gate ${name} can ask ${askableHere.join(", ") || "nobody"}; ${provider} belongs to the gates verdict and landing.`,
      },
    ];
  });
}

const TWICE_FIX = "Ask it once: one answer must not count for two.";

/**
 * Where one answer counts for more than one: two conditions of one question side by side, or anywhere below one
 * at_least, where a condition may not stand twice either. The form of a tree does not tell (schema-tree.ts).
 */
function countedTwice(
  tree: Requirement,
  specs: ReadonlyMap<string, ConditionSpec | undefined>,
): string | undefined {
  if (typeof tree === "string") return undefined;
  const members = membersOf(tree);
  const counts = "at_least" in tree;
  const leaves = counts ? leavesOf(tree) : members.filter((member) => typeof member === "string");
  const asked = new Map<string, string>();
  for (const id of leaves) {
    const question = questionOf(id, specs.get(id));
    const other = asked.get(question);
    if (other === id) return `counts the condition ${id} twice in one at_least`;
    if (other !== undefined) return `asks one question under two names: ${other} and ${id}`;
    asked.set(question, id);
  }
  return members.map((member) => countedTwice(member, specs)).find((fault) => fault !== undefined);
}

/** What a condition asks, and what of the answer, in one spelling; a condition at fault is like no other. */
function questionOf(id: string, spec: ConditionSpec | undefined): string {
  if (spec === undefined) return canonical([id]);
  const { provider, check, params, comparator, expected } = spec;
  const asked = Object.keys(params)
    .toSorted()
    .flatMap((name) => spelling(name, params[name] ?? null));
  const [how, value] = comparison(comparator, expected);
  return canonical([provider, check, asked, how, value === undefined ? null : renderValue(value)]);
}

/** To be in a set of one is to be equal to it. */
function comparison(
  comparator: Comparator,
  expected: Value | undefined,
): readonly [Comparator, Value | undefined] {
  if (comparator !== "in_set" || expected === undefined || !isList(expected)) return [comparator, expected];
  return expected.length === 1 ? ["equals", expected[0]] : [comparator, expected];
}

const spellings: ReadonlyMap<string, (text: string) => string> = new Map([
  ["jsonpath", placeOf],
  ["url", (text: string) => new URL(text).href],
]);

function spelling(name: string, said: Json): readonly Json[] {
  const read = spellings.get(name);
  if (read !== undefined && typeof said === "string") return [name, read(said)];
  // No parameters of a statement are none, whether somebody wrote the empty table or not.
  return canonical(said) === "{}" ? [] : [name, said];
}

/** $.a and $['a'] are one place; a query that may find several is what it says. */
function placeOf(jsonpath: string): string {
  const query = parseQuery(jsonpath);
  return isSingular(query) ? JSON.stringify(query.segments) : jsonpath;
}

function nearest(id: string, specs: ReadonlyMap<string, unknown>): string {
  const bare = (text: string): string => text.replaceAll(/[-_]/g, "");
  const like = [...specs.keys()].find((known) => bare(known) === bare(id));
  return like === undefined ? "" : `: did you mean "${like}"?`;
}

function twice(id: string): RuleFault {
  return {
    key: `conditions.${id}.id`,
    message: "is the id of two conditions",
    fix: "Give each condition an id of its own: a tree could mean either.",
  };
}
