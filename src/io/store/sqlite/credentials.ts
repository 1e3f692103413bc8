// Tokens in the store: each row vouched for by the log, a refresh token used once, a theft ending its whole family.
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { type Digest, digestSchema } from "../../../core/base/digest.ts";
import { type Instant, instant } from "../../../core/base/time.ts";
import { type Credential, credentialSchema } from "../../../core/identity/token.ts";
import type { Refreshed, Revocable } from "../store.ts";
import {
  appendNote,
  assertNeverVouched,
  assertVouched,
  type Kind,
  type Rows,
  saltSchema,
  tampered,
  vouch,
} from "./vouched.ts";

const TOKEN: Kind = { name: "token", about: "token", key: "token_id" };

/** Expired tokens that are still listed. */
const LISTED_EXPIRED = 200;

/** `credential.body`, canonical JSON. */
const snapshotSchema = credentialSchema.extend({ version: z.literal(1), salt: saltSchema });

const rowSchema = z.strictObject({
  id: z.string(),
  principal: z.string(),
  family: z.string(),
  created: z.string(),
  expires: z.string(),
  body: z.string(),
  digest: digestSchema,
  seq: z.int(),
});

/** Only inside a write transaction. An id that is taken is a failure: nothing is written. */
export function issueCredentials(rows: Rows, fresh: readonly Credential[], note: AuditNote): void {
  for (const credential of fresh) {
    if (loadCredential(rows, credential.id) !== undefined)
      throw new RangeError(`there is a token ${credential.id} already`);
    save(rows, credential, note);
  }
}

/** The token, checked; undefined when there never was one. Throws `storage` when row and log disagree. */
export function loadCredential(rows: Rows, id: string): Credential | undefined {
  const row = rows.session.sql("SELECT * FROM credential WHERE id = ?").get(id);
  if (row !== undefined) return checked(rows, row);
  assertNeverVouched(rows, TOKEN, id);
  return undefined;
}

export function listCredentials(rows: Rows): readonly Credential[] {
  const now = instant(rows.session.clock());
  const live = rows.session.sql("SELECT * FROM credential WHERE expires > ?").all(now);
  const dead = rows.session
    .sql("SELECT * FROM credential WHERE expires <= ? ORDER BY expires DESC LIMIT ?")
    .all(now, LISTED_EXPIRED);
  const all = [...dead, ...live].map((row) => checked(rows, row));
  return all.sort((a, b) => (a.created === b.created ? 0 : a.created < b.created ? -1 : 1));
}

/** Only inside a write transaction. One entry for each token that was revoked, or one for none. */
export function revokeCredentials(rows: Rows, what: Revocable, note: AuditNote): number {
  const revoked = instant(rows.session.clock());
  const open = revocable(rows, what).filter((credential) => credential.revoked === null);
  for (const credential of open) save(rows, { ...credential, revoked }, note);
  if (open.length === 0) appendNote(rows, note);
  return open.length;
}

/** Expired and revoked ones too. */
export function credentialsOf(rows: Rows, principal: string): readonly Credential[] {
  return revocable(rows, { principal });
}

/** Names are ASCII and have no letter case (NOCASE knows no other letters); with a colon it is another name (subjectName). */
export function principalIs(name: string): string {
  return name.includes(":") ? "principal = ?" : "principal = ? COLLATE NOCASE";
}

/** Only inside a write transaction. The tokens of these principals are nobody's any more; each was revoked before. */
export function renameCredentials(rows: Rows, from: readonly string[], to: string, note: AuditNote): void {
  for (const principal of from)
    for (const credential of credentialsOf(rows, principal)) {
      if (credential.principal === to) continue;
      save(rows, { ...credential, principal: to }, note);
      rows.session.sql("UPDATE credential SET principal = ? WHERE id = ?").run(to, credential.id);
    }
}

/** Only inside a write transaction. Nothing is recorded when there is no such live token. */
export function rotateCredential(
  rows: Rows,
  id: string,
  until: Instant,
  fresh: readonly Credential[],
  note: AuditNote,
): boolean {
  const old = loadCredential(rows, id);
  // The pairs of a refresh token rotate by being exchanged.
  if (old?.kind !== "bearer" || old.revoked !== null || isExpired(rows, old)) return false;
  assertSuccessors(old, fresh);
  save(rows, { ...old, expires: until < old.expires ? until : old.expires }, note);
  issueCredentials(rows, fresh, { ...note, data: { ...note.data, replaces: id } });
  return true;
}

/**
 * Only inside a write transaction. Two exchanges of one token, also by two processes: the second finds it used, and as
 * nobody knows which of the two was the thief, the whole family ends (OAuth 2.1, draft 13 §4.3.1).
 */
export function refreshCredential(
  rows: Rows,
  id: string,
  sha256: Digest,
  fresh: readonly Credential[],
  note: AuditNote,
  reused: AuditNote,
): Refreshed {
  const old = loadCredential(rows, id);
  // Before anything else: the id is no secret, and whoever knows only that must not be able to end a family.
  if (old?.kind !== "refresh" || !timingSafeEqual(utf8(old.sha256), utf8(sha256))) return { kind: "invalid" };
  if (old.revoked !== null) return { kind: "invalid" };
  if (old.used !== null) {
    revokeCredentials(rows, { family: old.family }, reused);
    return { kind: "reused" };
  }
  if (isExpired(rows, old)) return { kind: "invalid" };
  assertSuccessors(old, fresh);
  const outlives = ({ began, ends, expires }: Credential): boolean =>
    began !== old.began || ends !== old.ends || expires > old.ends;
  if (fresh.some(outlives)) throw new RangeError(`the successors of the token ${old.id} outlive its family`);
  save(rows, { ...old, used: instant(rows.session.clock()) }, note);
  revokeAccess(rows, old.family, note);
  issueCredentials(rows, fresh, { ...note, data: { ...note.data, replaces: id } });
  return { kind: "refreshed" };
}

/** Only the newest access token of a family works: exchanging early multiplies nothing. */
function revokeAccess(rows: Rows, family: string, note: AuditNote): void {
  const revoked = instant(rows.session.clock());
  const data = { ...note.data, reason: "refreshed", family };
  const live = rows.session
    .sql(
      "SELECT * FROM credential WHERE family = ? AND expires > ? AND json_extract(body, '$.kind') = 'access' AND json_extract(body, '$.revoked') IS NULL",
    )
    .all(family, revoked);
  for (const row of live)
    save(rows, { ...checked(rows, row), revoked }, { ...note, event: "token.revoked", data });
}

/** What replaces a token is for the same principal, tied to it alike, of the same family, and allows the same. */
function assertSuccessors(old: Credential, fresh: readonly Credential[]): void {
  const place = ({ principal, bound, family, grant }: Credential): string =>
    canonical({ principal, bound, family, grant });
  for (const one of fresh) {
    if (place(one) !== place(old))
      throw new RangeError(`the successors of the token ${old.id} do not take its place`);
  }
}

function isExpired({ session }: Rows, { expires }: Credential): boolean {
  return expires <= instant(session.clock());
}

function revocable(rows: Rows, what: Revocable): readonly Credential[] {
  if ("id" in what) {
    const one = loadCredential(rows, what.id);
    return one === undefined ? [] : [one];
  }
  const [is, value] =
    "family" in what ? ["family = ?", what.family] : [principalIs(what.principal), what.principal];
  // Expired ones too: a clock that is set back must not bring a revoked token back to life.
  const found = rows.session.sql(`SELECT * FROM credential WHERE ${is} ORDER BY expires`).all(value);
  return found.map((row) => checked(rows, row));
}

function save(rows: Rows, credential: Credential, note: AuditNote): void {
  const { id, principal, family, created, expires } = credential;
  const snapshot = snapshotSchema.parse({ version: 1, ...credential });
  const { body, digest, seq } = vouch(rows, TOKEN, id, snapshot, note);
  rows.session
    .sql(
      `INSERT INTO credential(id, principal, family, created, expires, body, digest, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(id) DO UPDATE SET expires = excluded.expires, body = excluded.body, digest = excluded.digest, seq = excluded.seq`,
    )
    .run(id, principal, family, created, expires, body, digest, seq);
}

function checked(rows: Rows, found: unknown): Credential {
  const parsed = rowSchema.safeParse(found);
  if (!parsed.success) throw tampered(TOKEN, "?", "has another form");
  const row = parsed.data;
  assertVouched(rows, TOKEN, row);
  const { version: _, salt: _salt, ...credential } = snapshotOf(row.id, row.body);
  const { id, principal, family, created, expires } = credential;
  const said = [row.id, row.principal, row.family, row.created, row.expires];
  if ([id, principal, family, created, expires].some((value, index) => value !== said[index]))
    throw tampered(TOKEN, row.id, "has a column that differs from its body");
  return credential;
}

function snapshotOf(id: string, body: string): z.infer<typeof snapshotSchema> {
  try {
    return snapshotSchema.parse(JSON.parse(body));
  } catch (cause) {
    throw tampered(TOKEN, id, "cannot be read", cause);
  }
}
