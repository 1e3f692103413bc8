// Who is calling: what the door knows of a request, and what becomes of it; one authenticator stands behind each mode.
import type { Refusal } from "../../core/base/refusal.ts";
import type { Principal } from "../../core/identity/principal.ts";

/** A client certificate that TLS in this process has verified: chain, dates, purpose and revocation list. */
export interface ClientCertificate {
  /** RFC 4514 order as the certificate has it, escaped: `CN=agent,O=team`. */
  readonly subject: string;
  /** SHA-256 of the DER bytes, lower-case hexadecimal. */
  readonly sha256: string;
  /** Milliseconds since 1970; checked again at each request, because connections outlive certificates. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What a door knows of a request before anybody is believed. Header values as sent, each occurrence by itself. */
export interface Presented {
  readonly channel: "unix" | "loopback" | "network";
  /** Address of the caller: the peer, or what our own proxy says that it is. */
  readonly address: string;
  /** The peer is the configured proxy, by address and by secret where there is one. */
  readonly proxied: boolean;
  readonly authorization: readonly string[];
  readonly certificate: ClientCertificate | undefined;
  /** x-countersign-client-subject; to be believed only when `proxied`. */
  readonly clientSubject: readonly string[];
}

export type Authenticated =
  | { readonly ok: true; readonly principal: Principal }
  | {
      readonly ok: false;
      readonly status: 401 | 403 | 429 | 503;
      readonly refusal: Refusal;
      /** Value of WWW-Authenticate, with 401. */
      readonly challenge?: string | undefined;
    };

/** Never throws for what a caller sent. A storage failure is thrown, and is a no (503). */
export interface Authenticator {
  authenticate(presented: Presented): Promise<Authenticated>;
}
