// Configurations with principals, and requests as a door presents them; everything is roomy unless a test changes it.
import type { z } from "zod";
import { principal, type PrincipalEntry } from "../../src/core/config/schema-doors.ts";
import type { Config } from "../../src/core/config/schema.ts";
import type { Authenticated, Presented } from "../../src/gateway/auth/authenticate.ts";
import { configOf } from "./served.ts";

export function entry(changes: Partial<z.input<typeof principal>> = {}): PrincipalEntry {
  return principal.parse({ name: "agent", roles: ["proposer"], ...changes });
}

export function authConfig(
  mode: Config["auth"]["mode"],
  principals: readonly PrincipalEntry[] = [],
  {
    allow = false,
    termination = "none",
  }: { allow?: boolean; termination?: "none" | "server" | "upstream" } = {},
): Config {
  const config = configOf();
  const { http } = config.server;
  return {
    ...config,
    principals: [...principals],
    auth: { ...config.auth, mode, allow_local_only: allow },
    server: { ...config.server, http: { ...http, tls: { ...http.tls, termination } } },
  };
}

export function presented(changes: Partial<Presented> = {}): Presented {
  return {
    channel: "loopback",
    address: "127.0.0.1",
    proxied: false,
    authorization: [],
    certificate: undefined,
    clientSubject: [],
    ...changes,
  };
}

/** `name` of the principal, or `status code` of the refusal. */
export function outcome(said: Authenticated): string {
  return said.ok ? said.principal.name : `${said.status} ${said.refusal.code}`;
}
