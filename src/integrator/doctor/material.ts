// The doctor's judgement of the door's files: certificates, keys, revocation list, issuer's keys, allow-list.
import type { Config } from "../../core/config/schema.ts";
import { type AllowList, staleness } from "../../core/identity/allowlist.ts";
import { fail, type Finding, octal, ok, warn } from "./finding.ts";

/** One file: not named in the configuration, at fault, or read. */
export type Look<T> =
  | { readonly kind: "unset" }
  | { readonly kind: "broken"; readonly why: string }
  | { readonly kind: "fine"; readonly found: T };

/** Milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Material {
  /** Over the whole chain: latest start, earliest end. */
  readonly certificate: Look<Validity>;
  /** `fits`: undefined when this user cannot read the key, or there is no certificate to compare it with. */
  readonly key: Look<{ readonly mode: number; readonly fits: boolean | undefined }>;
  readonly clientCa: Look<Validity>;
  /** Earliest one; undefined when a list does not say. */
  readonly crl: Look<{ readonly nextUpdate: number | undefined }>;
  /** `secret`: it holds a private or shared key. */
  readonly jwks: Look<{ readonly keys: number; readonly secret: boolean }>;
  readonly allowlist: Look<AllowList>;
  /** `mode` is undefined when nothing is there. */
  readonly socket: Look<{ readonly mode: number | undefined }>;
}

export interface MaterialFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly config: Config;
  /** The files that the configuration names. */
  readonly material: Material;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
const SOON_DAYS = 30;

export function materialFindings(facts: MaterialFacts): readonly Finding[] {
  const { now, material } = facts;
  return [
    ...judged("tls-certificate", "TLS certificate", material.certificate, (found) =>
      validity("tls-certificate", "TLS certificate", found, now),
    ),
    ...judged("tls-key", "TLS key", material.key, keyFinding),
    ...judged("client-ca", "client CA", material.clientCa, (found) =>
      validity("client-ca", "client CA", found, now),
    ),
    ...judged("crl", "revocation list", material.crl, ({ nextUpdate }) => crlFinding(nextUpdate, now)),
    ...judged("jwks", "issuer's keys", material.jwks, jwksFinding),
    ...judged("allowlist", "allow-list", material.allowlist, (list) => allowlistFinding(list, facts)),
  ];
}

function judged<T>(
  id: string,
  name: string,
  look: Look<T>,
  judge: (found: T) => Finding,
): readonly Finding[] {
  if (look.kind === "unset") return [];
  if (look.kind === "fine") return [judge(look.found)];
  return [
    fail(
      id,
      `${name}: ${look.why}`,
      "Correct the file or its name in the configuration; until then nobody is let in.",
    ),
  ];
}

function validity(id: string, name: string, { notBefore, notAfter }: Validity, now: number): Finding {
  if (now < notBefore)
    return fail(
      id,
      `${name} holds only from ${date(notBefore)} on`,
      "Look at this machine's clock, or get another one.",
    );
  if (now >= notAfter)
    return fail(id, `${name} expired on ${date(notAfter)}`, "Replace it; a running gateway reads it again.");
  const days = Math.floor((notAfter - now) / DAY);
  if (days < SOON_DAYS) return warn(id, `${name} expires in ${days} days, on ${date(notAfter)}`, "Renew it.");
  return ok(id, `${name} holds until ${date(notAfter)}`);
}

function keyFinding({ mode, fits }: { mode: number; fits: boolean | undefined }): Finding {
  const id = "tls-key";
  if ((mode & 0o077) !== 0)
    return fail(
      id,
      `the TLS key has mode ${octal(mode)}; others can read it`,
      "chmod 600, and replace it if somebody may have read it.",
    );
  if (fits === false)
    return fail(id, "the TLS key does not belong to the certificate", "Name the two files of one pair.");
  if (fits === undefined)
    return ok(id, `TLS key has mode ${octal(mode)}; its content is not for this user to see`);
  return ok(id, `TLS key has mode ${octal(mode)} and belongs to the certificate`);
}

function crlFinding(nextUpdate: number | undefined, now: number): Finding {
  const id = "crl";
  if (nextUpdate === undefined)
    return warn(
      id,
      "the revocation list does not say when the next one is due",
      "Make it with a nextUpdate (RFC 5280 §5.1.2.5).",
    );
  if (now >= nextUpdate)
    return fail(
      id,
      `the revocation list was due to be replaced on ${date(nextUpdate)}; every client certificate is refused`,
      "Get the new one from the CA.",
    );
  if (nextUpdate - now < DAY)
    return warn(id, `the revocation list ends on ${date(nextUpdate)}`, "Get the new one from the CA.");
  return ok(id, `revocation list holds until ${date(nextUpdate)}`);
}

function jwksFinding({ keys, secret }: { keys: number; secret: boolean }): Finding {
  if (secret)
    return fail(
      "jwks",
      "the issuer's key file holds a private or shared key",
      "Put only its public keys there, and replace that key.",
    );
  if (keys === 0)
    return fail("jwks", "the issuer's key file holds no key", "Get it from the issuer's jwks_uri.");
  return ok("jwks", `issuer's keys: ${keys}`);
}

/** A timer every six hours that fails once is seen before the list is too old. */
const ALLOWLIST_WARN_HOURS = 9;

function allowlistFinding(list: AllowList, { now, config: { network } }: MaterialFacts): Finding {
  const id = "allowlist";
  const stale = staleness(list, now, network.max_age_seconds);
  const fix = "Run countersign allowlist sync, and look at its timer: every 6 hours or less.";
  const age = now - list.fetched * 1000;
  const said = `allow-list of ${list.cidrs.length} ranges, ${Math.max(0, Math.floor(age / HOUR))} h old`;
  if (stale !== undefined) return fail(id, `${said}, ${stale}: nobody is let in`, fix);
  const warnAt = Math.min(ALLOWLIST_WARN_HOURS * HOUR, network.max_age_seconds * 750);
  if (age >= warnAt) return warn(id, said, fix);
  return ok(id, `${said}, content hash ${list.hash.slice(0, 12)}`);
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
