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
    // Undefined when it is empty, whatever the types say.
    subject: distinguishedName(certificate.subject ?? ""),
    sha256: createHash("sha256").update(certificate.raw).digest("hex"),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

/**
 * RFC 4514, spelt as openssl and the proxies built on it spell it: last name first, `,` between names, `+` inside a name
 * of several values, also last first. Node gives one name a line, each value escaped as RFC 2253 says and control
 * characters as \XX, so neither a comma nor a line feed in a common name can begin another name.
 */
export function distinguishedName(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => valuesOf(line).toReversed().join("+"))
    .toReversed()
    .join(",");
}

/** ` + ` separates values, and is no separator behind a backslash. */
function valuesOf(line: string): readonly string[] {
  return line.replace(/(\\.)| \+ /gs, (_, escaped: string | undefined) => escaped ?? "\n").split("\n");
}
