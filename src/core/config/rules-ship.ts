// Rules about shipping: a destination that may be reached, and a token that is named and not written down.
import type { RuleFault } from "./fault.ts";
import { readReference, shipSecretOf } from "./reference.ts";
import { isStrict } from "./rules-secret.ts";
import { outgoingFaults } from "./rules-seen.ts";
import type { Config, PresetName } from "./schema.ts";

/** `file:` and an absolute path: this process may be started from anywhere. */
const FILE = /^file:\/./;

export function shipFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const { url } = config.ship;
  const place =
    url === "" || FILE.test(url) ? [] : outgoingFaults("ship.url", url, config.outbound.allowed_hosts);
  return [...place, ...tokenFaults(config, preset)];
}

/** Who receives it decides how long it is: a short one is no fault of ours, one in the open is. */
function tokenFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  const token = shipSecretOf(config);
  if (token === undefined) return [];
  const read = readReference(token.ref);
  const { key } = token;
  if (read.kind === "malformed")
    return [
      { key, message: read.why, fix: "Write env:NAME, file:/path, keyring:service/account or cmd:/program." },
    ];
  if (!isStrict(preset) || (read.kind !== "literal" && read.kind !== "cmd")) return [];
  const what = read.kind === "cmd" ? "starts a program" : "is a secret in the configuration";
  return [
    {
      key,
      message: `${what}, which the ${preset} preset refuses`,
      fix: "Name the secret by env:, file: or keyring:.",
    },
  ];
}
