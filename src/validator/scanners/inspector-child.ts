// The inspector's child: it has files in its hands that nobody vouches for, and no key, no environment, no network to lose.
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Watch } from "../../core/secrets/redact.ts";
import { type Analysed, analyse, openGrammars } from "./ast-grep.ts";
import { type Found, UNREADABLE } from "./finding.ts";
import { type Answer, type Request, requestSchema } from "./inspector-words.ts";
import { secretlintHits } from "./secretlint.ts";
import { signedAll } from "./sign.ts";

/** Of the whole process; warm and with its grammars it has less than half of it. */
const MOST_MEMORY = 450 * 1024 * 1024;

/**
 * Answer requests, one after the other, until the input ends. A fault ends the process: whoever asked sees that. `budget`
 * watches each request for code. Threat: a patch of many files that are slow to read. What is left when it is over is
 * unreadable, so that each patch costs this once and no file passes unread.
 */
export async function serveInspector(input: Readable, output: Writable, budget: Watch): Promise<void> {
  await openGrammars();
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const request = requestSchema.parse(JSON.parse(line));
    output.write(`${JSON.stringify(await answerTo(request, budget))}\n`);
  }
}

async function answerTo(request: Request, budget: Watch): Promise<Answer> {
  const found: Omit<Found, "path" | "message">[] & Answer["found"] = [];
  const imports: Answer["imports"] = [];
  if (request.want === "secrets") {
    for (const [file, { path, text }] of request.files.entries())
      for (const hit of await secretlintHits(path, text)) found.push({ file, ...hit });
  }
  if (request.want === "analyse") {
    const isOver = budget();
    for (const [file, { path, text }] of request.files.entries()) {
      const analysed = isOver() ? unread(text) : orUnreadable(path, text, request.rules);
      for (const hit of analysed.hits) found.push({ file, ...hit });
      for (const imported of analysed.imports) imports.push({ file, ...imported });
    }
  }
  return { id: request.id, found, imports, large: process.memoryUsage.rss() > MOST_MEMORY };
}

/** Code that is nested too deeply for us is unreadable as a whole; every other fault ends the process. */
function orUnreadable(path: string, text: string, rules: string): Analysed {
  try {
    return analyse(path, text, rules);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return unread(text);
  }
}

function unread(text: string): Analysed {
  return { hits: [signedAll(UNREADABLE, text)], imports: [] };
}
