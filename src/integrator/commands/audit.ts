// `countersign audit stats`: what the entries of the audit log come to when counted; of a log that does not hold, nothing.
import { z } from "zod";
import { type GuardCounts, openGuardCounts } from "../../core/audit/guard-counts.ts";
import { printable } from "../../core/base/refusal.ts";
import type { LogReport } from "../../io/store/verify.ts";
import { verifyStoreFile } from "../../io/store/sqlite/inspect.ts";
import { configOf, entryKeys } from "../audit/gather.ts";
import { findState } from "../context.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson } from "./command.ts";

/** Where the log cannot be read, SQLite's own words repeat names that somebody wrote into the file. */
function harmless(report: LogReport): LogReport {
  return report.ok ? report : { ...report, actual: printable(report.actual) };
}

function printFault(world: World, report: Extract<LogReport, { ok: false }>): void {
  const { code, message, expected, actual } = report;
  world.terminal.out(
    `${world.terminal.paint("red", "DAMAGED")} ${code}: ${message}\nexpected ${expected}\nfound    ${actual}\n`,
  );
}

export const auditStats = command({
  usage: "audit stats",
  about: "count the entries of the audit log by event, and what the content guard did",
  options: [...placeOptions, jsonOption],
  schema: z.strictObject({ ...placeFields, ...json }),
  run: async (world, _args, options) => {
    const layout = await findState(world, options);
    const notes: string[] = [];
    const keys = await entryKeys(world, configOf(world, layout, options), notes);
    const events = new Map<string, number>();
    const guard = openGuardCounts();
    const report = harmless(
      verifyStoreFile(layout.database, {
        keys,
        entry: (entry) => {
          events.set(entry.event, (events.get(entry.event) ?? 0) + 1);
          guard.add(entry);
        },
      }),
    );
    // Numbers out of a log that does not hold would be taken for true.
    if (!report.ok) {
      if (options.json === true) printJson(world, report);
      else printFault(world, report);
      return 1;
    }
    const stats: Stats = {
      ok: true,
      entries: report.entries,
      unread: report.unread,
      events: Object.fromEntries([...events].toSorted(([x], [y]) => (x < y ? -1 : 1))),
      guard: guard.counts(),
    };
    for (const note of notes) world.terminal.err(`${note}\n`);
    if (options.json === true) printJson(world, stats);
    else printStats(world, stats);
    return 0;
  },
});

interface Stats {
  readonly ok: true;
  readonly entries: number;
  /** Encrypted entries that were not counted, because their key is not at hand. */
  readonly unread: number;
  readonly events: Readonly<Record<string, number>>;
  readonly guard: GuardCounts;
}

function printStats({ terminal }: World, { entries, unread, events, guard }: Stats): void {
  const lines = Object.entries(events).map(([event, count]) => `${event}: ${count}`);
  const { skipped, blocked, flagged } = guard;
  const said = `content guard: ${skipped} skipped, ${blocked} blocked, ${flagged} flagged`;
  const locked = unread === 0 ? [] : [`encrypted and not counted below: ${unread}`];
  terminal.out([`entries: ${entries}`, ...locked, ...lines, said, ""].join("\n"));
}
