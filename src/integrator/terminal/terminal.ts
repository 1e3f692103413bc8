// The terminal as the commands see it: two streams of text, whether somebody is there, and how to ask.
import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import { type Paint, painter, wantsColour } from "./print.ts";

export interface Terminal {
  /** Results: standard output. */
  out(text: string): void;
  /** Progress, warnings, errors: standard error. */
  err(text: string): void;
  readonly paint: Paint;
  readonly paintErr: Paint;
  /** Somebody can answer: both standard input and standard error are terminals. */
  readonly interactive: boolean;
  /** Standard output is a screen: what is written there is obeyed. */
  readonly screen: boolean;
  /** Width of the output in characters. */
  readonly width: number;
  /** The answer without surrounding space; undefined when nobody is there or the input ended. */
  ask(question: string): Promise<string | undefined>;
}

/**
 * The terminal of this process. Standard input and output are not opened before they are used: with `up --stdio` they
 * belong to the gateway child, and a stream that we had opened could take bytes from it.
 */
export function openTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const interactive = isatty(0) && isatty(2);
  let listening = false;
  return {
    out(text) {
      if (!listening) process.stdout.on("error", closed);
      listening = true;
      process.stdout.write(text);
    },
    err: (text) => void process.stderr.write(text),
    paint: painter(wantsColour(isatty(1), env)),
    paintErr: painter(wantsColour(isatty(2), env)),
    interactive,
    screen: isatty(1),
    get width() {
      return isatty(1) ? Math.min(Math.max(process.stdout.columns, 60), 120) : 100;
    },
    // A prompt that nobody sees would hang scripts, and an answer from a pipe is nobody's decision.
    ask: (question) => (interactive ? readAnswer(question) : Promise.resolve(undefined)),
  };
}

/** Whoever read us has enough (`| head`): that is no failure of ours. */
function closed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

async function readAnswer(question: string): Promise<string | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  // End of input or Ctrl-C: nobody answered, which is no answer.
  reader.on("close", () => resolve(undefined));
  try {
    return await Promise.race([reader.question(question).then((line) => line.trim()), ended]);
  } catch {
    return undefined;
  } finally {
    reader.close();
  }
}
