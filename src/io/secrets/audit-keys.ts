// The keys of an encrypted log, looked up where the configuration says that they are.
import { type AuditKey, auditKey, type AuditKeys } from "../../core/audit/sealed-line.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { auditKeyFault, auditKeyPlaces } from "../../core/config/audit-keys.ts";
import type { SecretPlace } from "../../core/config/reference.ts";
import type { Config } from "../../core/config/schema.ts";
import { resolveSecret, type SecretSources } from "./resolve.ts";

/**
 * Throws `config_invalid` naming the configuration's key, never what was found: a log must not be written in the clear
 * because a key was mistyped, nor not at all.
 */
export function auditKeysOf(config: Pick<Config, "audit">, sources: SecretSources): AuditKeys {
  const { current, previous } = auditKeyPlaces(config);
  return {
    current: current === undefined ? undefined : keyAt(current, sources),
    others: previous.map((place) => keyAt(place, sources)),
  };
}

function keyAt({ key, ref }: SecretPlace, sources: SecretSources): AuditKey {
  const text = resolveSecret(ref, sources, key);
  const found = auditKey(text);
  if (found !== undefined) return found;
  throw new CountersignError("config_invalid", `${key}: the secret ${auditKeyFault(text)}`, {
    fix: "Make one with: openssl rand -hex 32, keep it outside and name it (env:NAME, file:/path).",
  });
}
