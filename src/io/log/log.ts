// The operational log: one JSON line per event on the stream that compose.ts hands in; never the audit log.
import { isSensitiveName } from "../../core/base/sensitive.ts";
import { masked } from "../../core/identity/mask.ts";
import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;
export type LogLevel = "error" | "warn" | "info" | "debug";

/**
 * A log that writes lines of at least `level` to `destination`: standard error, since standard output belongs to the
 * protocol. Ids, codes and references are logged, never arguments or content; an error is reduced to name, code and
 * message, because its other properties may hold the bytes that failed to parse.
 */
export function openLog(level: LogLevel, destination: DestinationStream): Log {
  const timestamp = pino.stdTimeFunctions.isoTime;
  return pino(
    {
      level,
      base: null,
      messageKey: "message",
      errorKey: "error",
      serializers: { error: reduced },
      formatters: { log: (fields) => withoutSecrets(fields, 0) as Record<string, unknown> },
      timestamp,
    },
    { write: (line) => destination.write(masked(line)) },
  );
}

/** Levels that are looked through. */
const DEEPEST = 6;

/**
 * The value of a key such as `password` is in no line, also when somebody logs an object without looking what is in it.
 * What lies deeper than anything that is logged on purpose is left out whole.
 */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if (depth === DEEPEST) return "[DEEP]";
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  const kept = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    isSensitiveName(key) ? "[REDACTED]" : withoutSecrets(item, depth + 1),
  ]);
  return Object.fromEntries(kept);
}

function reduced(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  return { name: error.name, ...(typeof code === "string" ? { code } : {}), message: error.message };
}
