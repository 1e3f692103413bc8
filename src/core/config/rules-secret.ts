// Rules about secrets: a literal has to be a good one, references have to be readable, and nothing known opens a door.
import { MIN_TOKEN_CHARS } from "../identity/token.ts";
import { auditKeyFault, isAuditKey } from "./audit-keys.ts";
import type { RuleFault } from "./fault.ts";
import { isKnownDigest, weakness } from "./known-tokens.ts";
import { readReference, secretsOf } from "./reference.ts";
import type { Config, PresetName } from "./schema.ts";

const HEX = "Make one with: openssl rand -hex 32, keep it outside and name it (env:NAME, file:/path).";
const GOOD = "Make one with: openssl rand -base64 32, keep it outside and name it (env:NAME, file:/path).";

/** Presets in which the configuration is not the place for a secret, nor a reason to start a program. */
export function isStrict(preset: PresetName): boolean {
  return preset === "hardened" || preset === "container-prod";
}

export function secretFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const secrets = secretsOf(config).flatMap(({ key, ref }): RuleFault[] => {
    const fault = referenceFault(ref, preset) ?? (isAuditKey(key) ? hexFault(ref) : undefined);
    if (fault === undefined) return [];
    return [{ key, message: fault.message, fix: fault.fix === GOOD && isAuditKey(key) ? HEX : fault.fix }];
  });
  return [...secrets, ...knownSubjects(config)];
}

function referenceFault(ref: string, preset: PresetName): Omit<RuleFault, "key"> | undefined {
  const read = readReference(ref);
  if (read.kind === "malformed")
    return { message: read.why, fix: "Write env:NAME, file:/path, keyring:service/account or cmd:/program." };
  if (read.kind === "cmd" && isStrict(preset))
    return {
      message: `starts a program, which the ${preset} preset refuses`,
      fix: "Name the secret by env:, file: or keyring:.",
    };
  if (read.kind !== "literal") return undefined;
  if (isStrict(preset))
    return { message: `is a secret in the configuration, which the ${preset} preset refuses`, fix: GOOD };
  const why = secretFault(read.text);
  return why === undefined ? undefined : { message: why, fix: GOOD };
}

function hexFault(ref: string): Omit<RuleFault, "key"> | undefined {
  const read = readReference(ref);
  const message = read.kind === "literal" ? auditKeyFault(read.text) : undefined;
  return message === undefined ? undefined : { message, fix: HEX };
}

/** Why `text` may not be a secret, never with the text; undefined when it may. For literals and for what was resolved. */
export function secretFault(text: string): string | undefined {
  if (text.length < MIN_TOKEN_CHARS) return `is a secret of fewer than ${MIN_TOKEN_CHARS} characters`;
  // RFC 6750 §2.1: what an Authorization header can carry.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text)) return "is a secret that no header can carry (RFC 6750)";
  return weakness(text);
}

function knownSubjects({ principals }: Config): readonly RuleFault[] {
  return principals.flatMap(({ subjects }, at) =>
    subjects.flatMap((subject, index): RuleFault[] =>
      subject.startsWith("token:") && isKnownDigest(subject.slice("token:".length))
        ? [
            {
              key: `principals.${at}.subjects.${index}`,
              message: "is the digest of a token that everybody knows",
              fix: "Issue a token of your own: countersign token issue.",
            },
          ]
        : [],
    ),
  );
}
