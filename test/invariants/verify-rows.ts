// The promises about verifying and handing on the log, with their tests: data only.
import { core, integrator, row, type Row } from "./row.ts";

export const verifyRows: Readonly<Record<string, Row>> = {
  G15: row(
    "Whatever is done to a sealed log, audit verify names what and where; without a checkpoint it has no good word.",
    integrator(
      "audit/verify.attacks",
      "edit, with its hash",
      "delete, the rest written anew",
      "insert",
      "truncate",
      "rewrite from here with hashes recomputed",
    ),
    integrator(
      "audit/verify.whole",
      "cut, checkpoints deleted, one remembered",
      "log and seals set back to a backup",
      "another log in its place",
      "no checkpoints at all",
      "the end of a month taken out",
    ),
    integrator(
      "commands/audit-verify",
      "what was seen once is remembered: a log set back with its seals is told",
      "without any checkpoint nobody can tell: 2, and no good word",
      "the database cut to %i bytes is a report",
    ),
    integrator(
      "commands/audit-verify.anchors",
      "the memory goes on with the next key, whatever a thief of the first one had remembered",
      "the same tree, signed anew, is remembered anew",
      "one that somebody kept, or that lies beside the log, is named and proves nothing: 2",
      "nor does one of a time at which its key had ended say anything",
      "tell that the whole state folder was set back; one ref that cannot be read hides none",
      "are looked for where one stands, when the state folder names no repository, and it is said: 2",
      "cut at its front: nobody can tell",
    ),
    integrator(
      "commands/witness",
      "a checkpoint of a key that was given up is not asked for, and takes nothing from the memory",
      "a line in the sealer's name that a witness adds is not kept",
    ),
    core("audit/log-walk", "it stops where the step-by-step reader stops, with the same code"),
    core("audit/usual-line", "a yes is a yes of the strict reader"),
  ),
  I24: row(
    "Entries leave as they are, provable elsewhere, and do nothing in a spreadsheet.",
    integrator(
      "commands/audit-export",
      "byte for byte, all of them",
      "verified with a checkpoint and the sealer's key alone",
      "a proof for each sealed entry, which the sealer's key opens",
      "as many rows as entries, and no cell that a spreadsheet runs",
      "is exported, and says so on the way out, in the report and in the rows",
      "what is exported is what was verified, whatever is written meanwhile",
      "nothing in a view is obeyed by a terminal or a CI, and exact lines do not go to a screen",
    ),
  ),
};
