// The log of a state folder, verified: opened, compared with every anchor, and what was seen of it remembered.
import type { AuditKeys } from "../../core/audit/sealed-line.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { findState, type Where } from "../context.ts";
import type { World } from "../world.ts";
import type { Anchor } from "./anchors.ts";
import { configOf, entryKeys, gather, type Gathered } from "./gather.ts";
import { tellingLanded, withoutRef } from "./landed-anchors.ts";
import { remember } from "./remembered.ts";
import type { Report } from "./report.ts";
import { type StoredLog, storedLog } from "./stored-log.ts";
import { type LogSource, verifyAudit, type VerifyInput } from "./verify.ts";

export interface VerifyChoice extends Where {
  readonly all?: boolean | undefined;
  readonly shard?: string | undefined;
  readonly checkpoint?: readonly string[] | undefined;
}

export interface VerifiedState {
  readonly report: Report;
  readonly stored: StoredLog;
  /** Of the shard that was chosen. */
  readonly anchors: readonly Anchor[];
  readonly keys: AuditKeys;
  readonly deployment: string;
  /** Its path. */
  readonly database: string;
}

/** Hands the verified log to `use`, and closes it. */
export async function withVerified<T>(
  world: World,
  choice: VerifyChoice,
  use: (verified: VerifiedState) => T,
): Promise<T> {
  const { all, shard } = choice;
  const layout = await findState(world, choice);
  const config = configOf(world, layout, choice);
  const { sealed, anchors, notes, doubts, landed, terms } = await gather(world, layout, config, choice);
  const said = [...notes];
  const keys = await entryKeys(world, config, said);
  const isMine = (one: { readonly shard: string | null }): boolean =>
    shard === undefined || one.shard === shard;
  const mine = { anchors: anchors.anchors.filter(isMine), strays: anchors.strays.filter(isMine) };
  const stored = storedLog(layout.database, shard);
  try {
    if (shard !== undefined && mine.anchors.length === 0 && stored.rows?.span(shard) === undefined)
      throw new CountersignError("usage", `the log has no part ${shard}`);
    const log = { ...watched(stored.log, keys, { doubts, landed }), anchors: mine, sealed, keys };
    const report = await verifyAudit({ ...log, all, progress: progressOf(world), notes: said });
    const why = isCompared(report) ? await remember(layout, mine.anchors, terms) : undefined;
    if (why !== undefined) world.terminal.err(`What was seen cannot be remembered: ${printable(why)}\n`);
    return use({
      report,
      stored,
      anchors: mine.anchors,
      keys,
      deployment: terms.deployment,
      database: layout.database,
    });
  } finally {
    stored.close();
  }
}

/** The log, and behind its walk what speaks against it: landings of which it tells and the repository does not. */
function watched(
  log: LogSource,
  keys: AuditKeys,
  { doubts, landed }: Pick<Gathered, "doubts" | "landed">,
): Pick<VerifyInput, "log" | "doubts"> {
  const told = new Set<string>();
  return {
    log: { ...log, rows: (from) => tellingLanded(log.rows(from), keys, told) },
    doubts: () => [...doubts, ...(landed === undefined ? [] : withoutRef(told, landed))],
  };
}

/** What did not fit the log, or was not compared with it, is nothing to go by later. */
function isCompared({ verdict, completeness }: Report): boolean {
  return verdict !== "damaged" && completeness.unchecked === 0;
}

const PATIENCE_MS = 2000;

/** Silent for as long as a person waits without wondering. */
export function progressOf({ now, terminal }: World): (entries: number) => void {
  const began = now();
  let told = began;
  return (entries) => {
    const at = now();
    if (at - began < PATIENCE_MS || at - told < PATIENCE_MS) return;
    told = at;
    terminal.err(`${entries} entries walked …\n`);
  };
}
