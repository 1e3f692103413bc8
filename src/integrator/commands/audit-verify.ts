// `countersign audit verify`: does the log hold, how far is it sealed, and against what is it complete.
import { resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { shardPattern } from "../../core/audit/checkpoint.ts";
import { printable } from "../../core/base/refusal.ts";
import { exportRows } from "../../io/store/export-file.ts";
import { configOf, entryKeys, gather } from "../audit/gather.ts";
import { offlineAnchors } from "../audit/offline.ts";
import { remember } from "../audit/remembered.ts";
import type { Report } from "../audit/report.ts";
import { reportText } from "../audit/report-text.ts";
import { storedLog } from "../audit/stored-log.ts";
import { verifyAudit } from "../audit/verify.ts";
import { findState, readKey } from "../context.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, placeFields, placeOptions, printJson } from "./command.ts";

const path = z.string().min(1).max(4096);

export const auditVerify = command({
  usage: "audit verify",
  about: "verify the whole audit log against its checkpoints and name the first entry that does not hold",
  options: [
    ...placeOptions,
    { flags: "--all", about: "go on behind the first fault and list all" },
    { flags: "--shard <month>", about: "only this part of the log (2026-11)" },
    {
      flags: "--checkpoint <file...>",
      about: "a checkpoint or .tlog-proof of this log that you kept elsewhere; the log must fit it",
    },
    {
      flags: "--file <export>",
      about: "lines of audit export instead of the log of a state folder; needs --sealer",
    },
    { flags: "--sealer <pub>", about: "the sealer's public key for --file (trust/sealer.pub.pem)" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...placeFields,
    ...json,
    all: z.boolean().optional(),
    shard: z.string().regex(shardPattern, "must be a month like 2026-11").optional(),
    checkpoint: z.array(path).max(64).optional(),
    file: path.optional(),
    sealer: path.optional(),
  }),
  run: async (world, _args, options) => {
    const report =
      options.file === undefined ? await ofState(world, options) : await ofFile(world, options.file, options);
    if (options.json === true) printJson(world, report);
    else world.terminal.out(reportText(report, world.terminal.paint));
    return report.ok ? 0 : report.verdict === "damaged" ? 1 : 2;
  },
});

interface Options {
  readonly repo?: string | undefined;
  readonly state?: string | undefined;
  readonly all?: boolean | undefined;
  readonly shard?: string | undefined;
  readonly checkpoint?: readonly string[] | undefined;
  readonly sealer?: string | undefined;
}

async function ofState(world: World, options: Options): Promise<Report> {
  if (options.sealer !== undefined)
    throw new CountersignError(
      "usage",
      "--sealer goes with --file; a state folder has pinned keys of its own",
    );
  const layout = await findState(world, options);
  const config = configOf(world, layout, options);
  const { sealed, anchors, notes } = await gather(world, layout, config, options.checkpoint);
  const said = [...notes];
  const keys = await entryKeys(world, config, said);
  const { all, shard } = options;
  const about = anchors.anchors.filter((one) => shard === undefined || one.shard === shard);
  const strays = anchors.strays.filter((one) => shard === undefined || one.shard === shard);
  const stored = storedLog(layout.database, shard);
  try {
    if (shard !== undefined && about.length === 0 && stored.rows?.span(shard) === undefined)
      throw new CountersignError("usage", `the log has no part ${shard}`, {
        fix: "countersign audit head lists its parts.",
      });
    const progress = progressOf(world);
    const mine = { anchors: about, strays };
    const report = await verifyAudit({
      log: stored.log,
      anchors: mine,
      sealed,
      keys,
      all,
      progress,
      notes: said,
    });
    const why = await remember(layout, anchors.anchors);
    if (why !== undefined) world.terminal.err(`What was seen cannot be remembered: ${printable(why)}\n`);
    return report;
  } finally {
    stored.close();
  }
}

/** Nothing but what the person names: for an export in another folder, years later. */
async function ofFile(world: World, file: string, options: Options): Promise<Report> {
  const { sealer, checkpoint = [], all, shard } = options;
  if (sealer === undefined)
    throw new CountersignError("usage", "--sealer is missing: a file cannot vouch for its own key", {
      fix: "Pass --sealer PUB, the sealer's public key (trust/sealer.pub.pem).",
    });
  if (shard !== undefined || options.state !== undefined || options.repo !== undefined)
    throw new CountersignError("usage", "--file stands alone: no --shard, --state or --repo goes with it");
  const path = resolve(world.cwd, file);
  const key = readKey(resolve(world.cwd, sealer), "Name the sealer's public key (trust/sealer.pub.pem).");
  const anchors = offlineAnchors(world, checkpoint, key);
  const log = { rows: (from?: number) => exportRows(path, from), behind: "any" as const };
  return verifyAudit({ log, anchors, sealed: undefined, all, progress: progressOf(world) });
}

const PATIENCE_MS = 2000;

/** Silent for as long as a person waits without wondering. */
function progressOf({ now, terminal }: World): (entries: number) => void {
  const began = now();
  let told = began;
  return (entries) => {
    const at = now();
    if (at - began < PATIENCE_MS || at - told < PATIENCE_MS) return;
    told = at;
    terminal.err(`${entries} entries walked …\n`);
  };
}
