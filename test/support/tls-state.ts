// A server certificate in a state folder, as an operator would put it there, and the CA that clients are to trust.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Authority, makeAuthority } from "./certificates.ts";

export interface TlsState {
  /** Signs the server's certificate; makes clients too. */
  readonly authority: Authority;
  /** PEM file of its certificate. */
  readonly ca: string;
}

/** Puts `tls/cert.pem` and `tls/key.pem` into `state`; the authority with its key stays in `folder`. */
export function tlsState(state: string, folder: string): TlsState {
  const authority = makeAuthority(folder);
  const server = authority.issue("server", { usage: "serverAuth" });
  mkdirSync(join(state, "tls"), { mode: 0o700 });
  copyFileSync(server.cert, join(state, "tls/cert.pem"));
  copyFileSync(server.key, join(state, "tls/key.pem"));
  return { authority, ca: authority.ca };
}
