// The doctor's judgement of callers: tokens that end soon, principals that nobody can be, a door that nobody can enter.
import type { PrincipalEntry } from "../../core/config/schema-doors.ts";
import type { Config } from "../../core/config/schema.ts";
import { millisOf } from "../../core/base/time.ts";
import { foldedName } from "../../core/identity/principal.ts";
import { capped, type Credential, isOrphan } from "../../core/identity/token.ts";
import { type Finding, ok, warn } from "./finding.ts";

export interface PeopleFacts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly config: Config;
  /** Tokens of the store; undefined when this user cannot read them. */
  readonly credentials: readonly Credential[] | undefined;
}

const DAY = 86_400_000;
const SOON_DAYS = 7;
/** Of a short life the last quarter, or every token of a week would be a warning on its first day. */
const SOON_SHARE = 0.25;
/** Printed; a machine reads them all from countersign token list --json. */
const NAMED = 5;

export function peopleFindings(gathered: PeopleFacts): readonly Finding[] {
  const facts = inForce(gathered);
  const { config, credentials, now } = facts;
  if (config.auth.mode === "local_only") return [];
  const idle = config.principals.filter((entry) => !canBe(entry, credentials, now));
  return [
    ...(config.auth.mode === "bearer_token" ? [tokenFinding(facts)] : []),
    ...idle.map(({ name }) =>
      warn(
        `principal-${name}`,
        `nobody can be the principal ${name}: it has no subject and no live token`,
        `countersign token issue for ${name}, add a subject, or remove it.`,
      ),
    ),
    ...config.principals
      .filter((entry) => hasEnded(entry, now))
      .map(({ name, expires }) =>
        warn(
          `principal-${name}`,
          `the principal ${name} expired on ${expires ?? ""}`,
          "Remove it, or set a new date.",
        ),
      ),
    ...(canAnybody(facts)
      ? []
      : [
          warn(
            "nobody",
            "nobody can come in over HTTP: there is no token, subject or issuer",
            "countersign token issue, or write [[principals]].",
          ),
        ]),
  ];
}

/** The tokens as they hold under this configuration, without those that stand for nobody any more. */
function inForce(facts: PeopleFacts): PeopleFacts {
  const { auth, principals } = facts.config;
  const credentials = facts.credentials
    ?.filter((credential) => !isOrphan(credential, principals))
    .map((credential) => capped(credential, auth.max_token_days));
  return { ...facts, credentials };
}

function tokenFinding({ credentials, config, now }: PeopleFacts): Finding {
  const id = "tokens";
  if (credentials === undefined)
    return warn(
      id,
      "this user cannot read which tokens there are",
      "Run the doctor as the gateway's user to see them.",
    );
  const living = credentials.filter((credential) => isLive(credential, now));
  const soon = Math.min(SOON_DAYS, config.auth.max_token_days * SOON_SHARE) * DAY;
  const ending = families(living).filter(({ ends }) => ends - now < soon);
  if (ending.length === 0) return ok(id, `live tokens: ${living.length}`);
  const named = ending
    .slice(0, NAMED)
    .map(
      ({ id: token, principal, ends }) =>
        `${token} of ${principal} (${new Date(ends).toISOString().slice(0, 10)})`,
    );
  const more = ending.length > NAMED ? ` and ${ending.length - NAMED} more` : "";
  return warn(
    id,
    `tokens that end soon: ${named.join(", ")}${more}`,
    "countersign token rotate, and hand the new one over before the old one ends.",
  );
}

interface Ending {
  readonly id: string;
  readonly principal: string;
  /** Milliseconds since 1970. */
  readonly ends: number;
}

/** An access token ends within the hour by design; what ends for its bearer is the family. */
function families(living: readonly Credential[]): readonly Ending[] {
  const latest = new Map<string, Ending>();
  for (const { id, family, principal, kind, expires, ends } of living) {
    const end = millisOf(kind === "bearer" ? expires : ends);
    const known = latest.get(family);
    if (known === undefined || known.ends < end) latest.set(family, { id, principal, ends: end });
  }
  return [...latest.values()];
}

function isLive({ revoked, used, expires }: Credential, now: number): boolean {
  return revoked === null && used === null && millisOf(expires) > now;
}

/** Unknown tokens count as there: what cannot be seen is no reason to complain. */
function canBe(
  { name, subjects, tokens }: PrincipalEntry,
  credentials: readonly Credential[] | undefined,
  now: number,
): boolean {
  if (subjects.length > 0 || tokens.length > 0 || credentials === undefined) return true;
  return credentials.some(
    (credential) => foldedName(credential.principal) === foldedName(name) && isLive(credential, now),
  );
}

function hasEnded({ expires }: PrincipalEntry, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now;
}

const REMOTE = /^(?:token|mtls|mtls-sha256|oidc):/;

function canAnybody({ config, credentials, now }: PeopleFacts): boolean {
  const entries = config.principals.filter((entry) => !hasEnded(entry, now));
  if (
    entries.some(
      ({ subjects, tokens }) => tokens.length > 0 || subjects.some((subject) => REMOTE.test(subject)),
    )
  )
    return true;
  if (config.auth.mode === "mtls") return false;
  return credentials === undefined || credentials.some((credential) => isLive(credential, now));
}
