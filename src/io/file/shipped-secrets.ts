// What looks like a secret in words that leave this process, by the pack that is shipped: the same whatever is configured.
import { scannerOf, type SecretScanner } from "../../core/secrets/find.ts";
import { packageRoot } from "./config.ts";
import { loadRules } from "./rules.ts";

let scanner: SecretScanner | undefined;

/** Name of the first rule that `text` falls under. Read once for each process. Throws `config_invalid` where the pack is missing. */
export function suspectedSecret(text: string): string | undefined {
  scanner ??= scannerOf(loadRules(packageRoot()).secrets);
  return scanner.find(text, { path: "", entropy: true })[0]?.rule;
}
