// One answer of a provider, with where it comes from and what proves it; and the terms under which it is believed.
import type { Lane } from "../identity/scope.ts";
import type { ProviderName } from "./providers.ts";
import type { Value } from "./value.ts";

/** Machine detail of a failure, `<provider>_<what>`: json_file_not_found, http_timeout, signed_missing, env_blocked. */
export interface EvidenceError {
  readonly code: string;
  /** For the operator; never holds a value. */
  readonly message: string;
}

/** A provider's answer. Neither value nor bytes nor error: there is nothing there, as with a variable that is not set. */
export interface Evidence {
  /** By origin (providers.ts laneOf), never by what the evidence says. */
  readonly lane: Lane;
  readonly value?: Value;
  readonly bytes?: Uint8Array;
  readonly error?: EvidenceError;
  readonly anchor?: Anchor;
  readonly proof?: Proof;
}

/** Where the value was found: a type and a canonical JSON object as text. */
export interface Anchor {
  readonly type: string;
  readonly value: string;
}

/** What a provider's evidence must be anchored in; from the operator's configuration only. */
export interface AnchorRule {
  readonly type: string;
  readonly fields: readonly string[];
}

/** What was signed, byte for byte: a DSSE envelope, or the EvidenceResult form. */
export interface Proof {
  readonly form: "dsse" | "result";
  readonly bytes: Uint8Array;
}

/** A key that the operator pinned for evidence, and the checks that it may speak about. */
export interface EvidenceKey {
  readonly name: string;
  readonly keyid: string;
  readonly publicKey: Uint8Array;
  /** Names of checks; `*` is every check. */
  readonly checks: readonly string[];
  /** Milliseconds since 1970; later it proves nothing. */
  readonly expires?: number;
  /** Milliseconds since 1970; what it signed before proves nothing. */
  readonly notBefore?: number;
  /** Milliseconds since 1970; what it signs from then on proves nothing, and what it signed before still does. */
  readonly notAfter?: number;
}

/** What evidence must be about. */
export interface Subject {
  /** resourceUri of the repository. */
  readonly resource: string;
  readonly patch?: string;
  readonly tree?: string;
}

/** dev.permissive while it lasts. */
export interface Permissive {
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly exempt: readonly ProviderName[];
}

/** From strictest to weakest. */
export const bindings = ["tree", "patch"] as const;
export type Binding = (typeof bindings)[number];

/** Terms of one evaluation. */
export interface Trust {
  readonly minLane: Lane;
  readonly permissive?: Permissive;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly anchors: ReadonlyMap<ProviderName, AnchorRule>;
  readonly keys: readonly EvidenceKey[];
  /** evidence.max_age_seconds: longest life of a signed statement, from issue to expiry. */
  readonly maxAgeSeconds: number;
  /** evidence.bind: what a signed statement has to name. A patch makes another tree on another base. */
  readonly bind: Binding;
  readonly subject: Subject;
}
