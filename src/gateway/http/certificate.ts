// The client certificate of a connection, once TLS has verified it, and its subject in one unambiguous spelling.
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientCertificate } from "../auth/authenticate.ts";

/** Undefined unless the handshake verified chain, dates, purpose and revocation list. */
export function clientCertificate(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: distinguishedName(certificate.subject),
    sha256: createHash("sha256").update(certificate.raw).digest("hex"),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

/**
 * RFC 4514: last name first, `,` between names, `+` inside a name of several values. Node gives one name a line, each
 * value escaped as RFC 2253 says and control characters as \XX, so neither a comma nor a line feed in a common name
 * can begin another name. The values of one name have no order of their own (DER sorts them), and keep theirs.
 */
export function distinguishedName(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .toReversed()
    .map((line) =>
      line.replace(/(\\.)| \+ /g, (found, escaped: string | undefined) => escaped ?? found.trim()),
    )
    .join(",");
}
