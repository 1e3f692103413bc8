// Checkpoints that a person names for a file of lines, with the one key that they trust: no state folder, no configuration.
import type { TrustedKey } from "../../core/attestation/key.ts";
import { readLine } from "../../core/audit/chain.ts";
import type { WalkRow } from "../../core/audit/log-walk.ts";
import { claimedCheckpoint } from "../../core/audit/checkpoint.ts";
import { parseProof } from "../../core/audit/tlog-proof.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { World } from "../world.ts";
import { resolve } from "node:path";
import type { Anchors } from "./anchors.ts";
import { givenAnchors, readGiven } from "./gather.ts";

/** Throws `usage` unless all are checkpoints of one deployment: one file of lines is one log. */
export function offlineAnchors(world: World, files: readonly string[], sealer: TrustedKey): Anchors {
  const deployments = new Set(files.map((file) => deploymentIn(world, file)));
  const [deployment, other] = [...deployments];
  if (deployment === undefined) return { anchors: [], strays: [] };
  if (other !== undefined)
    throw new CountersignError(
      "usage",
      printable(`the checkpoints are of two logs: ${deployment} and ${other}`),
    );
  return givenAnchors(world, files, { deployment, sealers: [sealer], attesters: [] });
}

export interface PartAnchors extends Anchors {
  readonly doubts: readonly string[];
}

/**
 * A file may begin anywhere in the log, by choice or because somebody cut it: what is before its first line nobody can tell.
 * A checkpoint of an earlier month is about what the file does not claim to hold.
 */
export function partOf({ anchors, strays }: Anchors, rows: Iterable<WalkRow>): PartAnchors {
  const first = firstOf(rows);
  if (first === undefined) return { anchors, strays, doubts: [] };
  const { shard, seq } = first;
  const earlier = anchors.filter((one) => one.shard < shard);
  const inside =
    seq === 0 ? [] : [`the file begins inside ${shard}, at entry ${seq}: what was before is not in it`];
  const without = earlier.map(
    ({ name, shard: of }) => `the file begins behind ${of}, which ${name} is about`,
  );
  return {
    anchors: anchors.filter((one) => !earlier.includes(one)),
    strays,
    doubts: [...inside, ...without].map((doubt) => printable(doubt)),
  };
}

function firstOf(rows: Iterable<WalkRow>): { readonly shard: string; readonly seq: number } | undefined {
  for (const { line } of rows) {
    const read = line === null ? undefined : readLine(line);
    if (read?.ok !== true) return undefined;
    return read.said.kind === "plain" ? read.said.entry : read.said.sealed;
  }
  return undefined;
}

function deploymentIn(world: World, file: string): string {
  const bytes = readGiven(resolve(world.cwd, file));
  const claimed = claimedCheckpoint(parseProof(bytes)?.checkpoint ?? bytes);
  const [, deployment] = /^(.+)\/audit\/[^/]+$/.exec(claimed?.origin ?? "") ?? [];
  if (deployment !== undefined) return deployment;
  throw new CountersignError("usage", printable(`--checkpoint ${file}: it is no checkpoint of an audit log`));
}
