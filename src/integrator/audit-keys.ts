// The keys of an encrypted log, for commands that open the gateway's store or read the log.
import { type AuditKeys, NO_KEYS } from "../core/audit/sealed-line.ts";
import { CountersignError } from "../core/base/failure.ts";
import { printable } from "../core/base/refusal.ts";
import { auditKeyPlaces } from "../core/config/audit-keys.ts";
import type { Config } from "../core/config/schema.ts";
import { auditKeysOf } from "../io/secrets/audit-keys.ts";
import { readSecretFile } from "../io/secrets/file.ts";
import { suppliedFor } from "./secrets.ts";
import type { World } from "./world.ts";

/** Throws `config_invalid` when one is not where its reference says. */
export async function auditKeysFor(world: World, config: Pick<Config, "audit">): Promise<AuditKeys> {
  const { current, previous } = auditKeyPlaces(config);
  const places = current === undefined ? previous : [current, ...previous];
  const env = { ...world.env, ...(await suppliedFor(world, places)) };
  return auditKeysOf(config, { env, read: (path) => readSecretFile(path, world.uid) });
}

export interface HeldKeys {
  readonly keys: AuditKeys;
  /** Why there are none although the configuration names some. */
  readonly why: string | undefined;
}

/**
 * For what can be done without them: the chain and the seals of an encrypted log hold without a key. Content is then not
 * read, and whoever reads has to say so.
 */
export async function auditKeysIfThere(
  world: World,
  config: Pick<Config, "audit"> | undefined,
): Promise<HeldKeys> {
  if (config === undefined) return { keys: NO_KEYS, why: undefined };
  try {
    return { keys: await auditKeysFor(world, config), why: undefined };
  } catch (cause) {
    if (!(cause instanceof CountersignError) || cause.code !== "config_invalid") throw cause;
    return { keys: NO_KEYS, why: printable(cause.message) };
  }
}
