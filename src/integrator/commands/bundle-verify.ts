// `countersign bundle verify`: is a bundle whole and genuine, by the keys of whoever asks, without network and state folder.
import { resolve } from "node:path";
import { z } from "zod";
import type { KeyRole } from "../../core/attestation/key-record.ts";
import type { TrustedKey } from "../../core/attestation/key.ts";
import { type AuditKey, auditKey, type AuditKeys } from "../../core/audit/sealed-line.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import { roleKeys } from "../../io/file/keyring.ts";
import { readBounded } from "../../io/file/read.ts";
import { readSecretFile } from "../../io/secrets/file.ts";
import { auditKeysIfThere } from "../audit-keys.ts";
import { configOf } from "../audit/gather.ts";
import { type BundleAnswer, type BundleTerms, examineBundle } from "../bundle/examine.ts";
import { MAX_BUNDLE_BYTES } from "../bundle/file.ts";
import { findState, readKey } from "../context.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import { argument, command, json, jsonOption, printJson } from "./command.ts";

const path = z.string().min(1).max(4096);

export const bundleVerify = command({
  usage: "bundle verify <file>",
  about:
    "check a bundle of a patch or an incident: every member, the log's proofs, and the seal on all of it",
  options: [
    {
      flags: "--attestation-key <file...>",
      about: "the validator's public keys (PEM), from its operator: all that it had, since keys are rotated",
    },
    {
      flags: "--sealer-key <file...>",
      about: "the sealer's public keys (PEM), from its operator: all of them",
    },
    {
      flags: "--origin <name>",
      about:
        "the deployment whose log it has to be (default: of the state folder, or whichever the keys signed)",
    },
    { flags: "--log-key <file...>", about: "keys of an encrypted log, 64 hexadecimal characters each" },
    { flags: "--state <dir>", about: "take keys and name from this state folder instead" },
    jsonOption,
  ],
  schema: z.strictObject({
    ...json,
    attestationKey: z.array(path).optional(),
    sealerKey: z.array(path).optional(),
    origin: z.string().min(1).max(200).optional(),
    logKey: z.array(path).optional(),
    state: path.optional(),
  }),
  run: async (world, args, options) => {
    const bytes = readFile(
      resolve(world.cwd, argument(args, 0, "the file, in front of options that take several,")),
    );
    const answer = examineBundle(bytes, await termsOf(world, options));
    if (options.json === true) printJson(world, answer);
    else print(world, answer);
    if (answer.verdict === "failed" && options.state === undefined)
      world.terminal.err(
        "A key that was rotated out counts for what it signed: name all that the operator gave you.\n",
      );
    return answer.verdict === "verified" ? 0 : answer.verdict === "failed" ? 1 : 2;
  },
});

interface Options {
  readonly attestationKey?: readonly string[] | undefined;
  readonly sealerKey?: readonly string[] | undefined;
  readonly origin?: string | undefined;
  readonly logKey?: readonly string[] | undefined;
  readonly state?: string | undefined;
}

const ASK =
  "Ask the operator of the deployment for trust/keys.json and every public key beside it: trust/attestation*.pub.pem and trust/sealer*.pub.pem.";

/** Never from the bundle: a file cannot vouch for its own keys. */
async function termsOf(world: World, options: Options): Promise<BundleTerms> {
  const { attestationKey, sealerKey, state, origin } = options;
  const given = logKeys(world, options.logKey ?? []);
  if (state !== undefined) {
    const beside = attestationKey ?? sealerKey;
    if (beside !== undefined)
      throw new CountersignError("usage", "--state and keys of your own name two places to trust", {
        fix: "Give the state folder, or keys of both roles.",
      });
    return stateTerms(world, state, origin, given);
  }
  if (attestationKey === undefined || sealerKey === undefined) {
    const lacks = attestationKey === undefined ? "--attestation-key" : "--sealer-key";
    throw new CountersignError("usage", `${lacks} is missing: a bundle cannot vouch for its own keys`, {
      fix: `${ASK} --state DIR takes them from a state folder.`,
    });
  }
  const attesters = keysOf(world, attestationKey, "attestation");
  const sealers = keysOf(world, sealerKey, "sealer");
  const both = attesters.find(({ keyid }) => sealers.some((one) => one.keyid === keyid));
  if (both !== undefined) throw oneRole(`the key ${both.keyid}`, "of one role, and is named for both");
  return { attesters, sealers, keys: { current: undefined, others: given }, origin };
}

/** Whoever could exchange the two roles would have checkpoints signed by what signs verdicts. */
function keysOf(world: World, files: readonly string[], role: KeyRole): readonly TrustedKey[] {
  return files.map((file) => {
    const key = readKey(resolve(world.cwd, file), ASK);
    if (key.life === undefined || key.life.role === role) return key;
    throw oneRole(file, `the ${key.life.role} key, not the ${role} key`);
  });
}

function oneRole(what: string, is: string): CountersignError {
  return new CountersignError("usage", `${what} is ${is}`, {
    fix: "Name the keys of each role with its own option.",
  });
}

async function stateTerms(
  world: World,
  state: string,
  origin: string | undefined,
  given: readonly AuditKey[],
): Promise<BundleTerms> {
  const layout = await findState(world, { state });
  const config = configOf(world, layout, {});
  const { keys } = await auditKeysIfThere(world, config);
  return {
    attesters: roleKeys(layout.trust, "attestation"),
    sealers: roleKeys(layout.trust, "sealer"),
    keys: { ...keys, others: [...keys.others, ...given] } satisfies AuditKeys,
    origin: origin ?? deploymentOf(config),
  };
}

function logKeys(world: World, files: readonly string[]): readonly AuditKey[] {
  return files.map((file) => {
    const key = auditKey(readSecretFile(resolve(world.cwd, file), world.uid));
    if (key !== undefined) return key;
    throw new CountersignError("usage", `--log-key ${file}: it does not hold 64 hexadecimal characters`);
  });
}

function readFile(file: string): Uint8Array {
  const read = readBounded(file, MAX_BUNDLE_BYTES);
  if (read.kind === "found") return read.bytes;
  throw new CountersignError("usage", `${file} ${read.kind === "absent" ? "is not there" : read.why}`, {
    fix: "Name a file that countersign bundle or countersign incident export wrote.",
  });
}

const style = { verified: "green", failed: "red", unknown: "yellow", revoked: "red" } as const;
const word = {
  verified: "genuine",
  failed: "FAILED",
  unknown: "cannot tell",
  revoked: "REVOKED KEY",
} as const;

function print({ terminal }: World, { verdict, why, where, facts }: BundleAnswer): void {
  const place = where === null ? "" : `${wholeLine(where)}: `;
  terminal.out(`${terminal.paint(style[verdict], word[verdict])}: ${place}${wholeLine(why)}\n`);
  const rows = Object.entries(facts).map(([name, value]) => [name, wholeLine(value)]);
  terminal.out(columns(rows, (cell, column) => (column === 0 ? terminal.paint("dim", cell) : cell)));
}
