// The registry of evidence schemas: a folder of the operator's in the state folder, checked file by file at each load.
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseEnvelope } from "../../core/attestation/envelope.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { verifyEnvelope } from "../../core/attestation/verify.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { accept, type Refusal, type Result, refuse } from "../../core/base/refusal.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { RuleFault } from "../../core/config/fault.ts";
import type { Config } from "../../core/config/schema.ts";
import { pinnedKey } from "../../core/gate/evidence-key.ts";
import {
  type EvidenceSchema,
  MAX_SCHEMA_BYTES,
  parseSchema,
  parseSchemaStatement,
  renderSchema,
  SCHEMA_FIX,
  schemaName,
} from "../../core/gate/schema.ts";
import type { IsCode } from "./code.ts";
import { createFile, makeFolder } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { readOwned } from "./owned.ts";
import { realPlace } from "./real-place.ts";

export const MAX_SCHEMAS = 256;

/** What of a configuration decides about schemas. */
export type SchemaTerms = Pick<Config, "schemas">;

export interface RegisteredSchema {
  readonly file: string;
  readonly schema: EvidenceSchema;
  /** The key of schemas.keys that signed it. */
  readonly keyid: string | undefined;
}

export interface LoadedSchemas {
  /** By `name@version`. */
  readonly schemas: ReadonlyMap<string, EvidenceSchema>;
  readonly registered: readonly RegisteredSchema[];
  /** Nothing starts on a registry that is partly understood. */
  readonly faults: readonly RuleFault[];
}

/** The folder belongs to the operator: no tool of an agent writes it, and files that others can write are not believed. */
export function schemasFolder({ root }: Pick<Layout, "root">): string {
  return join(root, "schemas");
}

const FILE = /^([a-z][a-z0-9._-]{0,63}@[1-9]\d{0,5})(\.dsse)?\.json$/;

/**
 * Every schema of the state folder; with schemas.require_signing, only signed ones are no fault. No folder: none. `isCode`:
 * where the repository is known. A schema that lies in it, by whatever link, is one that a patch could write.
 */
export function loadSchemas(
  layout: Pick<Layout, "root">,
  { schemas: terms }: SchemaTerms,
  isCode: IsCode = () => false,
): LoadedSchemas {
  const folder = schemasFolder(layout);
  const listed = namesIn(folder, isCode);
  if (!listed.ok) return { schemas: new Map(), registered: [], faults: [folderFault(folder, listed.why)] };
  const keys = keysOf(terms);
  const registered: RegisteredSchema[] = [];
  const faults: RuleFault[] = [];
  for (const name of listed.names) {
    const rules = { keys, requireSigning: terms.require_signing };
    const read = leadsInto(isCode, folder, name)
      ? refused(IN_CODE, OUTSIDE)
      : readRegistered(folder, name, rules);
    const known = new Set(registered.map(({ schema }) => schemaName(schema)));
    if (!read.ok) faults.push(fileFault(name, read.refusal));
    else if (known.has(schemaName(read.value.schema)))
      faults.push(fileFault(name, { message: "is there twice, with a signature and without one" }));
    else registered.push(read.value);
  }
  return {
    schemas: new Map(registered.map(({ schema }) => [schemaName(schema), schema])),
    registered,
    faults,
  };
}

export interface SchemaRules {
  readonly keys: readonly TrustedKey[];
  readonly requireSigning: boolean;
}

export function schemaRules({ schemas }: SchemaTerms): SchemaRules {
  return { keys: keysOf(schemas), requireSigning: schemas.require_signing };
}

/** Whether these bytes are meant to be an envelope. */
export function isSignedSchema(bytes: Uint8Array): boolean {
  return parseEnvelope(bytes) !== undefined;
}

/**
 * A schema from the bytes of a document or of an envelope. An envelope always has to be of one of the keys, also where
 * none is required: a signature that nobody checks would only look like one.
 */
export function readSchema(
  bytes: Uint8Array,
  isEnvelope: boolean,
  { keys, requireSigning }: SchemaRules,
): Result<Omit<RegisteredSchema, "file">> {
  if (!isEnvelope) {
    if (requireSigning) return refused("is not signed, and schemas.require_signing asks for it", SIGN);
    const read = parseSchema(bytes);
    return read.ok ? accept({ schema: read.value, keyid: undefined }) : read;
  }
  const verified = verifyEnvelope(bytes, keys);
  if (!verified.ok) return refused(`is signed by no key of schemas.keys: ${verified.refusal.message}`, SIGN);
  const read = parseSchemaStatement(verified.value.payload);
  return read.ok ? accept({ schema: read.value, keyid: verified.value.keyid }) : read;
}

export interface Added {
  readonly file: string;
  /** `there`: the same content was there already. */
  readonly added: "added" | "there";
}

/**
 * Puts a schema that was read into the folder, as `name@version.json`, or `.dsse.json` with its envelope. A version that
 * is there stays: who relies on it relies on its content. Refused when it is there with another one.
 */
export async function addSchema(
  layout: Pick<Layout, "root">,
  { schema }: Pick<RegisteredSchema, "schema">,
  envelope: Uint8Array | undefined,
): Promise<Result<Added>> {
  const folder = schemasFolder(layout);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return taken(`${folder} is a symbolic link`, "Add it where the link leads, or make a folder of it.");
  await makeFolder(folder);
  const name = schemaName(schema);
  const [own, other] = envelope === undefined ? [".json", ".dsse.json"] : [".dsse.json", ".json"];
  const file = join(folder, `${name}${own}`);
  const bytes = envelope ?? renderSchema(schema);
  const names = namesIn(folder);
  if (names.ok && names.names.includes(`${name}${other}`))
    return taken(`${name} is there as ${name}${other}`);
  if (names.ok && names.names.length >= MAX_SCHEMAS)
    return taken(`there are ${MAX_SCHEMAS} schemas already`, "Remove those that no condition names.");
  if (await createFile(file, bytes)) return accept({ file, added: "added" });
  if (sameText(file, bytes)) return accept({ file, added: "there" });
  return taken(`${name} is there with another content`);
}

function readRegistered(folder: string, name: string, rules: SchemaRules): Result<RegisteredSchema> {
  const [, key, signed] = FILE.exec(name) ?? [];
  if (key === undefined) return refuse("input_invalid", "is not named <name>@<version>.json or .dsse.json");
  const file = join(folder, name);
  let bytes: Uint8Array;
  try {
    bytes = utf8(readOwned(file, MAX_SCHEMA_BYTES));
  } catch (cause) {
    return refused(cause instanceof Error ? cause.message : "cannot be read");
  }
  const read = readSchema(bytes, signed !== undefined, rules);
  if (!read.ok) return read;
  return schemaName(read.value.schema) === key
    ? accept({ file, ...read.value })
    : refused(`holds ${schemaName(read.value.schema)}`);
}

type Names =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly why: string };

/** Of a file that is no link, the folder's place says it already. */
function leadsInto(isCode: IsCode, folder: string, name: string): boolean {
  const place = realPlace(join(folder, name));
  return place !== join(realPlace(folder), name) && isCode(place);
}

const IN_CODE = "lies in the served repository, or holds it";
const OUTSIDE = "Keep it in the state folder, where no patch writes.";

/** Only `.json` counts: what an editor or a crashed write left beside it is nothing that anybody reads. */
function namesIn(folder: string, isCode: IsCode = () => false): Names {
  if (existsSync(folder) && isCode(folder)) return { ok: false, why: IN_CODE };
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".json") && !name.startsWith("."));
    if (names.length > MAX_SCHEMAS) return { ok: false, why: `holds more than ${MAX_SCHEMAS} schemas` };
    return { ok: true, names: names.toSorted() };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    return code === "ENOENT" ? { ok: true, names: [] } : { ok: false, why: `cannot be read (${code})` };
  }
}

function sameText(file: string, bytes: Uint8Array): boolean {
  try {
    return Buffer.from(bytes).equals(Buffer.from(readOwned(file, MAX_SCHEMA_BYTES)));
  } catch {
    return false;
  }
}

/** Keys that are none are a fault of the configuration, and told there. */
function keysOf({ keys }: Config["schemas"]): readonly TrustedKey[] {
  return keys.flatMap((entry) => {
    try {
      return [pinnedKey(entry)];
    } catch (cause) {
      if (cause instanceof CountersignError) return [];
      throw cause;
    }
  });
}

function folderFault(folder: string, why: string): RuleFault {
  return {
    key: "schemas",
    message: `the folder ${folder} ${why}`,
    fix: "Make it a readable folder of your own, or remove it.",
  };
}

function fileFault(name: string, { message }: Pick<Refusal, "message">): RuleFault {
  return {
    key: "schemas",
    message: `the evidence schema ${name}: ${message}`,
    fix: "Correct or remove it; countersign schema list shows all, countersign schema add checks before it writes.",
  };
}

const SIGN = "Sign it: countersign schema sign FILE --key KEY, with a key of schemas.keys.";
const RAISE = "Raise its version: a version that somebody relies on never changes.";

function taken(message: string, fix = RAISE): ReturnType<typeof refuse> {
  return refused(message, fix);
}

function refused(message: string, fix = SCHEMA_FIX): ReturnType<typeof refuse> {
  return refuse("input_invalid", message, "", fix);
}
