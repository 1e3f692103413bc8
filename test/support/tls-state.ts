// A server certificate in a state folder, as an operator would put it there, and the authority that made it.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Authority, makeAuthority } from "./certificates.ts";

/** Puts `tls/cert.pem`, `tls/key.pem` and `tls/clients.pem` into `state`; the authority with its key stays in `folder`. */
export function tlsState(state: string, folder: string): Authority {
  const authority = makeAuthority(folder);
  const server = authority.issue("server", { usage: "serverAuth" });
  mkdirSync(join(state, "tls"), { mode: 0o700 });
  copyFileSync(server.cert, join(state, "tls/cert.pem"));
  copyFileSync(server.key, join(state, "tls/key.pem"));
  copyFileSync(authority.ca, join(state, "tls/clients.pem"));
  return authority;
}
