// `countersign schema add|list`: the registry of evidence schemas, which only the operator writes.
import { resolve } from "node:path";
import { z } from "zod";
import { presetOf } from "../../core/config/parse.ts";
import { configSchema } from "../../core/config/schema.ts";
import { merged, readTable, valueAt } from "../../core/config/tables.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable, type Refusal } from "../../core/base/refusal.ts";
import { comparatorsOf, MAX_SCHEMA_BYTES, schemaName } from "../../core/gate/schema.ts";
import { presetText, readConfig } from "../../io/file/config.ts";
import { readBounded } from "../../io/file/read.ts";
import {
  type Added,
  addSchema,
  isSignedSchema,
  loadSchemas,
  readSchema,
  type RegisteredSchema,
  type SchemaTerms,
  schemaRules,
} from "../../io/file/schemas.ts";
import { configPath, findState } from "../context.ts";
import { columns } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

const schema = z.strictObject({ ...where, ...json });

export const schemaAdd = command({
  usage: "schema add <file>",
  about: "register an evidence schema: a document, or the envelope of countersign schema sign",
  options: [...whereOptions, jsonOption],
  schema,
  run: async (world, args, options) => {
    const name = argument(args, 0, "the schema's file");
    const layout = await findState(world, options);
    const terms = readTerms(world, configPath(world, layout, options));
    const bytes = bytesOf(resolve(world.cwd, name), name);
    const signed = isSignedSchema(bytes);
    const read = readSchema(bytes, signed, schemaRules(terms));
    if (!read.ok) return refused(world, name, read.refusal, options.json === true);
    const added = await addSchema(layout, read.value, signed ? bytes : undefined);
    if (!added.ok) return refused(world, name, added.refusal, options.json === true);
    const key = schemaName(read.value.schema);
    if (options.json === true)
      printJson(world, { ok: true, schema: key, ...added.value, keyid: read.value.keyid ?? null });
    else tell(world, key, added.value);
    return 0;
  },
});

export const schemaList = command({
  usage: "schema list",
  about: "registered evidence schemas, who signed them, and what is wrong with the registry",
  options: [...whereOptions, jsonOption],
  schema,
  run: async (world, _args, options) => {
    const layout = await findState(world, options);
    const { registered, faults } = loadSchemas(layout, readTerms(world, configPath(world, layout, options)));
    if (options.json === true)
      printJson(world, { schemas: registered.map(inJson), faults: faults.map(({ message }) => message) });
    else {
      world.terminal.out(registered.length === 0 ? "no evidence schemas\n" : table(registered));
      for (const { message, fix } of faults)
        world.terminal.err(`${world.terminal.paintErr("red", "fault")} ${printable(message)}\n${fix}\n`);
    }
    return faults.length === 0 ? 0 : 1;
  },
});

/**
 * Section [schemas] by itself: a condition may name the very schema that is to be added, and until then the
 * configuration as a whole is at fault. What is added is checked again, by the whole configuration, at each load.
 */
function readTerms(world: World, path: string): SchemaTerms {
  const text = readConfig(path);
  const preset = presetOf(text);
  const file = readTable(text);
  const below = readTable(preset === undefined ? "" : presetText(world.root, preset));
  const table = file.ok && below.ok ? merged(below.table, file.table) : {};
  const parsed = configSchema.shape.schemas.safeParse(valueAt(table, "schemas"));
  if (parsed.success) return { schemas: parsed.data };
  throw new CountersignError("config_invalid", `${path}: the section [schemas] cannot be read`, {
    fix: "Run countersign config check.",
  });
}

function refused(world: World, name: string, { message, fix }: Refusal, asJson: boolean): number {
  if (asJson) printJson(world, { ok: false, why: message });
  else
    world.terminal.err(
      `${world.terminal.paintErr("red", "refused")} ${printable(`${name}: ${message}`)}\nNothing was written. ${fix}\n`,
    );
  return 1;
}

function tell(world: World, key: string, { file, added }: Added): void {
  const word = added === "added" ? "added " : "kept  ";
  world.terminal.out(`${word} ${key}  ${file}\n`);
  if (added === "added")
    world.terminal.out("It belongs to the policy: restart countersign up; proposals are judged anew.\n");
}

function table(registered: readonly RegisteredSchema[]): string {
  const rows = registered.map(({ schema: one, keyid }) => [
    schemaName(one),
    one.types.join("|"),
    comparatorsOf(one).join(" "),
    keyid ?? "not signed",
  ]);
  return columns([["SCHEMA", "TYPES", "COMPARATORS", "SIGNED BY"], ...rows]);
}

function inJson({ file, schema: one, keyid }: RegisteredSchema): unknown {
  return { file, signed_by: keyid ?? null, document: one };
}

function bytesOf(file: string, name: string): Uint8Array {
  const read = readBounded(file, MAX_SCHEMA_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError("usage", `${name} ${read.kind === "absent" ? "does not exist" : read.why}`, {
    fix: "Name the schema's document, or its envelope.",
  });
}
