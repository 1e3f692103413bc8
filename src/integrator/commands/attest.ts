// `countersign attest verify`: is this attestation genuine, and is this branch the one that was attested.
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { MAX_ENVELOPE_BYTES } from "../../core/attestation/envelope.ts";
import { becameOf } from "../../core/attestation/key-life.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { parsePublication, parseVerdict } from "../../core/attestation/statement.ts";
import { verifyAttestation } from "../../core/attestation/verify.ts";
import { sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { millisOf } from "../../core/base/time.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { findGit, openRepository } from "../../io/exec/git.ts";
import { resolveState } from "../../io/file/state.ts";
import { readKey, trustedKeys } from "../context.ts";
import { findRepository } from "../git/repository.ts";
import { type BranchAnswer, verifyBranch } from "../git/verify-branch.ts";
import { columns } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson } from "./command.ts";

const path = z.string().min(1).max(4096).optional();

export const attestVerify = command({
  usage: "attest verify <file-or-branch>",
  about: "verify an attestation FILE with --key, or with --repo a landed BRANCH of any clone",
  options: [
    {
      flags: "--key <file>",
      about:
        "the validator's public key (PEM); for a branch the default is the one pinned in the state folder",
    },
    { flags: "--patch <file>", about: "the patch that the attestation must be about" },
    { flags: "--repo <dir>", about: "verify a branch of this repository instead of a file" },
    { flags: "--state <dir>", about: "the state folder whose pinned key is used" },
    jsonOption,
  ],
  schema: z.strictObject({ ...json, key: path, patch: path, repo: path, state: path }),
  run: async (world, args, options) => {
    const subject = argument(args, 0, "the file or branch");
    const answer =
      options.repo === undefined
        ? verifyFile(world, subject, options)
        : await branch(world, options.repo, subject, options);
    if (options.json === true) printJson(world, answer);
    else print(world, answer);
    return answer.verdict === "verified" ? 0 : answer.verdict === "failed" ? 1 : 2;
  },
});

interface Options {
  readonly key?: string | undefined;
  readonly patch?: string | undefined;
  readonly state?: string | undefined;
}

/** What was signed while the key was good stays good; whoever reads it may still want to know what became of the key. */
function withNews(answer: BranchAnswer, keys: readonly TrustedKey[], now: number): BranchAnswer {
  const life = keys.find(({ keyid }) => keyid === answer.facts["key"])?.life;
  const news = life === undefined ? undefined : becameOf(life, now);
  return news === undefined || answer.verdict === "failed"
    ? answer
    : { ...answer, why: `${answer.why}; ${news}` };
}

function verifyFile(world: World, name: string, options: Options): BranchAnswer {
  if (options.key === undefined) {
    throw new CountersignError("usage", "--key is missing: a file cannot vouch for its own key", {
      fix: "Pass --key PUB, the validator's public key.",
    });
  }
  const key = readKey(resolve(world.cwd, options.key));
  const verified = verifyAttestation(readBytes(resolve(world.cwd, name)), [key]);
  if (!verified.ok) return failed(verified.refusal);
  const { payload } = verified.value;
  const verdict = parseVerdict(payload);
  if (!verdict.ok) return verifyPublication(payload, key, verdict.refusal, options);
  const { predicate, subject, predicateType } = verdict.value;
  const { outcome, expires } = predicate;
  const digest = subject[0].digest.sha256;
  const facts = {
    key: key.keyid,
    statement: `sha256:${sha256(payload)}`,
    type: predicateType,
    outcome,
    patch_id: predicate.patchId,
    patch_sha256: digest,
    result_tree: subject[1]?.digest.gitTree ?? "none",
    base: predicate.base.digest.gitCommit,
    expires,
  };
  if (options.patch !== undefined && sha256(readBytes(resolve(world.cwd, options.patch))) !== digest) {
    return { verdict: "failed", why: "the attestation is genuine, but about another patch", facts };
  }
  const late = millisOf(expires) > world.now() ? "" : `; it expired at ${expires}`;
  // Whoever reads only the first line or the exit code must not take a genuine refusal for an approval.
  const answer: BranchAnswer = {
    verdict: outcome === "REJECTED" ? "failed" : "verified",
    why: `the verdict is ${outcome}, and the signature is the key's${late}`,
    facts,
  };
  return withNews(answer, [key], world.now());
}

/** The manifest's publication is an attestation as well. */
function verifyPublication(
  payload: Uint8Array,
  key: TrustedKey,
  otherwise: Refusal,
  options: Options,
): BranchAnswer {
  const publication = parsePublication(payload);
  if (!publication.ok) return failed(otherwise);
  const { predicate, subject, predicateType } = publication.value;
  const facts = {
    key: key.keyid,
    type: predicateType,
    manifest: subject[0].digest.sha256,
    commit: predicate.commit,
    ref: predicate.ref,
  };
  if (options.patch !== undefined)
    return { verdict: "failed", why: "the attestation is about a manifest, not a patch", facts };
  return { verdict: "verified", why: "the signature is the key's", facts };
}

async function branch(world: World, repo: string, name: string, options: Options): Promise<BranchAnswer> {
  const git = await findGit(world.env["PATH"] ?? "", 30_000);
  const place = await findRepository(git, resolve(world.cwd, repo));
  const keys =
    options.key === undefined
      ? pinned(world, place, options.state)
      : [readKey(resolve(world.cwd, options.key))];
  const patch = options.patch === undefined ? undefined : readBytes(resolve(world.cwd, options.patch));
  const answer = await verifyBranch(git, await openRepository(git, place.path), name, { keys, patch });
  return withNews(answer, keys, world.now());
}

/** The key of the state folder of this repository, or none: a clone elsewhere has none, and the ref's own key is no proof. */
function pinned(
  world: World,
  repository: { path: string; gitDir: string },
  state: string | undefined,
): readonly TrustedKey[] {
  try {
    return trustedKeys(resolveState({ flag: state, env: world.env, cwd: world.cwd, repository }));
  } catch (cause) {
    if (cause instanceof CountersignError && state === undefined) return [];
    throw cause;
  }
}

function failed({ code, message }: Refusal): BranchAnswer {
  return { verdict: "failed", why: `${code}: ${message}`, facts: {} };
}

const MAX_INPUT = 4 * MAX_ENVELOPE_BYTES;

function readBytes(file: string): Uint8Array {
  try {
    if (statSync(file).size > MAX_INPUT) throw new RangeError(`larger than ${MAX_INPUT} bytes`);
    return readFileSync(file);
  } catch (cause) {
    throw new CountersignError(
      "usage",
      `cannot read ${file}: ${cause instanceof Error ? cause.message : "unknown"}`,
      { cause },
    );
  }
}

const style = { verified: "green", failed: "red", unknown: "yellow" } as const;
const word = { verified: "verified", failed: "FAILED", unknown: "cannot tell" } as const;

function print(world: World, { verdict, why, facts }: BranchAnswer): void {
  const { terminal } = world;
  terminal.out(`${terminal.paint(style[verdict], word[verdict])}: ${why}\n`);
  terminal.out(
    columns(Object.entries(facts), (cell, column) => (column === 0 ? terminal.paint("dim", cell) : cell)),
  );
}
