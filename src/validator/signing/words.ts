// The words of the signing hand that need no state folder: `evidence sign` and `schema sign`, as a CI job calls them.
import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { readParams } from "../../core/attestation/evidence-words.ts";
import { checkNameSchema, contextSchema, type EvidenceContext } from "../../core/attestation/evidence.ts";
import { resourceUri } from "../../core/attestation/statement.ts";
import { type Digest, digestSchema, sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { gitOidSchema } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import { configSchema } from "../../core/config/schema.ts";
import { MAX_SCHEMA_BYTES, parseSchema } from "../../core/gate/schema.ts";
import { parseValue, type Value } from "../../core/gate/value.ts";
import { MAX_ORDER_BYTES } from "../../core/proposal/order.ts";
import { createFile } from "../../io/file/durable.ts";
import { readBounded } from "../../io/file/read.ts";
import { signEvidence, signSchema } from "./evidence.ts";
import { type PrivateKey, readKey } from "./key-file.ts";
import { repositoryAround } from "./keygen.ts";

/** What main.ts hands in. */
export interface SigningWorld {
  readonly now: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly cwd: string;
  readonly out: (text: string) => void;
}

const NONCE_BYTES = 16;
const DAY_SECONDS = 86_400;
const path = z.string().min(1).max(4096);

const signOptions = z.strictObject({
  key: path,
  check: checkNameSchema,
  param: z.array(z.string().max(400)).max(64).optional(),
  patch: digestSchema.optional(),
  patchFile: path.optional(),
  tree: gitOidSchema.optional(),
  value: z.string(),
  resourceName: configSchema.shape.repository.shape.name,
  namespace: configSchema.shape.namespace.shape.name.optional(),
  ttl: z.coerce
    .number()
    .int()
    .min(1)
    .max(30 * DAY_SECONDS)
    .optional(),
  form: z.enum(["dsse", "result"]).optional(),
  out: path.optional(),
});
type SignOptions = z.infer<typeof signOptions>;

const schemaOptions = z.strictObject({ key: path, out: path.optional() });

/** Adds both words to the command line of this wing. */
export function addSigningWords(program: Command, world: SigningWorld): void {
  program
    .command("evidence")
    .description("signed evidence for gates")
    .command("sign")
    .description("sign the answer to one question about one patch, for a condition of the provider signed")
    .requiredOption("--key <file>", "Ed25519 private key (PKCS#8 PEM) that its owner alone can read")
    .requiredOption("--check <name>", "the question: the name of the condition's query")
    .option("--param <name=value...>", "its parameters; numbers and true are read as such")
    .option("--patch <sha256>", "SHA-256 of the canonical patch that the answer is about")
    .option("--patch-file <file>", "the same, from the patch itself")
    .option("--tree <oid>", "git tree that the patch makes; with or without a patch")
    .requiredOption("--value <json>", `the answer as JSON: true, 87, '"passed"', '["a"]'`)
    .requiredOption("--resource-name <name>", "repository.name of the configuration that shall believe it")
    .option("--namespace <name>", "its namespace.name (default: default)")
    .option("--ttl <seconds>", "how long it holds (default: 3600); evidence.max_age_seconds bounds it")
    .option("--form <form>", "dsse, or result for the EvidenceResult form (default: dsse)")
    .option("--out <file>", "write it to a new file instead of standard output")
    .action((options: unknown) => signAnswer(world, checked(signOptions, options, "evidence sign")));
  program
    .command("schema")
    .description("evidence schemas")
    .command("sign")
    .description("sign an evidence schema, where schemas.require_signing asks for it")
    .argument("<file>", "the schema's document")
    .requiredOption("--key <file>", "Ed25519 private key (PKCS#8 PEM) that its owner alone can read")
    .option("--out <file>", "write it to a new file instead of standard output")
    .action((file: string, options: unknown) =>
      signDocument(world, file, checked(schemaOptions, options, "schema sign")),
    );
}

async function signAnswer(world: SigningWorld, options: SignOptions): Promise<void> {
  const context = contextOf(world, options);
  const bytes = signEvidence(
    context,
    valueOf(options.value),
    options.form ?? "dsse",
    keyOf(world, options.key),
  );
  await put(world, bytes, options.out);
}

async function signDocument(
  world: SigningWorld,
  file: string,
  { key, out }: z.infer<typeof schemaOptions>,
): Promise<void> {
  const schema = parseSchema(bytesOf(resolve(world.cwd, file), MAX_SCHEMA_BYTES));
  if (!schema.ok)
    throw usage(`${file}: ${schema.refusal.message}`, "docs/formats/evidence.md says what a schema holds.");
  await put(world, signSchema(schema.value, keyOf(world, key)), out);
}

function contextOf(world: SigningWorld, options: SignOptions): EvidenceContext {
  const { check, param = [], tree, resourceName, namespace = "default", ttl = 3600 } = options;
  const patch = patchOf(world, options);
  if (patch === undefined && tree === undefined)
    throw usage(
      "nothing says what the answer is about",
      "Pass --patch, --patch-file or --tree: an answer about nothing would hold for every proposal.",
    );
  const now = world.now();
  return contextSchema.parse({
    subject: [
      ...(patch === undefined ? [] : [{ name: "patch", digest: { sha256: patch } }]),
      ...(tree === undefined ? [] : [{ name: "result-tree", digest: { gitTree: tree } }]),
    ],
    resourceUri: resourceUri(resourceName, namespace),
    check,
    params: readParams(param),
    issued: instant(now),
    expires: instant(now + ttl * 1000),
    nonce: Buffer.from(world.random(NONCE_BYTES)).toString("hex"),
  });
}

function patchOf(world: SigningWorld, { patch, patchFile }: SignOptions): Digest | undefined {
  if (patchFile === undefined) return patch;
  if (patch !== undefined) throw usage("--patch and --patch-file are both given", "Keep one of them.");
  return sha256(bytesOf(resolve(world.cwd, patchFile), MAX_ORDER_BYTES));
}

function valueOf(text: string): Value {
  const value = parseValue(text);
  if (value !== undefined) return value;
  throw usage("--value is not JSON", `A text is quoted as in JSON: --value '"passed"'.`);
}

/** A key of a job's checkout travels with it: into artifacts, images and caches. */
function keyOf(world: SigningWorld, name: string): PrivateKey {
  if (/^(?:env|cmd|keyring):/.test(name))
    throw usage(
      "--key takes a file, and no reference",
      `Write the key to a file outside of the checkout first: (umask 077; printf '%s\\n' "$KEY" > FILE).`,
    );
  const file = resolve(world.cwd, name.replace(/^file:/, ""));
  const around = repositoryAround(dirname(realPlace(file)));
  return readKey(file, around === undefined ? [] : [around]);
}

function realPlace(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // the reader of keys says that it is not there
  }
}

function bytesOf(file: string, max: number): Uint8Array {
  const read = readBounded(file, max);
  if (read.kind === "found") return read.bytes;
  throw usage(`${file} ${read.kind === "absent" ? "does not exist" : read.why}`, "Name a regular file.");
}

async function put(world: SigningWorld, bytes: Uint8Array, out: string | undefined): Promise<void> {
  if (out === undefined) world.out(Buffer.from(bytes).toString("utf8"));
  else if (!(await createFile(resolve(world.cwd, out), bytes)))
    throw usage(`${out} exists and is not overwritten`, "Remove it, or name another file.");
}

function checked<T>(schema: z.ZodType<T>, options: unknown, words: string): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = String(issue?.path[0] ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(
    `--${flag} ${issue?.message ?? "is not valid"}`,
    `countersign ${words} --help lists the options.`,
  );
}

function usage(message: string, fix: string): CountersignError {
  return new CountersignError("usage", printable(message), { fix });
}
