// The classifier of a configuration, with its key. For the validator alone: the gateway neither asks it nor is given the key.
import type { Config } from "../../core/config/schema.ts";
import type { FetchProgram } from "../evidence/fetch.ts";
import { readSecretFile } from "../secrets/file.ts";
import { resolveOutgoing } from "../secrets/resolve.ts";
import { type Classifier, openClassifier } from "./classifier.ts";

export interface Around {
  readonly setup: { readonly config: Pick<Config, "guard"> };
  /** Where a key by env: is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The process that asks in our place. */
  readonly program: FetchProgram;
}

/** Throws `config_invalid` where the key is not where the configuration says. Read once: another key takes a new start. */
export function classifierOf({ setup: { config }, env, program }: Around): Classifier | undefined {
  const { enabled, endpoint, model, key: ref, timeout_ms: timeoutMs } = config.guard;
  if (!enabled || endpoint === "") return undefined;
  const read = (path: string): string => readSecretFile(path, process.getuid?.());
  const key = ref === "" ? "" : resolveOutgoing(ref, { env, read }, "guard.key");
  return openClassifier({ endpoint, model, key, timeoutMs, program });
}
