// `countersign audit verify`: does the log hold, how far is it sealed, and against what is it complete.
import { resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { shardPattern } from "../../core/audit/checkpoint.ts";
import { exportRows } from "../../io/store/export-file.ts";
import { openCommitments, withCommitments } from "../audit/commitments.ts";
import { offlineAnchors, partOf } from "../audit/offline.ts";
import type { Report } from "../audit/report.ts";
import { reportText } from "../audit/report-text.ts";
import { verifyAudit } from "../audit/verify.ts";
import { progressOf, withVerified } from "../audit/verify-state.ts";
import { readKey } from "../context.ts";
import type { World } from "../world.ts";
import { command, json, jsonOption, namesField, placeFields, placeOptions, printJson } from "./command.ts";

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
    {
      flags: "--names",
      about:
        "also open what entries committed to: personal data beside the log must be what was taken out of it",
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
    ...namesField,
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
  readonly names?: boolean | undefined;
}

function ofState(world: World, options: Options): Promise<Report> {
  if (options.sealer !== undefined)
    throw new CountersignError(
      "usage",
      "--sealer goes with --file; a state folder has pinned keys of its own",
    );
  return withVerified(world, options, ({ report, stored, keys, database }) =>
    options.names === true && stored.rows !== undefined
      ? withCommitments(report, openCommitments(stored.log, keys, database))
      : report,
  );
}

/** Nothing but what the person names: for an export in another folder, years later. */
async function ofFile(world: World, file: string, options: Options): Promise<Report> {
  const { sealer, checkpoint = [], all, shard } = options;
  if (options.names === true)
    throw new CountersignError(
      "usage",
      "--names needs the database: personal data is in no export of the log",
    );
  if (sealer === undefined)
    throw new CountersignError("usage", "--sealer is missing: a file cannot vouch for its own key", {
      fix: "Pass --sealer PUB, the sealer's public key (trust/sealer.pub.pem).",
    });
  if (shard !== undefined || options.state !== undefined || options.repo !== undefined)
    throw new CountersignError("usage", "--file stands alone: no --shard, --state or --repo goes with it");
  const path = resolve(world.cwd, file);
  const key = readKey(resolve(world.cwd, sealer), "Name the sealer's public key (trust/sealer.pub.pem).");
  const { doubts, ...anchors } = partOf(offlineAnchors(world, checkpoint, key), exportRows(path));
  const log = { rows: (from?: number) => exportRows(path, from), behind: "any" as const };
  return verifyAudit({
    log,
    anchors,
    sealed: undefined,
    all,
    progress: progressOf(world),
    doubts: () => doubts,
  });
}
