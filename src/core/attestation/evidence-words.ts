// Parameters of a check as words of a command line: name=value, read alike where they are signed and where they are checked.
import { CountersignError } from "../base/failure.ts";
import { printable } from "../base/refusal.ts";
import { type Params, paramsSchema } from "./evidence.ts";

/**
 * `suite=unit` is a text; `shards=4` and `strict=true` are what TOML would read; `build="4"` is a text all the same. Throws
 * `usage` naming the word.
 */
export function readParams(words: readonly string[]): Params {
  const entries = new Map<string, unknown>();
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw unusable(word, "is not name=value");
    const name = word.slice(0, at);
    if (entries.has(name)) throw unusable(word, "names a parameter twice");
    entries.set(name, readValue(word.slice(at + 1)));
  }
  const parsed = paramsSchema.safeParse(Object.fromEntries(entries));
  if (parsed.success && Object.keys(parsed.data).length === entries.size) return parsed.data;
  const issue = parsed.success ? undefined : parsed.error.issues[0];
  throw unusable(issue?.path.join(".") ?? "", issue?.message ?? "is no name for a parameter");
}

function readValue(text: string): unknown {
  if (!/^(?:true|false|-?(?:0|[1-9]\d{0,15})|".*")$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unusable(word: string, why: string): CountersignError {
  return new CountersignError("usage", `--param ${printable(word)} ${why}`, {
    fix: 'Write --param name=value once for each parameter; numbers and true are read as such, name="4" is a text.',
  });
}
