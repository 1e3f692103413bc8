// docs/config.md and config/countersign.schema.json, both from the zod schema that checks configurations.
import { parse } from "smol-toml";
import { z } from "zod";
import { configSchema, fileSchema } from "../../src/core/config/schema.ts";
import { jsonText } from "./json.ts";
import { cell, code, generated, table } from "./markdown.ts";

const SOURCE = "src/core/config/schema.ts";

/** The part of JSON Schema that the configuration uses. */
interface Key {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Key>>;
  readonly items?: Key;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Key[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Descriptions of sections stand only in the whole schema: a partial section is a new one and has none. */
const whole = z.toJSONSchema(configSchema) as Key;
const file = z.toJSONSchema(fileSchema) as Key;

export function configSchemaText(): string {
  const properties = Object.entries(file.properties ?? {}).map(([name, key]): [string, unknown] => {
    const description = key.description ?? whole.properties?.[name]?.description;
    return [name, { ...key, description }];
  });
  const title = "countersign.toml";
  const comment = `Generated from ${SOURCE} by docs/generate.ts. Do not edit.`;
  return jsonText({ $comment: comment, title, ...file, properties: Object.fromEntries<unknown>(properties) });
}

const intro = `# Configuration

\`countersign.toml\` lies in the state folder; \`countersign init\` writes it. It names a preset and overrides single keys.
An unknown key, a wrong type or a value out of bounds is a fault; all faults are listed with their lines, and nothing
starts. A list replaces the preset's list. [countersign.example.toml](../config/countersign.example.toml) is an example;
[countersign.schema.json](../config/countersign.schema.json) is the same schema for editors. \`countersign config show --origin\`
prints every value and where it comes from.

Everything but \`calls\`, \`server\`, \`gateway\`, \`log\`, \`validator.poll_seconds\`, \`validator.git_timeout_seconds\` and
\`proposal.max_pending\`, \`per_hour\` and \`ttl_seconds\` is part of the policy. Its digest is in every manifest and verdict:
a verdict given under another policy does not land.

| key | type | meaning | quickstart |
| --- | --- | --- | --- |
| \`preset\` | ${typeOf(file.properties?.["preset"] ?? {})} | ${file.properties?.["preset"]?.description ?? ""} | |
`;

export function configPage(quickstart: string): string {
  const values = parse(quickstart);
  const sections = Object.entries(whole.properties ?? {}).flatMap(([name, key]) =>
    section(name, key, values),
  );
  return [generated(SOURCE), intro, ...sections].join("\n");
}

/** One table for each level that has values of its own. */
function section(name: string, key: Key, values: unknown): readonly string[] {
  const entries = Object.entries(key.properties ?? {});
  const own = entries.filter(([, below]) => below.properties === undefined);
  const nested = entries.filter(([, below]) => below.properties !== undefined);
  const rows = own.map(([leaf, below]) => [
    code(leaf),
    typeOf(below),
    cell(below.description ?? ""),
    shown(valueAt(values, `${name}.${leaf}`)),
  ]);
  const text = table(["key", "type", "meaning", "quickstart"], rows);
  const head = `## \`[${name}]\`\n\n${key.description ?? ""}\n`;
  return [
    ...(rows.length > 0 ? [`${head}\n${text}`] : []),
    ...nested.flatMap(([leaf, below]) => section(`${name}.${leaf}`, below, values)),
  ];
}

function typeOf(key: Key): string {
  if (key.anyOf !== undefined) return key.anyOf.map(typeOf).join(" or ");
  if (key.const !== undefined) return code(key.const);
  if (key.enum !== undefined) return key.enum.map(code).join(" or ");
  if (key.type === "integer") return `integer, ${key.minimum ?? ""} … ${key.maximum ?? ""}`;
  if (key.type === "array")
    return `list of ${key.minItems ?? 0} … ${key.maxItems ?? ""} ${itemsOf(key.items ?? {})}`;
  if (key.pattern?.startsWith("^refs\\/heads\\/") === true) return code("refs/heads/…");
  return key.pattern === undefined ? "text" : `text like ${code(key.pattern)}`;
}

/** Globs are checked by a function, which JSON Schema cannot say; every other list has a pattern. */
function itemsOf(items: Key): string {
  return items.pattern === undefined ? "globs" : `texts like ${code(items.pattern)}`;
}

const SHOWN = 6;

function shown(value: unknown): string {
  if (!Array.isArray(value)) return code(JSON.stringify(value));
  const first = value.slice(0, SHOWN).map((item) => code(JSON.stringify(item)));
  if (value.length === 0) return code("[]");
  return value.length > SHOWN ? `${first.join(" ")} … (${value.length})` : first.join(" ");
}

function valueAt(table: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], table);
}
