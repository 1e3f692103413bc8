// Who is calling, once somebody believed it: a name that the operator chose, how it was proven, and what it may do.
import { z } from "zod";
import type { Scope } from "./scope.ts";

/** Names of principals, as operators write them. No colon: `local:` is ours. */
export const principalNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, "must be 1 to 64 letters, digits or . _ @ -");

/** Two names that differ only in letter case are one: whoever writes `Bot` for `bot` must not lift its restrictions. */
export function foldedName(name: string): string {
  return name.toLowerCase();
}

/** The entry of this name, in any letter case. */
export function entryNamed<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry | undefined {
  return entries.find((entry) => foldedName(entry.name) === foldedName(name));
}

/** Names under which our own processes write into the audit log. */
const RESERVED: ReadonlySet<string> = new Set([
  "countersign",
  "gateway",
  "validator",
  "integrator",
  "unknown",
  "anonymous",
  "operator",
]);

/** Whether nobody else may have this name: an entry of the log must not be mistaken for one of ours. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(foldedName(name));
}

/** Callers that prove nothing but where they sit. */
export const localNames = ["local:stdio", "local:loopback", "local:unix"] as const;
export type LocalName = (typeof localNames)[number];

export interface Principal {
  /** A configured name, or one of `localNames`. Limits, proposals and the log go by it. */
  readonly name: string;
  /**
   * What proved it, for the log, at most 80 characters, never a secret: `local`; `token:<id>` of an issued token;
   * `token-sha256:<16 hex>` of one that the operator made; `mtls:<16 hex>` of the certificate's fingerprint;
   * `mtls-subject:<16 hex>` of the digest of a subject that the proxy names; `jwt:<16 hex>` of the digest of what was signed.
   */
  readonly credential: string;
  readonly scope: Scope;
}
