// Evidence that a person supposes, read from a file: what `gate eval` judges instead of asking anybody.
import { z } from "zod";
import { fromBase64, fromUtf8, utf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Evidence } from "../../core/gate/evidence.ts";
import { isMap, parseValue, type Value } from "../../core/gate/value.ts";
import { lanes } from "../../core/identity/scope.ts";

export const MAX_SUPPOSED_BYTES = 4_194_304;

/** One entry; `value` is read by itself, with every digit of its numbers. docs/gates.md describes it. */
const entrySchema = z
  .strictObject({
    lane: z.enum(lanes),
    value: z.unknown().optional(),
    /** Standard base64. */
    bytes: z.string().optional(),
    /** Code of a provider's failure: `http_timeout`. */
    error: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,79}$/)
      .optional(),
    anchor: z.strictObject({ type: z.string().max(40), value: z.string().max(10_000) }).optional(),
    proof: z.strictObject({ form: z.enum(["dsse", "result"]), text: z.string().max(65_536) }).optional(),
  })
  .refine(
    (entry) => ["value", "bytes", "error"].filter((name) => Object.hasOwn(entry, name)).length <= 1,
    "has more than one of value, bytes and error",
  );
type Entry = z.infer<typeof entrySchema>;

/**
 * A JSON object from a condition's id to what its provider would have answered. A condition that is not there was not
 * answered; an entry with a lane alone says that there is nothing. `known` are the conditions of the policy: a name that
 * is none of them is a typing error, and an answer nobody asks for. Throws `usage`.
 */
export function readSupposed(
  bytes: Uint8Array,
  name: string,
  known: ReadonlySet<string>,
): ReadonlyMap<string, Evidence> {
  const text = fromUtf8(bytes);
  const values = text === undefined ? undefined : parseValue(text);
  if (text === undefined || values === undefined || !isMap(values))
    throw unusable(name, "is not one JSON object (each key once, UTF-8)");
  const shapes = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  const found = new Map<string, Evidence>();
  for (const [id, value] of values) {
    if (!known.has(id))
      throw unusable(name, `names the condition "${printable(id)}", which the policy does not have`);
    found.set(id, evidenceOf(id, shapes[id], value, name));
  }
  return found;
}

function evidenceOf(id: string, shape: unknown, value: Value, name: string): Evidence {
  const parsed = entrySchema.safeParse(shape);
  if (!parsed.success || !isMap(value)) {
    const [issue] = parsed.error?.issues ?? [];
    throw unusable(
      name,
      printable(
        `${id}${issue?.path.map((part) => `.${String(part)}`).join("") ?? ""}: ${issue?.message ?? "is no object"}`,
      ),
    );
  }
  const { lane, error, anchor, proof } = parsed.data;
  const exact = value.get("value");
  return {
    lane,
    ...(exact === undefined ? {} : { value: exact }),
    ...bytesOf(id, parsed.data, name),
    ...(error === undefined ? {} : { error: { code: error, message: "supposed" } }),
    ...(anchor === undefined ? {} : { anchor }),
    ...(proof === undefined ? {} : { proof: { form: proof.form, bytes: utf8(proof.text) } }),
  };
}

function bytesOf(id: string, { bytes }: Entry, name: string): { readonly bytes?: Uint8Array } {
  if (bytes === undefined) return {};
  const decoded = fromBase64(bytes);
  if (decoded === undefined) throw unusable(name, `${id}.bytes: is not base64`);
  return { bytes: decoded };
}

function unusable(name: string, what: string): CountersignError {
  return new CountersignError("usage", `${name} ${what}`, {
    fix: `Write {"condition": {"lane": "verified", "value": true}}; docs/gates.md lists the fields.`,
  });
}
