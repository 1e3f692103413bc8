// The schema: closed tables, no hidden defaults, and words for the manual on every key.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configSchema, fileSchema } from "../../../src/core/config/schema.ts";
import { configOf } from "../../support/served.ts";

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
}

function nodes(node: Node, name = ""): readonly (readonly [string, Node])[] {
  const below = Object.entries(node.properties ?? {});
  return [
    [name, node],
    ...below.flatMap(([key, child]) => nodes(child, name === "" ? key : `${name}.${key}`)),
  ];
}

/** As a file is read by it: what is read by hand, requirement trees for example, has no form of its own there. */
const json = (schema: z.ZodType): Node => z.toJSONSchema(schema, { io: "input" }) as Node;
const whole = nodes(json(configSchema));
/** What the policy need not say: it may leave tools without a gate, and a gate without a lane of its own. */
const OPTIONAL = /^gates\.(?:[a-z]+-[a-z]+|[a-z-]+\.min_lane)$/;
const tables = whole.filter(([, node]) => node.properties !== undefined);

describe("every table", () => {
  test.each(tables)("%s is closed and complete", (name, node) => {
    expect(node.additionalProperties).toBe(false);
    const keys = Object.keys(node.properties ?? {}).filter((key) => !OPTIONAL.test(`${name}.${key}`));
    expect([...(node.required ?? [])].toSorted()).toEqual(keys.toSorted());
  });
});

describe("every key", () => {
  test.each(whole.slice(1))("%s is described and has no default in the code", (_, node) => {
    expect(node.description).toMatch(/^\S.{10,}[.]$/);
    expect(node.default).toBeUndefined();
  });
});

test("a file may override every key of the configuration, and none besides", () => {
  const names = (schema: z.ZodType): readonly string[] =>
    nodes(json(schema))
      .map(([name]) => name)
      .toSorted();
  expect(names(fileSchema).filter((name) => name !== "preset")).toEqual(names(configSchema));
});

test("the preset is complete: a key taken from it is missed", () => {
  const config = configOf() as unknown as Record<string, Record<string, unknown>>;
  for (const [table, values] of Object.entries(config)) {
    for (const key of Object.keys(values)) {
      const less = structuredClone(config);
      Reflect.deleteProperty(less[table]!, key);
      expect(configSchema.safeParse(less).success, `${table}.${key}`).toBe(false);
    }
  }
});
