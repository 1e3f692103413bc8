// `countersign audit verify`: does the whole audit log hold together, and which entry is the first that does not.
import { z } from "zod";
import { printable } from "../../core/base/refusal.ts";
import type { LogReport } from "../../io/store/verify.ts";
import { verifyStoreFile } from "../../io/store/sqlite/inspect.ts";
import { findState } from "../context.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson } from "./command.ts";

export const auditVerify = command({
  usage: "audit verify",
  about: "walk the audit log and name the first entry that does not hold",
  options: [...placeOptions, jsonOption],
  schema: z.strictObject({ ...placeFields, ...json }),
  run: async (world, _args, options) => {
    const layout = await findState(world, options);
    const report = harmless(verifyStoreFile(layout.database));
    if (options.json === true) printJson(world, report);
    else print(world, report);
    return report.ok ? 0 : 1;
  },
});

/** Where the log cannot be read, SQLite's own words repeat names that somebody wrote into the file. */
function harmless(report: LogReport): LogReport {
  return report.ok ? report : { ...report, actual: printable(report.actual) };
}

function print(world: World, report: LogReport): void {
  const { terminal } = world;
  if (report.ok) {
    terminal.out(
      `${terminal.paint("green", "intact")}: ${report.entries} entries of ${report.shard} are linked without a gap; head ${report.head}\n`,
    );
    // A chain proves order, not completeness; to call that OK would be a lie.
    terminal.out(
      "Entries cut off at the end, or a log rewritten as a whole, cannot be seen here: keep the head elsewhere and compare.\n",
    );
    return;
  }
  terminal.out(
    `${terminal.paint("red", "DAMAGED")} ${report.code}: ${report.message}\nexpected ${report.expected}\nfound    ${report.actual}\n`,
  );
}
