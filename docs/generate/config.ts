// docs/config.md and config/countersign.schema.json, both from the zod schema that checks configurations.
import { parse } from "smol-toml";
import { type KeySchema, keySchema, typeOf } from "../../src/core/config/describe.ts";
import { isPolicyKey } from "../../src/core/config/policy.ts";
import { gateText } from "../../src/core/config/inline.ts";
import { type GateEntry, gateNames } from "../../src/core/config/schema-gates.ts";
import { requirementJsonSchema } from "../../src/core/config/schema-tree.ts";
import { configKeys } from "../../src/core/config/keys.ts";
import { configSchema, fileSchema, presetNames } from "../../src/core/config/schema.ts";
import { conditionsText, gatesText } from "./gates.ts";
import { jsonText } from "./json.ts";
import { cell, code, generated, table } from "./markdown.ts";

const SOURCE = "src/core/config/schema.ts";

/** Descriptions of sections stand only in the whole schema: a partial section is a new one and has none. */
const whole = keySchema(configSchema);
const file = keySchema(fileSchema);

export function configSchemaText(): string {
  const title = "countersign.toml";
  const comment = `Generated from ${SOURCE} by docs/generate.ts. Do not edit.`;
  const $defs = { requirement: requirementJsonSchema };
  return jsonText({ $comment: comment, title, ...described(file, whole), $defs });
}

/** `key` with the descriptions that only `like` has, at every depth. */
function described(key: KeySchema, like: KeySchema | undefined): KeySchema {
  if (key.properties === undefined) return key;
  const properties = Object.entries(key.properties).map(([name, below]): [string, unknown] => {
    const known = like?.properties?.[name];
    const description = below.description ?? known?.description;
    return [name, { ...described(below, known), ...(description === undefined ? {} : { description }) }];
  });
  return { ...key, properties: Object.fromEntries(properties) as Record<string, KeySchema> };
}

const intro = `# Configuration

\`countersign.toml\` lies in the state folder; \`countersign init\` writes it. It names a [preset](../presets/README.md) and
overrides single keys. An unknown key, a wrong type, a value out of bounds or keys that do not fit together are faults;
all faults are listed with their lines, and nothing starts. A list replaces the preset's list; \`[[conditions]]\` are laid over
the preset's by their id, and a \`[gates.NAME]\` replaces the preset's gate whole.
[countersign.example.toml](../config/countersign.example.toml) is an example;
[countersign.schema.json](../config/countersign.schema.json) is the same schema for editors.

| command | what it tells |
| --- | --- |
| \`countersign config check\` | every fault with key, line and fix; with none, what deserves a second look |
| \`countersign config show --origin\` | every value and where it comes from |
| \`countersign config explain KEY\` | what a key does, its bounds, its value here and in each preset, what stricter means |
| \`countersign preset use NAME\` | what another preset would change; writes that one line |

## Where a value comes from

preset < file < environment < flags. Every key that is no part of the policy can be overridden for one process:

* \`COUNTERSIGN__SERVER__HTTP__PORT=8443\`: upper case, two underscores between names. \`COUNTERSIGN_ALLOW_NON_LOOPBACK\`
  stands for \`server.http.allow_non_loopback\` and takes 1, true, yes, y, on, 0, false, no, n, off.
* \`--set server.http.port=8443\`, as often as needed; a key may be given once.

A value is read as TOML (\`8443\`, \`true\`, \`["a"]\`); what is no TOML is text. A name that stands for no key is a fault. The
preset, \`repository\`, \`principals\` and the keys of the policy can only be written in the file, because gateway, validator
and integrator must read the same words.

## The policy

The policy is ${policyKeys()}.
Its digest, with the registered evidence schemas, is in every manifest and verdict: a verdict given under another policy does
not land.

## dev.permissive

For trying a policy out: \`permissive = true\` in \`[dev]\` lets asserted evidence be enough, but for \`exempt_providers\`. Only the
quickstart preset may, on a loopback bind, without a proxy, a namespace authority, an OIDC issuer, or a \`public_url\`, host or origin that
other machines could mean. It ends \`ttl_days\` after the
configuration file was written: from then on running processes are strict again, and nothing starts until it is switched off or
the file is written anew. While it lasts, the start line says so, \`countersign config check\` says so, and so does every verdict.

## Paths

Paths are absolute or begin at the state folder. \`..\` and \`~\` are refused, and so is \`keys/\`, which only the validator
reads.

## Secrets

A key that holds a secret (\`principals.tokens\`, \`server.http.proxy.secret\`) takes a reference:

| reference | where the secret is |
| --- | --- |
| \`env:NAME\` | in this variable |
| \`file:/path\` | in this file: absolute, regular, at most 4096 bytes, closed to group and others, owned by its reader or root |
| \`keyring:service/account\` | in the desktop's keyring (\`secret-tool\` or \`security\`); looked up by \`countersign up\` |
| \`cmd:/program word …\` | what this program prints within 5 seconds; no shell; run by \`countersign up\`; refused in hardened and container-prod |

Anything else without a colon is the secret itself, which hardened and container-prod refuse. Every secret has at least 32
characters that a header can carry; examples, placeholders and published demo tokens are refused wherever they come from.

## The file

| key | type | meaning |
| --- | --- | --- |
| \`preset\` | ${typeOf(file.properties?.["preset"] ?? {}, code)} | ${file.properties?.["preset"]?.description ?? ""} |
`;

/** The tables that belong to the policy whole, and the keys of those that do so in part. */
function policyKeys(): string {
  const tables = [...new Set(configKeys.map((key) => key.split(".")[0] ?? ""))];
  const words = tables.flatMap((name) => {
    const keys = configKeys.filter((key) => key === name || key.startsWith(`${name}.`));
    const left = keys.filter((key) => !isPolicyKey(key));
    if (keys.length === 0 || left.length === keys.length) return [];
    if (left.length === 0) return [code(name)];
    const inside = keys.filter((key) => isPolicyKey(key));
    const short = left.map((key) => code(key.slice(name.length + 1))).join(", ");
    return inside.length > left.length ? [`${code(name)} without ${short}`] : inside.map((key) => code(key));
  });
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** `preset`: text of a preset by its name. */
export function configPage(preset: (name: string) => string): string {
  const presets = presetNames.map((name): unknown => parse(preset(name)));
  const sections = Object.entries(whole.properties ?? {}).flatMap(([name, key]) =>
    section(name, key, presets),
  );
  return [generated(SOURCE), intro, ...sections].join("\n");
}

/** One table for each level that has values of its own; what stands in all presets alike stands once. */
function section(name: string, key: KeySchema, presets: readonly unknown[]): readonly string[] {
  if (key.items?.properties !== undefined)
    return [entries(name, key, key.items), ...(name === "conditions" ? [`${conditionsText()}\n`] : [])];
  if (name === "gates") return [gates(key, presets)];
  const all = Object.entries(key.properties ?? {});
  const own = all.filter(([, below]) => below.properties === undefined);
  const nested = all.filter(([, below]) => below.properties !== undefined);
  const rows = own.map(([leaf, below]) => [
    code(leaf),
    typeOf(below, code),
    cell(below.description ?? ""),
    ...presets.map((values) => shown(valueAt(values, `${name}.${leaf}`))),
  ]);
  const text = table(["key", "type", "meaning", ...presetNames], rows);
  const head = `## \`[${name}]\`\n\n${key.description ?? ""}\n`;
  return [
    ...(rows.length > 0 ? [`${head}\n${text}`] : []),
    ...own.flatMap(([leaf, below]) =>
      below.items?.properties === undefined ? [] : [entries(`${name}.${leaf}`, below, below.items)],
    ),
    ...nested.flatMap(([leaf, below]) => section(`${name}.${leaf}`, below, presets)),
  ];
}

/** One table for all gates, which are alike, and what each preset requires. */
function gates(key: KeySchema, presets: readonly unknown[]): string {
  const [one] = Object.values(key.properties ?? {});
  const rows = Object.entries(one?.properties ?? {}).map(([leaf, below]) => [
    code(leaf),
    typeOf(below, code),
    cell(below.description ?? ""),
    one?.required?.includes(leaf) === true ? "needed" : "no restriction",
  ]);
  const keys = table(["key", "type", "meaning", "when it is left out"], rows).trimEnd();
  const said = gateNames.map((name) => [
    code(name),
    ...presets.map((values) => {
      const entry = (valueAt(values, "gates") as Readonly<Record<string, GateEntry>>)[name];
      return entry === undefined ? "" : code(gateText(entry));
    }),
  ]);
  const own = said.filter((cells) => cells.slice(1).some((text) => text !== ""));
  return gatesText(key.description ?? "", keys, table(["gate", ...presetNames], own).trimEnd());
}

/** A list of tables: its keys may be left out or not, and no preset has a value for each. */
function entries(name: string, key: KeySchema, items: KeySchema): string {
  const rows = Object.entries(items.properties ?? {}).map(([leaf, below]) => [
    code(leaf),
    typeOf(below, code),
    cell(below.description ?? ""),
    items.required?.includes(leaf) === true ? "needed" : missing(below),
  ]);
  const text = table(["key", "type", "meaning", "when it is left out"], rows);
  return `## \`[[${name}]]\`\n\n${key.description ?? ""} At most ${key.maxItems ?? ""} entries.\n\n${text}`;
}

function missing({ default: value }: KeySchema): string {
  return value === undefined ? "no restriction" : code(JSON.stringify(value));
}

const SHOWN = 3;
const LONGEST = 24;

/** Long lists are told by their length; the preset's file has them. */
function shown(value: unknown): string {
  if (!Array.isArray(value)) return code(JSON.stringify(value));
  const text = JSON.stringify(value);
  const tables = value.some((item) => typeof item === "object");
  if (!tables && (value.length <= SHOWN || text.length <= LONGEST)) return code(text);
  return `${value.length} entries`;
}

function valueAt(values: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], values);
}
