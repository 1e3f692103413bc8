// `countersign privacy export`: everything that the store holds of one person, for that person, and where else their name is.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { type Mentions, mentionsOf } from "../../io/exchange/mentions.ts";
import type { Held } from "../../io/store/store.ts";
import { findState } from "../context.ts";
import { jsonText } from "../terminal/print.ts";
import { atTokenDesk, byPerson } from "../tokens.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, where, whereOptions } from "./command.ts";

export const privacyExport = command({
  usage: "privacy export <subject>",
  about:
    "everything that the store holds of a person: entries, tokens, proposals, limits; and which files of the exchange name them",
  options: [
    ...whereOptions,
    { flags: "--patches", about: "also the patches of the proposals" },
    { flags: "--out <file>", about: "write it as JSON into a new file that only you may read" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...where,
    ...json,
    patches: z.boolean().optional(),
    out: z.string().min(1).max(4096).optional(),
  }),
  run: async (world, args, { patches = false, out, json: asJson = false, ...place }) => {
    const who = argument(args, 0, "SUBJECT");
    const { exchange } = await findState(world, place);
    return atTokenDesk(world, place, async ({ store, config }) => {
      const held = store.held(who, progressOf(world));
      const { entries, tokens, proposals } = held;
      const isPlain = config.audit.personal === "plain" && !isNothing(held);
      const subject = held.pseudonym ?? (isPlain ? (held.name ?? null) : null);
      const counts = { entries: entries.length, tokens: tokens.length, proposals: proposals.length };
      const named = held.name === undefined ? undefined : await mentionsOf(exchange, held.name);
      // Before it leaves: who was told what of whom is in the log.
      store.record(byPerson(world, "privacy.exported", { subject, ...counts, patches }));
      const text = `${jsonText(told(held, patches, named))}\n`;
      if (out !== undefined) writeNew(resolve(world.cwd, out), text);
      else if (asJson) world.terminal.out(text);
      if (out !== undefined || !asJson) world.terminal.out(summary(held, named, out));
      return 0;
    });
  },
});

/** On standard error, once it takes longer than a person waits without wondering. */
function progressOf({ now, terminal }: World): (entries: number) => void {
  const began = now();
  return (entries) => {
    if (now() - began > 2000) terminal.err(`${entries} entries read …\n`);
  };
}

function isNothing({ entries, tokens, proposals, usage, calls }: Held): boolean {
  return entries.length + tokens.length + proposals.length + usage.length + calls === 0;
}

function told(
  { pseudonym, name, entries, tokens, proposals, usage, calls }: Held,
  patches: boolean,
  named: Mentions | undefined,
): unknown {
  return {
    subject: pseudonym ?? null,
    name: name ?? null,
    entries: entries.map(({ position, entry }) => ({ position, entry })),
    // Without the digest: it is of no use to anybody but who guesses.
    tokens: tokens.map((token) => ({ ...token, sha256: undefined })),
    proposals: proposals.map(({ order: { patch, ...order }, ...rest }) => ({
      ...rest,
      order: patches ? { ...order, patch } : order,
    })),
    usage,
    calls_of_the_last_hour: calls,
    exchange: named ?? null,
  };
}

function summary(held: Held, named: Mentions | undefined, out: string | undefined): string {
  const who = printable(held.name ?? held.pseudonym ?? "");
  const { length: files } = named?.files ?? [];
  const { length: unread } = named?.unread ?? [];
  const elsewhere = `${files === 0 ? "" : `; named in ${files} files of the exchange`}${unread === 0 ? "" : `; ${unread} of its files could not be read`}`;
  if (isNothing(held)) return `nothing is held of ${who}${elsewhere}\n`;
  const { entries, tokens, proposals, usage } = held;
  const as = held.pseudonym === undefined ? "" : ` (in the log: ${held.pseudonym})`;
  const end = out === undefined ? "all of it: --json, or --out FILE" : `written to ${printable(out)}`;
  return `${who}${as}: ${entries.length} entries, ${tokens.length} tokens, ${proposals.length} proposals, ${usage.length} budgets${elsewhere}; ${end}\n`;
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CountersignError("usage", `cannot write ${printable(path)}: ${printable(why)}`, {
      fix: "Name a file that is not there yet, in a folder that you may write.",
      cause,
    });
  }
}
