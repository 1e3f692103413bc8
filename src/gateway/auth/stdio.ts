// The caller on standard input and output: always local:stdio, whatever auth.mode says.
import type { Result } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { Principal } from "../../core/identity/principal.ts";
import { openDirectory } from "./principals.ts";

/** `config.principals` holds all entries. `principal_unmapped` unless an entry names local:stdio or the preset lets it in. */
export function stdioPrincipal(config: Config, now: number): Result<Principal> {
  return openDirectory(config, () => now).byPlace("local:stdio");
}
