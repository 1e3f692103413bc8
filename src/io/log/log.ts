// The operational log: one JSON line per event on the stream that compose.ts hands in; never the audit log.
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
      timestamp,
    },
    { write: (line) => destination.write(masked(line)) },
  );
}

function reduced(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  return { name: error.name, ...(typeof code === "string" ? { code } : {}), message: error.message };
}
