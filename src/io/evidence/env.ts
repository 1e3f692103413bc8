// Provider env: variables that the operator listed, and no other one.
import { utf8Length } from "../../core/base/bytes.ts";
import { anchorOf, answered, failed, textParam, unasked } from "./answers.ts";
import type { EvidenceProvider } from "./provider.ts";

const MAX_ENV_KEY = 255;
const MAX_ENV_VALUE = 65_536;

/**
 * `get`: the variable's text; nothing, and no error, when it is not set. `env` is looked at when it is asked. Errors:
 * env_key (more than 255 bytes), env_blocked (not listed), env_too_large (more than 65,536 bytes), env_not_text.
 */
export function envProvider(
  allow: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): EvidenceProvider {
  const listed = new Map(allow.map((key) => [key, anchorOf("env", { key })]));
  return {
    ask(spec) {
      if (spec.check !== "get") return unasked(spec);
      const key = textParam(spec, "key");
      if (utf8Length(key) > MAX_ENV_KEY)
        return failed(spec, "env_key", `the name is longer than ${MAX_ENV_KEY} bytes`);
      const anchor = listed.get(key);
      if (anchor === undefined) return failed(spec, "env_blocked", `${key} is not in evidence.env.allow`);
      // Own variables only: an object that somebody handed in has a constructor and other things beside them.
      const value = Object.hasOwn(env, key) ? env[key] : undefined;
      if (value !== undefined && !value.isWellFormed())
        return failed(spec, "env_not_text", `${key} does not hold text`);
      if (value !== undefined && utf8Length(value) > MAX_ENV_VALUE)
        return failed(spec, "env_too_large", `${key} holds more than ${MAX_ENV_VALUE} bytes`);
      return answered(spec, value, anchor);
    },
  };
}
