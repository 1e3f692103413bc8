// From a reference to the secret: variables and files here; programs and keyrings only in the process that may start any.
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import {
  outgoingSecretsOf,
  readReference,
  type SecretPlace,
  secretsOf,
} from "../../core/config/reference.ts";
import { secretFault } from "../../core/config/rules-secret.ts";
import type { Config } from "../../core/config/schema.ts";

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Content of a secret's file; throws with the reason. */
  readonly read: (path: string) => string;
}

/**
 * The secret behind `ref`; a literal is itself. Throws `config_invalid` naming `key` and where the secret should be,
 * never what was found there: also for a secret of fewer than 32 characters, and for one that everybody knows.
 */
export function resolveSecret(ref: string, sources: SecretSources, key = "secret"): string {
  const secret = lookUp(ref, sources, key);
  const why = secretFault(secret);
  if (why !== undefined) throw failed(key, `${placeOf(ref)} ${why}`);
  return secret;
}

export interface ResolvedSecret extends SecretPlace {
  readonly secret: string;
}

/** All secrets of a configuration. Throws `config_invalid`, also when one secret would stand for two things. */
export function resolveSecrets(config: Config, sources: SecretSources): readonly ResolvedSecret[] {
  const seen = new Map<string, string>();
  return secretsOf(config).map((place) => {
    const secret = resolveSecret(place.ref, sources, nameOf(place));
    const digest = sha256(secret);
    const before = seen.get(digest);
    if (before !== undefined)
      throw failed(nameOf(place), `${placeOf(place.ref)} holds the same secret as ${before}`);
    seen.set(digest, nameOf(place));
    return { ...place, secret };
  });
}

/**
 * Variables that a process with an otherwise empty environment must be given, so that it can resolve the secrets of
 * `config`: those that are named by env:, and one for each secret that its supervisor gets for it.
 */
export function envNames(config: Config): readonly string[] {
  const names = secretsOf(config).flatMap(({ ref }) => {
    const read = readReference(ref);
    if (read.kind === "env") return [read.name];
    return read.kind === "cmd" || read.kind === "keyring" ? [suppliedName(ref)] : [];
  });
  return [...new Set(names)];
}

/** Variables that the validator alone must be given: those of secrets that it shows to others. */
export function outgoingNames(config: Config): readonly string[] {
  return outgoingSecretsOf(config).flatMap(({ ref }) => {
    const read = readReference(ref);
    return read.kind === "env" ? [read.name] : [];
  });
}

/** The variable under which a supervisor hands on what `cmd:` or `keyring:` gave it. */
export function suppliedName(ref: string): string {
  return `COUNTERSIGN_SECRET_${sha256(ref).slice(0, 16).toUpperCase()}`;
}

/**
 * A secret that we show to somebody else, who decides how long it is: only what no header can carry is refused. Throws
 * `config_invalid` as above.
 */
export function resolveOutgoing(ref: string, sources: SecretSources, key: string): string {
  const secret = lookUp(ref, sources, key);
  if (/^[A-Za-z0-9._~+/-]{1,4000}={0,2}$/.test(secret)) return secret;
  throw failed(key, `${placeOf(ref)} holds nothing that a header can carry (RFC 6750)`);
}

function lookUp(ref: string, { env, read }: SecretSources, key: string): string {
  const reference = readReference(ref);
  if (reference.kind === "literal") return reference.text;
  if (reference.kind === "malformed") return absent(key, reference.why);
  if (reference.kind === "file") return fromFile(reference.path, read, key);
  if (reference.kind === "env")
    return env[reference.name] ?? absent(key, `the variable ${reference.name} is not set`);
  const why = `${reference.kind}: is looked up by countersign up only, and this process was started without it`;
  return env[suppliedName(ref)] ?? absent(key, why);
}

function fromFile(path: string, read: (path: string) => string, key: string): string {
  try {
    return read(path);
  } catch (cause) {
    return absent(key, cause instanceof Error ? cause.message : `${path} cannot be read`);
  }
}

/** Where a secret is, without the secret. */
function placeOf(ref: string): string {
  return readReference(ref).kind === "literal" ? "the literal" : ref;
}

function nameOf({ key, principal }: SecretPlace): string {
  return principal === undefined ? key : `${key} (principal ${principal})`;
}

function absent(key: string, why: string): never {
  throw failed(key, why);
}

function failed(key: string, why: string): CountersignError {
  return new CountersignError("config_invalid", `${key}: ${why}`, {
    fix: "A secret has at least 32 random characters (openssl rand -base64 32) and is named by env:, file:, keyring: or cmd:.",
  });
}
