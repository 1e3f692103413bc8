// auth.mode = "mtls": the subject of a certificate that TLS verified here, or that our own proxy verified and names.
import { sha256 } from "../../core/base/digest.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Authenticator, Presented } from "./authenticate.ts";
import { answered, denied, noChallenge } from "./answers.ts";
import type { Directory } from "./principals.ts";

export interface MtlsParts {
  readonly directory: Directory;
  readonly clock: Clock;
  /** tls.termination: where client certificates are verified. */
  readonly verifiedBy: "server" | "upstream";
}

interface Proven {
  /** What an entry may name, the most exact first. */
  readonly subjects: readonly string[];
  readonly credential: string;
}

/** One place is believed and the other is not looked at: a header beside a certificate of our own TLS is only text. */
export function clientCertificates({ directory, clock, verifiedBy }: MtlsParts): Authenticator {
  return {
    authenticate(presented) {
      const proven = verifiedBy === "server" ? ofConnection(presented, clock()) : ofProxy(presented);
      return Promise.resolve(
        proven.ok
          ? answered(directory.bySubject(proven.value.subjects, proven.value.credential), noChallenge)
          : denied(proven.refusal, noChallenge),
      );
    },
  };
}

function ofConnection({ certificate }: Presented, now: number): Result<Proven> {
  if (certificate === undefined) return refuse("auth_missing", "the connection has no client certificate");
  const { subject, sha256: fingerprint, notBefore, notAfter } = certificate;
  // Written so that a date that is no number refuses.
  if (!(now >= notBefore)) return refuse("auth_invalid", "the client certificate is not valid yet");
  if (!(now < notAfter)) return refuse("auth_expired", "the client certificate has expired");
  const subjects = [`mtls-sha256:${fingerprint}`, `mtls:${subject}`];
  return accept({ subjects, credential: `mtls:${fingerprint.slice(0, 16)}` });
}

function ofProxy({ clientSubject, proxied }: Presented): Result<Proven> {
  const [subject, ...more] = clientSubject;
  if (subject === undefined || subject === "")
    return refuse("auth_missing", "the proxy names no client certificate");
  if (!proxied)
    return refuse("auth_invalid", "a client certificate is named by a peer that is not our proxy");
  if (more.length > 0) return refuse("auth_malformed", "the client certificate is named more than once");
  return accept({
    subjects: [`mtls:${subject}`],
    credential: `mtls-subject:${sha256(subject).slice(0, 16)}`,
  });
}
