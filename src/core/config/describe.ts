// A key in words: what it means, which values it takes; read out of the schema that checks it.
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON Schema that the configuration uses. */
export interface KeySchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly required?: readonly string[];
  readonly items?: KeySchema;
  /** Of a requirement tree, which refers to itself. */
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, KeySchema>>;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly KeySchema[];
  readonly pattern?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** The schema as a file is read by it: what has a default may be left out. */
export function keySchema(schema: z.ZodType): KeySchema {
  return z.toJSONSchema(schema, { io: "input" }) as KeySchema;
}

const whole = keySchema(configSchema);

/** What `key` means and which values it takes; undefined for a key that does not exist. */
export function describeKey(key: string): { readonly meaning: string; readonly type: string } | undefined {
  let at: KeySchema | undefined = whole;
  for (const name of key.split(".")) {
    const below: Readonly<Record<string, KeySchema>> = at?.properties ?? at?.items?.properties ?? {};
    at = Object.hasOwn(below, name) ? below[name] : undefined;
  }
  return at === undefined ? undefined : { meaning: at.description ?? "", type: typeOf(at) };
}

/** The values of a key in words; `code` marks words of the configuration. */
export function typeOf(key: KeySchema, code: (text: string) => string = (text) => text): string {
  const below = (other: KeySchema): string => typeOf(other, code);
  return key.$ref === undefined ? plainType(key, below, code) : "requirement tree";
}

function plainType(
  key: KeySchema,
  below: (other: KeySchema) => string,
  code: (text: string) => string,
): string {
  if (key.anyOf !== undefined) return key.anyOf.map(below).join(" or ");
  if (key.const !== undefined) return key.const === "" ? "empty" : code(key.const);
  if (key.enum !== undefined) return key.enum.map((word) => code(word)).join(" or ");
  if (key.type === "boolean") return `${code("true")} or ${code("false")}`;
  if (key.type === "integer") return `integer, ${key.minimum ?? ""} … ${key.maximum ?? ""}`;
  if (key.type === "object") return "table";
  if (key.type === "array")
    return `list of ${key.minItems ?? 0} … ${key.maxItems ?? ""} ${itemsOf(key.items ?? {}, code)}`;
  return textOf(key, code);
}

function textOf({ type, pattern, maxLength }: KeySchema, code: (text: string) => string): string {
  if (type === undefined) return "any value";
  if (pattern?.startsWith("^refs\\/heads\\/") === true) return code("refs/heads/…");
  if (pattern !== undefined) return `text like ${code(pattern)}`;
  return maxLength === undefined ? "text" : `text of at most ${maxLength} characters`;
}

/** Globs are checked by a function, which JSON Schema cannot say; every other list of texts has a pattern or an end. */
function itemsOf(items: KeySchema, code: (text: string) => string): string {
  if (items.type === "object") return "tables";
  if (items.anyOf !== undefined) return `of ${items.anyOf.map((one) => typeOf(one, code)).join(", or ")}`;
  if (items.enum !== undefined) return `of ${items.enum.map((word) => code(word)).join(", ")}`;
  if (items.pattern !== undefined) return `texts like ${code(items.pattern)}`;
  return items.maxLength === undefined ? "globs" : "texts";
}
