// Whether a configuration has a door at all: asked by whoever starts a gateway, whatever command line it was.
import { CountersignError } from "../base/failure.ts";
import type { Config } from "./schema.ts";

export type DoorName = "stdio" | "http";

/** Throws `config_invalid` when the configuration does not open this door. */
export function requireDoor(door: DoorName, { server }: Pick<Config, "server">): void {
  if (door === "stdio" ? server.stdio : server.http.enabled) return;
  const [key, other] =
    door === "stdio"
      ? ["server.stdio", "Connect over HTTP, or set server.stdio = true."]
      : ["server.http.enabled", "Set server.http.enabled = true, or start countersign up with --port."];
  throw new CountersignError("config_invalid", `this configuration has no ${door} door (${key} = false)`, {
    fix: other,
  });
}
