// Who is calling, once somebody believed it: a name that the operator chose, how it was proven, and what it may do.
import { z } from "zod";
import type { Scope } from "./scope.ts";

/** Names of principals, as operators write them. No colon: `local:` is ours. */
export const principalNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, "must be 1 to 64 letters, digits or . _ @ -");

/** Callers that prove nothing but where they sit. */
export const localNames = ["local:stdio", "local:loopback", "local:unix"] as const;
export type LocalName = (typeof localNames)[number];

export interface Principal {
  /** A configured name, or one of `localNames`. Limits, proposals and the log go by it. */
  readonly name: string;
  /** What proved it, for the log, at most 80 characters: `local`, `token:<id>`, `mtls:<fingerprint>`, `jwt:<digest>`. Never a secret. */
  readonly credential: string;
  readonly scope: Scope;
}
