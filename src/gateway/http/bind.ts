// Whether this door may be opened at all; asked where it listens, so that no caller can forget it.
import { CountersignError } from "../../core/base/failure.ts";
import type { DoorParts } from "./parts.ts";
import { isLoopback } from "./peer.ts";

type Plan = Pick<DoorParts, "auth"> & {
  readonly http: Pick<DoorParts["http"], "bind" | "unix_socket" | "allow_non_loopback" | "tls">;
};

/** What is missing; empty when the door may be opened. */
export function bindFaults({ http, auth }: Plan): readonly string[] {
  const { bind, unix_socket: unix, allow_non_loopback: allowed, tls } = http;
  const reachable = unix === "" && !isLoopback(bind);
  const faults: (readonly [boolean, string])[] = [
    [reachable && !allowed, "server.http.allow_non_loopback = true"],
    [reachable && tls.termination === "none", "server.http.tls.termination = server or upstream"],
    [reachable && auth === "local_only", "auth.mode = bearer_token or mtls"],
    // No proxy of the configuration can sit behind a Unix socket, so nobody's subject would ever be believed.
    [unix !== "" && auth === "mtls", "no server.http.unix_socket together with auth.mode = mtls"],
    [
      unix !== "" && tls.termination === "server",
      "no server.http.unix_socket together with TLS of the server",
    ],
    [tls.require_client_cert && tls.client_ca_file === "", "server.http.tls.client_ca_file"],
    [auth === "mtls" && tls.termination === "none", "server.http.tls.termination = server or upstream"],
    [
      auth === "mtls" &&
        tls.termination === "server" &&
        (tls.client_ca_file === "" || !tls.require_client_cert),
      "server.http.tls.client_ca_file and require_client_cert = true",
    ],
  ];
  return faults.filter(([missing]) => missing).map(([, what]) => what);
}

/** Throws `config_invalid` and names everything that is missing. */
export function requireBindable(plan: Plan): void {
  const faults = [...new Set(bindFaults(plan))];
  if (faults.length === 0) return;
  const where = plan.http.unix_socket === "" ? plan.http.bind : "a Unix socket";
  throw new CountersignError("config_invalid", `the HTTP door on ${where} needs ${faults.join("; ")}`, {
    fix: "Set what is missing, or bind 127.0.0.1.",
  });
}
