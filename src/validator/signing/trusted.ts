// The keys of one state folder side by side: private ones, public ones, how long each lasts, and which are trusted.
import { type Dirent, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { daysLeft, type KeyBook, type KeyState, stateOf } from "../../core/attestation/key-life.ts";
import { type KeyRecord, type KeyRole, keyRoles } from "../../core/attestation/key-record.ts";
import { keyId } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { pinnedKey, readKeyBook, recordOfFile } from "../../io/file/keyring.ts";
import { readKey } from "./key-file.ts";
import type { KeyPlaces } from "./keygen.ts";
import { isUnfinished } from "./rotate.ts";

export interface ListedKey {
  readonly kind: "private" | "public";
  /** Undefined for a key of no role of ours, such as a key of CI. */
  readonly role: KeyRole | undefined;
  readonly file: string;
  /** Octal, like 0600. */
  readonly mode: string;
  /** Undefined when the file cannot be used; `problem` then says why. */
  readonly keyid: string | undefined;
  /** A public key in the trust folder that was not revoked, or a private key whose public half is such a one. */
  readonly trusted: boolean;
  readonly life: KeyRecord | undefined;
  /** Whether the life is that of trust/keys.json, or made of the time of a file. */
  readonly recorded: boolean;
  readonly daysLeft: number | undefined;
  /** `accepted`: it verifies beside the one in use, and was not rotated out. */
  readonly use: KeyState | "accepted" | undefined;
  readonly problem: string | undefined;
}

export interface ListTerms {
  readonly now: number;
  /** keys.max_age_days, for keys without a record. */
  readonly maxAgeDays: number;
}

const PRIVATE = ".key.pem";
const PUBLIC = ".pub.pem";

/** Every key in `keys` and `trust`. */
export function listKeys(at: KeyPlaces, terms: ListTerms): readonly ListedKey[] {
  const book = readKeyBook(at.trust);
  const publics = filesIn(at.trust, PUBLIC).map((file) =>
    listed({ kind: "public", file, book, terms }, () => pinnedKey(file, "").keyid),
  );
  const known = new Map(publics.flatMap((key) => (key.keyid === undefined ? [] : [[key.keyid, key]])));
  const privates = filesIn(at.keys, PRIVATE).map((file) => {
    const key = listed({ kind: "private", file, book, terms }, () =>
      keyId(readKey(file, at.repositories).publicKey),
    );
    const half = known.get(key.keyid ?? "");
    return { ...key, ...(half === undefined ? {} : lifeIn(half)), trusted: half?.trusted === true };
  });
  return [...privates, ...publics];
}

/** Without a record the time of the public file counts, so the other half lasts as long. */
function lifeIn({ life, recorded, daysLeft: days, use }: ListedKey): Partial<ListedKey> {
  return { life, recorded, daysLeft: days, use };
}

interface Found {
  readonly kind: ListedKey["kind"];
  readonly file: string;
  readonly book: KeyBook;
  readonly terms: ListTerms;
}

function listed({ kind, file, book, terms }: Found, keyOf: () => string): ListedKey {
  const mode = (statSync(file).mode & 0o777).toString(8).padStart(4, "0");
  const role = roleOf(file, kind === "private" ? PRIVATE : PUBLIC);
  const none = { life: undefined, recorded: false, daysLeft: undefined, use: undefined };
  const about = { kind, role, file, mode };
  try {
    const keyid = keyOf();
    const own = book[keyid];
    const life = own ?? (role === undefined ? undefined : recordOfFile(file, role, terms.maxAgeDays));
    if (life === undefined)
      return { ...about, ...none, keyid, trusted: kind === "public", problem: undefined };
    return {
      ...about,
      keyid,
      trusted: kind === "public" && life.revoked === undefined,
      life,
      recorded: own !== undefined,
      daysLeft: daysLeft(life, terms.now),
      use: useOf(life, terms.now, isMain(file)),
      problem: undefined,
    };
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    return { ...about, ...none, keyid: undefined, trusted: false, problem: cause.message };
  }
}

function useOf(life: KeyRecord, now: number, main: boolean): KeyState | "accepted" {
  const state = stateOf(life, now);
  return state === "in use" && !main ? "accepted" : state;
}

/** What a person should do something about, one line each. */
export function warnings(at: KeyPlaces, keys: readonly ListedKey[], warnDays: number): readonly string[] {
  const ends = keys
    .filter(({ kind, file }) => kind === "public" && isMain(file))
    .flatMap((key) => endWarning(key, warnDays));
  const unfinished = keyRoles
    .filter((role) => isUnfinished(at, role))
    .map(
      (role) =>
        `a rotation of the ${role} key was interrupted; countersign keys rotate --role ${role} finishes it`,
    );
  return [...ends, ...unfinished];
}

function endWarning(
  { role, keyid, life, daysLeft: days, use, recorded }: ListedKey,
  warnDays: number,
): string[] {
  if (role === undefined || life === undefined || days === undefined) return [];
  const name = `the ${role} key ${keyid ?? ""}`;
  const rotate = `countersign keys rotate --role ${role}`;
  const file = recorded ? [] : [`${name} has no record in trust/keys.json; the time of its file counts`];
  if (use === "expired")
    return [`${name} ended at ${life.not_after} and signs nothing; run ${rotate}`, ...file];
  if (use === "in use" && days < warnDays)
    return [`${name} ends at ${life.not_after}, in ${days} days; run ${rotate}`, ...file];
  return file;
}

const NO_LIFE = { created: null, not_after: null, retired: null, accepted_until: null, revoked: null };

export function inJson({ keyid, problem, role, life, daysLeft: days, use, ...key }: ListedKey): unknown {
  return {
    ...key,
    keyid: keyid ?? null,
    problem: problem ?? null,
    ...NO_LIFE,
    ...life,
    days_left: days ?? null,
    state: use ?? null,
    role: role ?? null,
  };
}

export function inText({
  kind,
  role,
  file,
  mode,
  keyid,
  trusted,
  life,
  daysLeft: days,
  use,
  problem,
  recorded,
}: ListedKey): string {
  const word = use === "overlap" ? `overlap until ${life?.accepted_until ?? ""}` : use;
  const lasts =
    life === undefined
      ? ""
      : `\n  ${word ?? ""}  created ${life.created}${recorded ? "" : " (time of its file)"}  not after ${life.not_after}  ${days ?? 0} days left`;
  const head = `${keyid ?? "unusable"}  ${role ?? "other"}  ${kind}  ${mode}  ${trusted ? "trusted" : "not trusted"}  ${file}`;
  return `${head}${lasts}${problem === undefined ? "" : `\n  ${problem}`}\n`;
}

/** `<role>.pub.pem`, `<role>-<8 hexadecimal characters>.pub.pem`, `<role>.next.key.pem`, … */
function roleOf(file: string, ending: string): KeyRole | undefined {
  const name = basename(file).slice(0, -ending.length);
  return keyRoles.find((role) => name === role || name.startsWith(`${role}-`) || name.startsWith(`${role}.`));
}

/** The pair that signs now, unlike what was rotated out or waits. */
function isMain(file: string): boolean {
  return /^[a-z]+\.(?:key|pub)\.pem$/.test(basename(file));
}

function filesIn(folder: string, ending: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter(({ name }) => name.endsWith(ending))
    .map(({ name }) => join(folder, name))
    .toSorted();
}
