// `countersign privacy erase`: the log stays and holds; who a pseudonym was, nobody can say any more.
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { isPseudonym } from "../../core/audit/subject.ts";
import { type Mentions, mentionsOf } from "../../io/exchange/mentions.ts";
import type { Erased, Store } from "../../io/store/store.ts";
import { findState } from "../context.ts";
import { atTokenDesk, byPerson } from "../tokens.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson, where, whereOptions } from "./command.ts";

export const privacyErase = command({
  usage: "privacy erase <subject>",
  about: "make a person's entries nobody's, revoke their tokens and take their name out of the store",
  options: [
    { flags: "--reason <text>", about: "why, for the audit log; without the name" },
    { flags: "--dry-run", about: "only say what would be done" },
    { flags: "--withdraw", about: "take their open proposals back first" },
    { flags: "--rest", about: "erase what can be erased although entries of the log say the name" },
    ...whereOptions,
    jsonOption,
  ],
  schema: z.strictObject({
    ...where,
    ...json,
    reason: z.string().min(1).max(300).optional(),
    dryRun: z.boolean().optional(),
    withdraw: z.boolean().optional(),
    rest: z.boolean().optional(),
  }),
  run: async (world, args, { reason, dryRun: dry = false, withdraw = false, rest = false, ...options }) => {
    const who = argument(args, 0, "SUBJECT");
    const { json: asJson = false, ...place } = options;
    if (reason === undefined) throw unreasoned();
    const { actor } = byPerson(world, "privacy.erased", {});
    const { exchange } = await findState(world, place);
    return atTokenDesk(world, place, async ({ store }) => {
      const erased = store.erase({ who, reason: printable(reason), actor, withdraw, rest, dry });
      const { kind } = erased;
      if (kind === "named") throw named();
      // Also when nothing is left to erase: whoever did it may not have come to this.
      const isEmptied = (kind !== "erased" && kind !== "nothing") || (await emptied(store));
      // Of a pseudonym nobody can say the name any more.
      const inFiles = isPseudonym(who) ? undefined : await mentionsOf(exchange, who);
      if (asJson) printJson(world, { ...erased, emptied: isEmptied, exchange: inFiles ?? null });
      else {
        tell(world, erased, printable(who), isEmptied);
        if (inFiles !== undefined) world.terminal.out(stayingIn(inFiles));
      }
      return kind === "open" || kind === "clear" || !isEmptied ? 1 : 0;
    });
  },
});

function unreasoned(): CountersignError {
  return new CountersignError("usage", "--reason is missing", {
    fix: "Say why, for the log and without the name: --reason TEXT.",
  });
}

/** The reason stays in the log for ever. */
function named(): CountersignError {
  return new CountersignError("usage", "the reason names who is erased, and would stay in the log", {
    fix: "Write it without the name: the number of a request, for example.",
  });
}

const TRIES = 50;
const PAUSE_MS = 100;

/** What was overwritten stands in the write-ahead log until that is emptied, which waits for readers. */
async function emptied(store: Store): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (store.forget()) return true;
    await sleep(PAUSE_MS);
  }
  return false;
}

function tell({ terminal }: World, erased: Erased, who: string, isEmptied: boolean): void {
  const { kind, subject, tokens, proposals, rows, personal, clear, open } = erased;
  const what = `${tokens} tokens, ${proposals} proposals, ${rows} rows, and what is personal in ${personal} entries`;
  const as = subject === null ? "" : ` (${subject})`;
  const said = {
    open: `nothing was erased: ${open.length} proposals of ${who} are open: ${open.join(", ")}\nTake them back first, or with this command: --withdraw\n`,
    clear: `nothing was erased: ${clear} entries of the log say the name of ${who}. They are linked by their hashes, and nothing takes a name out of them.\nErase the rest (${what}): --rest. audit.personal = "committed" keeps names out of new entries.\n`,
    nothing: `nothing is held of ${who}\n`,
    would: `would erase ${who}${as}: ${what}\n`,
    erased: `erased: ${what}; in the log this is ${subject ?? "nobody"}\n`,
    named: "",
  }[kind];
  terminal.out(said);
  if (!isEmptied) terminal.out(`${terminal.paint("red", "not finished:")} ${UNFINISHED}\n`);
  if (kind !== "erased" && kind !== "would") return;
  if (clear > 0) terminal.out(`${clear} entries of the log go on saying the name.\n`);
  if (kind === "erased" && open.length > 0)
    terminal.out(
      "A gateway tells the exchange in its next round that they are taken back; no person can land them then.\n",
    );
  terminal.out(`${ELSEWHERE}\n`);
}

const UNFINISHED = `somebody reads the database, so that its write-ahead log still holds what was overwritten.
Run this command again, or stop the reader; the start of a gateway empties it, too.`;
const ELSEWHERE = `What is not in this store stays: in the exchange, signed verdicts (who proposed), records of landings, incidents and exports, and orders
(7 days behind the end of their proposal; those in orders/quarantine until somebody removes them); landed commits (who landed), the
operational log, copies that were shipped or exported, backups, and the configuration. See docs/audit.md, Personal data.`;

const LISTED = 20;

function stayingIn({ files, unread }: Mentions): string {
  const list = (what: string, names: readonly string[]): string => {
    if (names.length === 0) return "";
    const more = names.length > LISTED ? [`and ${names.length - LISTED} more: --json`] : [];
    return `${what}\n${[...names.slice(0, LISTED), ...more].map((name) => `  ${printable(name)}\n`).join("")}`;
  };
  return `${list("Files of the exchange that name them:", files)}${list("Files of the exchange that could not be read:", unread)}`;
}
