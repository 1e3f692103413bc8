// Whom an entry is about, where names are not to stand in the log: pseudonyms, what is personal beside them, and commitments to it.
import { createHmac } from "node:crypto";
import { z } from "zod";
import { canonical } from "../base/canonical.ts";
import { type Digest, digestSchema } from "../base/digest.ts";
import { foldedName, isReservedName, localNames } from "../identity/principal.ts";
import type { Actor, AuditData, AuditNote } from "./entry.ts";

/** Bytes of a pseudonym, of a salt and of a subject's key. All are drawn at random: nothing leads back from them to a name. */
export const PSEUDONYM_BYTES = 16;
export const SALT_BYTES = 32;
export const SUBJECT_KEY_BYTES = 32;

const PSEUDONYM = /^subject:[0-9a-f]{32}$/;
/** Entries that say it: what the data's `pii` is, and the commitment of `subject.known`. */
export const COMMITMENT = "HMAC-SHA256";

export const pseudonymSchema = z.string().regex(PSEUDONYM, "must be subject: and 32 hexadecimal characters");

export function pseudonym(random: Uint8Array): string {
  return `subject:${Buffer.from(random).toString("hex")}`;
}

export function isPseudonym(name: string): boolean {
  return PSEUDONYM.test(name);
}

/** Callers and processes that are nobody: these stand in the log as they are. Every other name is a person's, or may be. */
const OURS: ReadonlySet<string> = new Set([...localNames, "local:http"]);

/** In any letter case: nobody else has such a name, and what is asked for in other letters must not find their rows. */
export function isOurs(name: string): boolean {
  return OURS.has(foldedName(name)) || isReservedName(name);
}

/**
 * What two spellings of one name have in common. Letter case does not tell principals apart; `os:` and `person:` name users of
 * an operating system, to which it matters.
 */
export function subjectName(name: string): string {
  return name.includes(":") ? name : foldedName(name);
}

/** Keys of an entry's data under which a name may stand. */
const NAMES = ["for", "of", "asked", "subject"] as const;
/** Keys of data that say something of a person beside the name: taken out of the entry. */
const PERSONAL = ["address", "client", "person", "user"] as const;

export const personalSchema = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/), z.string().max(1000));
export type Personal = Readonly<z.infer<typeof personalSchema>>;

export interface Parted {
  /** Without what is personal, and with the pseudonyms that `pseudonymOf` gave. */
  readonly note: AuditNote;
  /** Undefined when there is nothing. */
  readonly personal: Personal | undefined;
}

/** Parts a note in what everybody may read for ever and what can be taken back. */
export function parted({ event, actor, data }: AuditNote, pseudonymOf: (name: string) => string): Parted {
  const named = (name: string): string => (isOurs(name) || isPseudonym(name) ? name : pseudonymOf(name));
  const principal = named(actor.principal);
  const { kept, personal } = withoutPersonal(actor, data);
  for (const key of NAMES) {
    const value = kept.data[key];
    // Ids of tokens and families stand there, too, where a token or a family was asked for.
    if (typeof value === "string" && (key !== "asked" || data["by"] === "principal"))
      kept.data[key] = named(value);
  }
  const note = { event, actor: { ...kept.actor, principal }, data: kept.data };
  return { note, personal: Object.keys(personal).length === 0 ? undefined : personal };
}

function withoutPersonal(actor: Actor, data: AuditData) {
  const personal: Record<string, string> = {};
  const { correlation, credential, ...rest } = actor;
  if (correlation !== undefined) personal["correlation"] = correlation;
  // Digests of certificates and their subjects: whoever guesses the person finds that it was him.
  const isCertificate = credential?.startsWith("mtls") === true;
  if (isCertificate) personal["credential"] = credential;
  const kept: Record<string, AuditData[string]> = { ...data };
  for (const key of PERSONAL) {
    const value = kept[key];
    if (typeof value !== "string") continue;
    personal[key] = value;
    delete kept[key];
  }
  const others = credential === undefined || isCertificate ? rest : { ...rest, credential };
  return { kept: { actor: others, data: kept }, personal };
}

/** Of fields that were taken out. Without the salt nobody can try whether a name or an address is the one. */
export function commitment(salt: Uint8Array, fields: Personal): Digest {
  return createHmac("sha256", salt).update(canonical(fields)).digest("hex") as Digest;
}

/** The commitment that an entry carries; undefined when it carries none. */
export function commitmentIn(data: AuditData): Digest | undefined {
  const found = digestSchema.safeParse(data["pii"]);
  return found.success ? found.data : undefined;
}

/** Whose commitment it is. */
export function ownerIn({ event, actor, data }: Pick<AuditNote, "event" | "actor" | "data">): string {
  const said = event === "subject.known" ? data["subject"] : data["pii_of"];
  return typeof said === "string" ? said : actor.principal;
}

/** Pseudonyms that an entry names. */
export function subjectsIn({ actor, data }: Pick<AuditNote, "actor" | "data">): readonly string[] {
  const said = [actor.principal, ...NAMES.map((key) => data[key])];
  return [...new Set(said.filter((one) => typeof one === "string" && isPseudonym(one)))] as string[];
}

/** Whether an entry names `name` itself, in the clear. */
export function namesInClear({ actor, data }: Pick<AuditNote, "actor" | "data">, name: string): boolean {
  const wanted = subjectName(name);
  const said = [actor.principal, ...NAMES.map((key) => data[key]), ...PERSONAL.map((key) => data[key])];
  return said.some((one) => typeof one === "string" && subjectName(one) === wanted);
}

export interface Names {
  /** The name behind a pseudonym; undefined when it was erased. */
  readonly nameOf: (pseudonym: string) => string | undefined;
  readonly personal: Personal | undefined;
}

const OF_ACTOR = new Set(["correlation", "credential"]);

/** An entry as it was said: for people who may know, never for hashing. */
export function resolved<Said extends Pick<AuditNote, "actor" | "data">>(
  entry: Said,
  { nameOf, personal = {} }: Names,
): Said {
  const named = (value: string): string => (isPseudonym(value) ? (nameOf(value) ?? value) : value);
  const of = Object.entries(personal);
  const data = { ...entry.data, ...Object.fromEntries(of.filter(([key]) => !OF_ACTOR.has(key))) };
  for (const key of NAMES) {
    const value = data[key];
    if (typeof value === "string") data[key] = named(value);
  }
  const { pii: _pii, pii_of: _of, ...shown } = data;
  const actor = {
    ...entry.actor,
    principal: named(entry.actor.principal),
    ...Object.fromEntries(of.filter(([key]) => OF_ACTOR.has(key))),
  };
  return { ...entry, actor, data: of.length === 0 ? data : shown };
}
