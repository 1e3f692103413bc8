// `countersign audit verify|stats`: does the whole audit log hold together, and what its entries come to when counted.
import { z } from "zod";
import { type GuardCounts, openGuardCounts } from "../../core/audit/guard-counts.ts";
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

export const auditStats = command({
  usage: "audit stats",
  about: "count the entries of the audit log by event, and what the content guard did",
  options: [...placeOptions, jsonOption],
  schema: z.strictObject({ ...placeFields, ...json }),
  run: async (world, _args, options) => {
    const layout = await findState(world, options);
    const events = new Map<string, number>();
    const guard = openGuardCounts();
    const report = harmless(
      verifyStoreFile(layout.database, {
        entry: (entry) => {
          events.set(entry.event, (events.get(entry.event) ?? 0) + 1);
          guard.add(entry);
        },
      }),
    );
    // Numbers out of a log that does not hold would be taken for true.
    if (!report.ok) {
      if (options.json === true) printJson(world, report);
      else print(world, report);
      return 1;
    }
    const stats: Stats = {
      ok: true,
      entries: report.entries,
      events: Object.fromEntries([...events].toSorted(([x], [y]) => (x < y ? -1 : 1))),
      guard: guard.counts(),
    };
    if (options.json === true) printJson(world, stats);
    else printStats(world, stats);
    return 0;
  },
});

interface Stats {
  readonly ok: true;
  readonly entries: number;
  readonly events: Readonly<Record<string, number>>;
  readonly guard: GuardCounts;
}

function printStats({ terminal }: World, { entries, events, guard }: Stats): void {
  const lines = Object.entries(events).map(([event, count]) => `${event}: ${count}`);
  const { skipped, blocked, flagged } = guard;
  const said = `content guard: ${skipped} skipped, ${blocked} blocked, ${flagged} flagged`;
  terminal.out([`entries: ${entries}`, ...lines, said, ""].join("\n"));
}
