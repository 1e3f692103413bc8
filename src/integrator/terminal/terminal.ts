// The terminal as the commands see it: two streams of text, whether somebody is there, and how to ask.
import { createInterface } from "node:readline/promises";
import type { Paint } from "./print.ts";
import { painter, wantsColour } from "./print.ts";

export interface Terminal {
  /** Results: standard output. */
  out(text: string): void;
  /** Progress, warnings, errors: standard error. */
  err(text: string): void;
  readonly paint: Paint;
  readonly paintErr: Paint;
  /** Somebody can answer: both standard input and standard error are terminals. */
  readonly interactive: boolean;
  /** Width of the output in characters. */
  readonly width: number;
  /** The answer without surrounding space; undefined when nobody is there or the input ended. */
  ask(question: string): Promise<string | undefined>;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function openTerminal({ stdin, stdout, stderr, env }: Streams): Terminal {
  const interactive = stdin.isTTY && stderr.isTTY;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    paint: painter(wantsColour(stdout.isTTY, env)),
    paintErr: painter(wantsColour(stderr.isTTY, env)),
    interactive,
    width: Math.min(Math.max(stdout.columns ?? 100, 60), 120),
    async ask(question) {
      // A prompt that nobody sees would hang scripts, and an answer from a pipe is nobody's decision.
      if (!interactive) return undefined;
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        return (await reader.question(question)).trim();
      } catch {
        return undefined;
      } finally {
        reader.close();
      }
    },
  };
}
