// Reads a requirement tree of the configuration: by hand, so that a fault deep inside names its place and its cure.
import { z } from "zod";
import { conditionIdSchema } from "../gate/record.ts";
import { MAX_TREE_DEPTH, type Requirement } from "../gate/requirement.ts";

const REF = { $ref: "#/$defs/requirement" } as const;

/** A tree that may guard a gate: no empty group, no member twice, no count that is always or never met, at most 32 levels. */
export const requirementSchema = z
  .unknown()
  .transform((raw, context): Requirement => {
    const faults: TreeFault[] = [];
    const node = readNode(raw, { path: [], faults });
    for (const { path, message } of faults)
      context.issues.push({ code: "custom", message, path: [...path], input: raw });
    return node?.tree ?? z.NEVER;
  })
  .meta(REF);

interface TreeFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Reading {
  readonly path: readonly (string | number)[];
  readonly faults: TreeFault[];
  /** Levels above; the root has none. */
  readonly depth?: number;
}

interface Node {
  readonly tree: Requirement;
  /** Equal for trees that must have the same state, as far as their form tells. */
  readonly essence: string;
}

/** More would not be read by anybody. */
const MAX_FAULTS = 20;
const FORMS = `a condition's id, { all = [...] }, { any = [...] }, { not = … } or { at_least = 2, of = [...] }`;

function readNode(raw: unknown, at: Reading): Node | undefined {
  if ((at.depth ?? 0) > MAX_TREE_DEPTH) return fault(at, TOO_DEEP);
  if (typeof raw === "string") {
    const id = conditionIdSchema.safeParse(raw);
    if (id.success) return { tree: raw, essence: raw };
    return fault(at, `is no condition's id: ${id.error.issues[0]?.message ?? ""}`);
  }
  if (!isTable(raw)) return fault(at, `must be ${FORMS}`);
  switch (Object.keys(raw).toSorted().join()) {
    case "all":
    case "any":
      return readGroup(raw, "all" in raw ? "all" : "any", at);
    case "not": {
      const node = readNode(raw["not"], below(at, "not"));
      return node === undefined ? undefined : { tree: { not: node.tree }, essence: negated(node.essence) };
    }
    case "at_least,of":
      return readCount(raw, at);
    default:
      return fault(at, `must be ${FORMS}, and nothing beside it`);
  }
}

const TOO_DEEP = `is deeper than ${MAX_TREE_DEPTH} levels`;

function readGroup(
  raw: Readonly<Record<string, unknown>>,
  kind: "all" | "any",
  at: Reading,
): Node | undefined {
  const members = readMembers(raw[kind], kind, at);
  if (members === undefined) return undefined;
  const trees = members.map(({ tree }) => tree);
  return { tree: kind === "all" ? { all: trees } : { any: trees }, essence: essence(kind, members) };
}

function readCount(raw: Readonly<Record<string, unknown>>, at: Reading): Node | undefined {
  const members = readMembers(raw["of"], "of", at);
  const least = raw["at_least"];
  if (typeof least !== "number" || !Number.isSafeInteger(least) || least < 1)
    return fault(below(at, "at_least", 0), "must be an integer of 1 or more: none of them is always met");
  if (members === undefined) return undefined;
  if (least > members.length)
    return fault(below(at, "at_least", 0), `is more than the ${members.length} of the group: never met`);
  const kind = least === 1 ? "any" : least === members.length ? "all" : String(least);
  return {
    tree: { at_least: least, of: members.map(({ tree }) => tree) },
    essence: essence(kind, members),
  };
}

function readMembers(raw: unknown, name: string, at: Reading): readonly Node[] | undefined {
  const here = below(at, name);
  if (!Array.isArray(raw)) return fault(here, "must be a list");
  if (raw.length === 0) return fault(here, "is empty: a gate must not open for nothing");
  const nodes = raw.map((member, index) => readNode(member, below(at, name, 1, index)));
  const members = nodes.filter((node) => node !== undefined);
  if (members.length < nodes.length) return undefined;
  const first = new Map<string, number>();
  for (const [index, { essence: same }] of members.entries()) {
    const other = first.get(same);
    if (other !== undefined)
      return fault(below(at, name, 1, index), `says the same as member ${other}: it would count twice`);
    first.set(same, index);
  }
  return members;
}

function below({ path, faults, depth = 0 }: Reading, name: string, levels = 1, index?: number): Reading {
  const place = index === undefined ? [...path, name] : [...path, name, index];
  return { path: place, faults, depth: depth + levels };
}

function fault({ path, faults }: Reading, message: string): undefined {
  if (faults.length < MAX_FAULTS) faults.push({ path, message });
  return undefined;
}

/** The order of members says nothing, and a group of one is its member. */
function essence(kind: string, members: readonly Node[]): string {
  const inner = members.map((member) => member.essence).toSorted();
  return inner.length === 1 ? (inner[0] ?? "") : `${kind}(${inner.join()})`;
}

function negated(inner: string): string {
  return inner.startsWith("not(") ? inner.slice(4, -1) : `not(${inner})`;
}

function isTable(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) && !(raw instanceof Date);
}

const list = { type: "array", minItems: 1, items: REF } as const;

/** The same for editors, under `$defs` of the whole schema. */
export const requirementJsonSchema = {
  description: `A requirement tree: ${FORMS}.`,
  anyOf: [
    { type: "string", pattern: "^[a-z][a-z0-9_-]{0,39}$" },
    table({ all: list }),
    table({ any: list }),
    table({ not: REF }),
    table({ at_least: { type: "integer", minimum: 1 }, of: list }),
  ],
} as const;

function table(properties: object): object {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}
