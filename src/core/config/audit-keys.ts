// The keys of an encrypted log in a configuration: where they are named, and what a key has to be.
import { auditKey } from "../audit/sealed-line.ts";
import type { SecretPlace } from "./reference.ts";
import type { Config } from "./schema.ts";

export interface AuditKeyPlaces {
  /** None: entries are written in the clear. */
  readonly current: SecretPlace | undefined;
  readonly previous: readonly SecretPlace[];
}

export function auditKeyPlaces({ audit }: Pick<Config, "audit">): AuditKeyPlaces {
  const { encryption_key: ref, previous_keys: refs } = audit;
  return {
    current: ref === "" ? undefined : { key: "audit.encryption_key", ref },
    previous: refs.map((earlier, at) => ({ key: `audit.previous_keys.${at}`, ref: earlier })),
  };
}

/** Whether the secret at this dotted key is one of them. */
export function isAuditKey(key: string): boolean {
  return key === "audit.encryption_key" || key.startsWith("audit.previous_keys.");
}

/** Why `text` is no key, without the text; undefined when it is one. */
export function auditKeyFault(text: string): string | undefined {
  return auditKey(text) === undefined ? "is not 64 hexadecimal characters" : undefined;
}
