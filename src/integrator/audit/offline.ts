// Checkpoints that a person names for a file of lines, with the one key that they trust: no state folder, no configuration.
import type { TrustedKey } from "../../core/attestation/key.ts";
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

function deploymentIn(world: World, file: string): string {
  const bytes = readGiven(resolve(world.cwd, file));
  const claimed = claimedCheckpoint(parseProof(bytes)?.checkpoint ?? bytes);
  const [, deployment] = /^(.+)\/audit\/[^/]+$/.exec(claimed?.origin ?? "") ?? [];
  if (deployment !== undefined) return deployment;
  throw new CountersignError("usage", printable(`--checkpoint ${file}: it is no checkpoint of an audit log`));
}
