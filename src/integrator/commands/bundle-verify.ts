// `countersign bundle verify`: is a bundle whole and genuine, by the keys of whoever asks, without network and state folder.
import { resolve } from "node:path";
import { z } from "zod";
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
    { flags: "--attestation-key <file>", about: "the validator's public key (PEM), from its operator" },
    { flags: "--sealer-key <file>", about: "the sealer's public key (PEM), from its operator" },
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
    attestationKey: path.optional(),
    sealerKey: path.optional(),
    origin: z.string().min(1).max(200).optional(),
    logKey: z.array(path).optional(),
    state: path.optional(),
  }),
  run: async (world, args, options) => {
    const bytes = readFile(resolve(world.cwd, argument(args, 0, "the file")));
    const answer = examineBundle(bytes, await termsOf(world, options));
    if (options.json === true) printJson(world, answer);
    else print(world, answer);
    return answer.verdict === "verified" ? 0 : answer.verdict === "failed" ? 1 : 2;
  },
});

interface Options {
  readonly attestationKey?: string | undefined;
  readonly sealerKey?: string | undefined;
  readonly origin?: string | undefined;
  readonly logKey?: readonly string[] | undefined;
  readonly state?: string | undefined;
}

const ASK = "Ask the operator of the deployment for trust/attestation.pub.pem and trust/sealer.pub.pem.";

/** Never from the bundle: a file cannot vouch for its own keys. */
async function termsOf(world: World, options: Options): Promise<BundleTerms> {
  const { attestationKey, sealerKey, state, origin } = options;
  const given = logKeys(world, options.logKey ?? []);
  if (state !== undefined) {
    const beside = attestationKey ?? sealerKey;
    if (beside !== undefined)
      throw new CountersignError("usage", "--state and keys of your own name two places to trust", {
        fix: "Give the state folder, or both keys.",
      });
    return stateTerms(world, state, origin, given);
  }
  if (attestationKey === undefined || sealerKey === undefined) {
    const lacks = attestationKey === undefined ? "--attestation-key" : "--sealer-key";
    throw new CountersignError("usage", `${lacks} is missing: a bundle cannot vouch for its own keys`, {
      fix: `${ASK} --state DIR takes them from a state folder.`,
    });
  }
  return {
    attesters: [readKey(resolve(world.cwd, attestationKey), ASK)],
    sealers: [readKey(resolve(world.cwd, sealerKey), ASK)],
    keys: { current: undefined, others: given },
    origin,
  };
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

const style = { verified: "green", failed: "red", unknown: "yellow" } as const;
const word = { verified: "genuine", failed: "FAILED", unknown: "cannot tell" } as const;

function print({ terminal }: World, { verdict, why, where, facts }: BundleAnswer): void {
  const place = where === null ? "" : `${wholeLine(where)}: `;
  terminal.out(`${terminal.paint(style[verdict], word[verdict])}: ${place}${wholeLine(why)}\n`);
  const rows = Object.entries(facts).map(([name, value]) => [name, wholeLine(value)]);
  terminal.out(columns(rows, (cell, column) => (column === 0 ? terminal.paint("dim", cell) : cell)));
}
