// Evidence schemas: small documents that say, by name and version, of which type a piece of evidence is.
import { z } from "zod";
import { canonical, parseCanonical } from "../base/canonical.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { type Digest, digestSchema, sha256 } from "../base/digest.ts";
import { accept, type Result, refuse } from "../base/refusal.ts";
import { admitted } from "./admitted.ts";
import { type Comparator, comparators, type TypeClass, typeClasses } from "./condition.ts";
import { parseValue } from "./value.ts";

const TYPE = "https://in-toto.io/Statement/v1";
/** Predicate type of a signed schema. */
const EVIDENCE_SCHEMA = "https://countersign.dev/attestation/evidence-schema/v1";
/** A larger file is refused unread. */
export const MAX_SCHEMA_BYTES = 65_536;
export const SCHEMA_FIX = "docs/formats/evidence.md says what a schema holds and how it is signed.";

const documentSchema = z
  .strictObject({
    schema: z.literal("countersign-evidence-schema/1"),
    name: z
      .string()
      .regex(/^[a-z][a-z0-9._-]{0,63}$/, "must be 1 to 64 lower-case letters, digits, . _ or -"),
    version: z.int().min(1).max(999_999),
    /** Classes of which a value must be one. `null` beside others takes no comparator away. */
    types: z.array(z.enum(typeClasses)).min(1).max(typeClasses.length),
    /** With `enum`: the words that there are. */
    words: z.array(z.string().max(200)).min(1).max(64).optional(),
    /** Only these comparators, instead of all that the types admit. */
    comparators: z.array(z.enum(comparators)).min(1).max(comparators.length).optional(),
    about: z.string().max(200).optional(),
  })
  .refine(({ types }) => isDistinct(types), { path: ["types"], message: "names a type twice" })
  .refine(({ words }) => isDistinct(words ?? []), { path: ["words"], message: "names a word twice" })
  .refine(({ types, words }) => types.includes("enum") === (words !== undefined), {
    path: ["words"],
    message: "go with the type enum, and only with it",
  })
  .refine(({ comparators: own = [] }) => isDistinct(own), {
    path: ["comparators"],
    message: "names a comparator twice",
  })
  .refine(({ types, comparators: own = [] }) => own.every((one) => permitted(types).includes(one)), {
    path: ["comparators"],
    message: "names a comparator that no value of these types has",
  });

/** One schema. A condition refers to it as `name@version`. */
export type EvidenceSchema = z.infer<typeof documentSchema>;

const statementSchema = z.strictObject({
  _type: z.literal(TYPE),
  subject: z.tuple([
    z.strictObject({
      name: z.literal("evidence-schema"),
      digest: z.strictObject({ sha256: digestSchema }),
    }),
  ]),
  predicateType: z.literal(EVIDENCE_SCHEMA),
  predicate: documentSchema,
});

export function schemaName({ name, version }: Pick<EvidenceSchema, "name" | "version">): string {
  return `${name}@${version}`;
}

/** Reads a document that somebody wrote by hand: any spelling, but no key twice. */
export function parseSchema(bytes: Uint8Array): Result<EvidenceSchema> {
  const text = bytes.length > MAX_SCHEMA_BYTES ? undefined : fromUtf8(bytes);
  if (text === undefined || parseValue(text) === undefined)
    return refused("the schema is not JSON, holds a key twice, or is too large");
  return checked(documentSchema.safeParse(JSON.parse(text)));
}

/** The bytes that are kept and signed. */
export function renderSchema(schema: EvidenceSchema): Uint8Array {
  return utf8(`${canonical(documentSchema.parse(schema))}\n`);
}

/** Canonical statement about a schema: the document, and its digest as what the statement is about. */
export function schemaStatement(schema: EvidenceSchema): Uint8Array {
  const subject = [{ name: "evidence-schema", digest: { sha256: sha256(canonical(schema)) } }];
  const statement = { _type: TYPE, subject, predicateType: EVIDENCE_SCHEMA, predicate: schema };
  return utf8(canonical(statementSchema.parse(statement)));
}

/** Reads verified payload bytes. */
export function parseSchemaStatement(payload: Uint8Array): Result<EvidenceSchema> {
  const json = parseCanonical(payload);
  if (json === undefined) return refused("the statement is not canonical JSON");
  const read = checked(statementSchema.safeParse(json));
  if (!read.ok) return read;
  const { subject, predicate } = read.value;
  return subject[0].digest.sha256 === sha256(canonical(predicate))
    ? accept(predicate)
    : refused("the statement is about another document than it holds", "subject");
}

/** What the policy's digest binds of the schemas: their content, whoever signed it. */
export function schemasDigest(schemas: ReadonlyMap<string, EvidenceSchema>): Digest {
  return sha256(canonical(Object.fromEntries(schemas)));
}

/** Comparators that a condition with this schema may use, as far as [validation] opts in to them. */
export function comparatorsOf({ types, comparators: own }: EvidenceSchema): readonly Comparator[] {
  return own ?? permitted(types);
}

/** Whether [validation] opts in to them is the policy's matter: one schema serves several. */
function permitted(types: readonly TypeClass[]): readonly Comparator[] {
  return admitted(types, { lexicographic: true, deep_equals: true, dynamic: true });
}

function checked<T>(parsed: z.ZodSafeParseResult<T>): Result<T> {
  if (parsed.success) return accept(parsed.data);
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  return refused(`${where === "" ? "the document" : where}: ${issue?.message ?? "is none"}`, where);
}

function refused(message: string, where = ""): ReturnType<typeof refuse> {
  return refuse("input_invalid", message, where, SCHEMA_FIX);
}

function isDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}
