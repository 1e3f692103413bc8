// What the doctor says of signing keys: one that ends soon, one that has ended, one that is missing.
import { daysLeft, stateOf } from "../../core/attestation/key-life.ts";
import type { KeyRecord, KeyRole } from "../../core/attestation/key-record.ts";
import { printable } from "../../core/base/refusal.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

export type KeyFact =
  | {
      readonly role: KeyRole;
      readonly keyid: string;
      readonly life: KeyRecord;
      /** Otherwise the time of the file counts. */
      readonly recorded: boolean;
    }
  | { readonly role: KeyRole; readonly why: string };

export interface KeysFact {
  readonly now: number;
  /** keys.warn_days */
  readonly warnDays: number;
  readonly keys: readonly KeyFact[];
  /** Rotations that were interrupted. */
  readonly unfinished: readonly KeyRole[];
}

export function keyLifeFindings({ keys, unfinished, ...terms }: KeysFact): readonly Finding[] {
  return [
    ...keys.flatMap((key) => finding(key, terms)),
    ...unfinished.map((role) =>
      warn(
        `key-rotation-${role}`,
        `a rotation of the ${role} key was interrupted; a private half may lie there longer than it should`,
        `Run: countersign keys rotate --role ${role}; it finishes that one.`,
      ),
    ),
  ];
}

function finding(key: KeyFact, { now, warnDays }: Pick<KeysFact, "now" | "warnDays">): readonly Finding[] {
  const id = `key-${key.role}`;
  if ("why" in key) {
    // Of the attestation key `trust-key` says what is the matter.
    return key.role === "attestation"
      ? []
      : [fail(id, `the ${key.role} key cannot be used: ${printable(key.why)}`, "Run countersign init.")];
  }
  const { role, keyid, life, recorded } = key;
  const name = `the ${role} key ${keyid}`;
  const fix = `Run: countersign keys rotate --role ${role}`;
  const state = stateOf(life, now);
  if (state === "expired") return [fail(id, `${name} expired at ${life.not_after}: nothing is signed`, fix)];
  if (state === "revoked" || state === "retired" || state === "overlap")
    return [
      fail(id, `${name} is ${state === "revoked" ? "revoked" : "rotated out"}: nothing is signed`, fix),
    ];
  const days = daysLeft(life, now);
  if (days < warnDays) return [warn(id, `${name} expires in ${days} days, at ${life.not_after}`, fix)];
  return [
    ok(
      id,
      `${name} signs until ${life.not_after}${recorded ? "" : " (without a record: by the time of its file)"}`,
    ),
  ];
}
