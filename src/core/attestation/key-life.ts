// The life of signing keys: from when to when what a key signed counts, as trust/keys.json says.
import { z } from "zod";
import { canonical, parseCanonical } from "../base/canonical.ts";
import { accept, refuse, type Result } from "../base/refusal.ts";
import { instant, millisOf } from "../base/time.ts";
import type { TrustedKey } from "./key.ts";
import { type KeyRecord, keyRecordSchema, type KeyRole } from "./key-record.ts";

const bookSchema = z.strictObject({
  version: z.literal(1),
  keys: z.record(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/), keyRecordSchema),
});
/** Records by keyid. */
export type KeyBook = Readonly<Record<string, KeyRecord>>;

/** Undefined when the bytes are not what renderKeyBook writes. */
export function parseKeyBook(bytes: Uint8Array): KeyBook | undefined {
  const parsed = bookSchema.safeParse(parseCanonical(bytes));
  return parsed.success ? parsed.data.keys : undefined;
}

export function renderKeyBook(keys: KeyBook): string {
  return canonical(bookSchema.parse({ version: 1, keys }));
}

const DAY_MS = 86_400_000;

/** The record of a key that begins now. */
export function newRecord(role: KeyRole, now: number, days: number): KeyRecord {
  return { role, created: instant(now), not_after: instant(now + days * DAY_MS) };
}

/** When the statements of a key stop counting: at its own end, or at the end of the overlap if that is earlier. */
export function endOf({ not_after, accepted_until }: KeyRecord): number {
  const own = millisOf(not_after);
  return accepted_until === undefined ? own : Math.min(own, millisOf(accepted_until));
}

/**
 * Whether what `key` signed at `time` counts. The time is the statement's own: what was signed while the key was good
 * stays good, and what a key says about a time outside of its life is nothing. A revoked key is believed nothing, since
 * its holder writes whatever time suits. A key without a record has no bounds: of its life nothing is known but the time
 * of a file, which every copy changes.
 */
export function countsAt({ keyid, life }: TrustedKey, time: number): Result<true> {
  if (life === undefined) return accept(true);
  if (life.revoked !== undefined)
    return refuse("key_expired", `the key was revoked at ${life.revoked}`, keyid);
  if (time < millisOf(life.created))
    return refuse("key_expired", `the statement is of a time before the key (${life.created})`, keyid);
  const end = endOf(life);
  if (time < end) return accept(true);
  return refuse("key_expired", `the key had ended at ${instant(end)} when this was signed`, keyid);
}

/** Keys that are in use or in overlap: for a landing, signatures without a time (checkpoints) count by these alone. */
export function unended(keys: readonly TrustedKey[], now: number): readonly TrustedKey[] {
  return unrevoked(keys).filter(({ life }) => life === undefined || now < endOf(life));
}

/** Keys whose signatures without a time say what was: the log up to there, a landing of then. */
export function unrevoked(keys: readonly TrustedKey[]): readonly TrustedKey[] {
  return keys.filter(({ life }) => life?.revoked === undefined);
}

export type KeyState = "in use" | "overlap" | "retired" | "expired" | "revoked" | "not begun";

/** What a key is at `now`, in one word. */
export function stateOf(life: KeyRecord, now: number): KeyState {
  if (life.revoked !== undefined) return "revoked";
  if (life.retired !== undefined) return now < endOf(life) ? "overlap" : "retired";
  if (now < millisOf(life.created)) return "not begun";
  return now < millisOf(life.not_after) ? "in use" : "expired";
}

/** For people: what became of a key after the time at which it signed; undefined while it signs. */
export function becameOf(life: KeyRecord, now: number): string | undefined {
  return became[stateOf(life, now)](life);
}

const rotatedOut = ({ retired }: KeyRecord): string => `the key was rotated out at ${retired ?? ""} since`;

const became: Readonly<Record<KeyState, (life: KeyRecord) => string | undefined>> = {
  "in use": () => undefined,
  "not begun": () => undefined,
  revoked: ({ revoked }) => `the key was revoked at ${revoked ?? ""}`,
  overlap: rotatedOut,
  retired: rotatedOut,
  expired: ({ not_after }) => `the key has expired since, at ${not_after}`,
};

/** Whole days until the key signs no more; negative when it has ended. */
export function daysLeft(life: KeyRecord, now: number): number {
  return Math.floor((millisOf(life.not_after) - now) / DAY_MS);
}
