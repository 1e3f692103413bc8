// What stood around: configuration without its secrets, policy, and public keys for information.
import { z } from "zod";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { renderPublicKey } from "../../core/attestation/key.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical, parseCanonical } from "../../core/base/canonical.ts";
import { digestSchema, sha256 } from "../../core/base/digest.ts";
import { nameless } from "../../core/config/nameless.ts";
import { covered } from "../../core/config/reference.ts";
import type { Setup } from "../../io/file/config.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import type { Layout } from "../../io/file/layout.ts";
import { MAX_CONTENT, type Members } from "./file.ts";
import type { Facts } from "./examine-patch.ts";
import { hold, needed, type Parts } from "./parts.ts";

const CONFIG = "config.json";
const POLICY = "policy.json";
/** Nobody verifies with them: a file cannot vouch for its own keys. They say which to ask the operator for. */
const KEYS = "public-keys.json";

const policySchema = z.strictObject({
  preset: z.string().max(100),
  /** Digest under which verdicts are given now; a verdict's own stands in it. */
  policy: digestSchema,
  config_sha256: digestSchema,
});
const keysSchema = z.strictObject({
  attestation: z.array(z.strictObject({ keyid: z.string().max(100), pem: z.string().max(1000) })).max(1000),
  sealer: z.array(z.strictObject({ keyid: z.string().max(100), pem: z.string().max(1000) })).max(1000),
});

/** As they are when the bundle is made. */
export function contextFiles({ trust }: Layout, { config, preset, policy }: Setup): Members {
  const shown = config.audit.personal === "committed" ? nameless(covered(config)) : covered(config);
  const text = utf8(`${JSON.stringify(shown, undefined, 2)}\n`);
  const listed = (keys: readonly TrustedKey[]): readonly object[] =>
    keys.map(({ keyid, publicKey }) => ({ keyid, pem: renderPublicKey(publicKey) }));
  const keys = {
    attestation: listed(roleKeys(trust, "attestation")),
    sealer: listed(roleKeys(trust, "sealer")),
  };
  return new Map([
    [CONFIG, text],
    [POLICY, utf8(canonical(policySchema.parse({ preset, policy, config_sha256: sha256(text) })))],
    [KEYS, utf8(canonical(keysSchema.parse(keys)))],
  ]);
}

export function assertContext(parts: Parts): Facts {
  // Hashed only, and never parsed.
  const config = needed(parts.take(CONFIG, MAX_CONTENT), CONFIG, "it is missing");
  const policy = needed(
    policySchema.safeParse(parseCanonical(needed(parts.take(POLICY), POLICY, "it is missing"))).data,
    POLICY,
    "it is no record of a policy",
  );
  hold(sha256(config) === policy.config_sha256, CONFIG, "it is not the configuration that policy.json names");
  const keys = needed(parts.take(KEYS), KEYS, "it is missing");
  hold(keysSchema.safeParse(parseCanonical(keys)).success, KEYS, "it is no list of keys");
  return { preset: policy.preset, policy_when_made: policy.policy, config_sha256: policy.config_sha256 };
}
