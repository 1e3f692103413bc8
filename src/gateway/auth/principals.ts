// Who stands for a proven subject: the operator's [[principals]], and the scope that each of them gets.
import { canonical } from "../../core/base/canonical.ts";
import { refuse, type Result } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { PrincipalEntry } from "../../core/config/schema-doors.ts";
import type { Config } from "../../core/config/schema.ts";
import { foldedName, type LocalName, type Principal } from "../../core/identity/principal.ts";
import { openScope, type Scope, type ScopeWords } from "../../core/identity/scope.ts";
import { type Credential, type Grant, grantedWords } from "../../core/identity/token.ts";
import { wholeScope } from "./grants.ts";

/** Scopes that are kept ready; more different grants than this are made anew at each call. */
const MAX_SCOPES = 1024;

export interface Directory {
  /** The principal of the first subject that one stands for; `principal_unmapped` when there is none. */
  bySubject(subjects: readonly string[], credential: string): Result<Principal>;
  /**
   * What an issued token allows; narrowed further by the principal of the same name (in any letter case), when one is
   * configured. `principal_unmapped` when it was issued for one that is gone: its restrictions must not go with it.
   */
  byToken(credential: Credential): Result<Principal>;
  /** A caller that proves only where it sits: mapped, or let in as it is by auth.allow_local_only. */
  byPlace(place: LocalName): Result<Principal>;
  /** The principal of this entry of the configuration. */
  byEntry(entry: PrincipalEntry, credential: string): Result<Principal>;
}

/** `config.principals` holds all entries, also those of auth.principals_file. */
export function openDirectory(config: Config, clock: Clock): Directory {
  const whole = wholeScope(config);
  const scopes = openScopes();
  const bySubject = new Map<string, PrincipalEntry>();
  // The first entry holds, here as in the list that the operator reads.
  for (const entry of [...config.principals].reverse())
    for (const subject of entry.subjects) bySubject.set(subject, entry);
  const byName = new Map([...config.principals].reverse().map((entry) => [foldedName(entry.name), entry]));
  const byEntry = (entry: PrincipalEntry, credential: string): Result<Principal> => {
    if (isOver(entry, clock)) return expired(entry);
    const scope = scopes(grantedWords(whole, grantOf(entry)));
    return { ok: true, value: { name: entry.name, credential, scope } };
  };
  const mapped = (subjects: readonly string[], credential: string): Result<Principal> => {
    const entry = subjects.map((subject) => bySubject.get(subject)).find((found) => found !== undefined);
    return entry === undefined
      ? refuse("principal_unmapped", "no principal of the configuration stands for this caller")
      : byEntry(entry, credential);
  };
  return {
    bySubject: mapped,
    byEntry,
    byToken({ id, principal, bound, grant }) {
      const entry = byName.get(foldedName(principal));
      if (entry === undefined && bound)
        return refuse("principal_unmapped", "the principal of this token is no longer configured");
      if (entry !== undefined && isOver(entry, clock)) return expired(entry);
      const outer = entry === undefined ? whole : grantedWords(whole, grantOf(entry));
      const scope = scopes(grantedWords(outer, grant));
      // The entry's own spelling: limits and proposals go by the name, and there must be one of each.
      return { ok: true, value: { name: entry?.name ?? principal, credential: `token:${id}`, scope } };
    },
    byPlace: (place) =>
      config.auth.allow_local_only && !bySubject.has(place)
        ? { ok: true, value: { name: place, credential: "local", scope: scopes(whole) } }
        : mapped([place], "local"),
  };
}

function grantOf({ roles, tools, paths, lane, ...limits }: PrincipalEntry): Grant {
  return {
    roles,
    tools: tools ?? null,
    paths: paths ?? null,
    lane,
    per_minute: limits.per_minute ?? null,
    per_hour: limits.per_hour ?? null,
    max_pending: limits.max_pending ?? null,
  };
}

function isOver({ expires }: PrincipalEntry, clock: Clock): boolean {
  // What cannot be read as an instant has expired.
  return expires !== undefined && !(clock() < Date.parse(expires));
}

function expired({ name }: PrincipalEntry): {
  readonly ok: false;
  readonly refusal: ReturnType<typeof refuse>["refusal"];
} {
  return refuse("auth_expired", `the principal ${name} has expired in the configuration`);
}

/** Equal words, one scope: what is made for a scope elsewhere is found again by its identity. */
function openScopes(): (words: ScopeWords) => Scope {
  const kept = new Map<string, Scope>();
  return (words) => {
    const key = canonical(words);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = openScope(words);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_SCOPES && oldest !== undefined) kept.delete(oldest);
    kept.set(key, made);
    return made;
  };
}
