// Looks at the signing keys in use: how long each lasts, and whether a rotation was left unfinished.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type KeyRole, keyRoles } from "../../core/attestation/key-record.ts";
import type { Config } from "../../core/config/schema.ts";
import { recordOfFile, roleKeys } from "../../io/file/keyring.ts";
import { ATTESTATION_PUBLIC, type Layout, SEALER_PUBLIC } from "../../io/file/layout.ts";
import type { KeyFact, KeysFact } from "./keys.ts";

const publicHalf = { attestation: ATTESTATION_PUBLIC, sealer: SEALER_PUBLIC } as const;

export function gatherKeys({ trust, keys }: Layout, config: Config["keys"], now: number): KeysFact {
  return {
    now,
    warnDays: config.warn_days,
    keys: keyRoles.map((role) => look(trust, role, config.max_age_days)),
    // Where the users are separate, this one sees nothing in there, and `keys list` of the other one tells.
    unfinished: keyRoles.filter((role) =>
      ["next", "old"].some((name) => existsSync(join(keys, `${role}.${name}.key.pem`))),
    ),
  };
}

function look(trust: string, role: KeyRole, days: number): KeyFact {
  try {
    const [key] = roleKeys(trust, role);
    const life = key?.life ?? recordOfFile(join(trust, publicHalf[role]), role, days);
    if (key === undefined || life === undefined) return { role, why: "is not there" };
    return { role, keyid: key.keyid, life, recorded: key.life !== undefined };
  } catch (cause) {
    return { role, why: cause instanceof Error ? cause.message : String(cause) };
  }
}
