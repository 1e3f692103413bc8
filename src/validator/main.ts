// The validator's command line: `validator`, `keys new|list`, `evidence sign` and `schema sign`.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { type KeyRole, keyRoles } from "../core/attestation/key-life.ts";
import { environmentOverrides, flagOverrides } from "../core/config/overrides.ts";
import { CountersignError } from "../core/base/failure.ts";
import { closeInherited } from "../io/file/inherited.ts";
import { compose, findState, foldersWithoutKeys, probePlace, stopSignal } from "./compose.ts";
import { probe } from "./probe.ts";
import { serve } from "./serve.ts";
import { missingRoles, newKey } from "./signing/keygen.ts";
import { listKeys, type ListedKey } from "./signing/trusted.ts";
import { addSigningWords } from "./signing/words.ts";

interface ValidatorOptions {
  readonly state?: string;
  readonly config?: string;
  readonly once?: true;
  readonly withParent?: true;
  /** `key=value`, as given. */
  readonly set?: readonly string[];
}

async function runValidator({ state, config, once, withParent, set = [] }: ValidatorOptions): Promise<void> {
  const stop = stopSignal(withParent === true);
  const overrides = [...environmentOverrides(process.env), ...flagOverrides(set)];
  const { bench, lock, progress, configurationNow } = await compose(
    await findState(state),
    config,
    overrides,
  );
  try {
    bench.log.info({ key: bench.signer.key.keyid, git: bench.git.version }, "validator started");
    void bench.inspector.warm();
    await serve(bench, { once: once === true, stop, progress, configurationNow });
  } finally {
    await bench.inspector.close();
    lock.release();
  }
}

interface NewKeyOptions {
  readonly state?: string;
  readonly out?: string;
  readonly repo?: string;
  readonly role?: KeyRole;
}

/** A folder of its own gets one pair: that is the key of a CI job, or a key that is carried elsewhere. */
async function runKeysNew({ state, out, repo, role }: NewKeyOptions): Promise<void> {
  const places = out === undefined ? await findState(state) : undefined;
  const folder = out === undefined ? undefined : resolve(out);
  const repositories = await foldersWithoutKeys(
    places,
    repo === undefined ? undefined : resolve(repo),
    folder,
  );
  const at = { keys: folder ?? places?.keys ?? "", trust: folder ?? places?.trust ?? "", repositories };
  const roles = role === undefined ? (out === undefined ? missingRoles(at) : undefined) : [role];
  for (const made of (roles ?? ["attestation"]).map((each) => newKey(at, each)))
    process.stdout.write(
      `${made.role} ${made.keyid}\n  private  ${made.privateFile}\n  public   ${made.publicFile}\n`,
    );
}

async function runKeysList({ state, json }: { state?: string; json?: true }): Promise<void> {
  const places = await findState(state);
  const keys = listKeys(places.keys, places.trust, await foldersWithoutKeys(places, undefined, undefined));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ keys: keys.map(inJson) }, undefined, 2)}\n`
      : keys.map(inText).join(""),
  );
}

function inJson({ keyid, problem, ...key }: ListedKey): unknown {
  return { ...key, keyid: keyid ?? null, problem: problem ?? null };
}

function inText({ kind, file, mode, keyid, trusted, problem }: ListedKey): string {
  return `${keyid ?? "unusable"}  ${kind}  ${mode}  ${trusted ? "trusted" : "not trusted"}  ${file}${problem === undefined ? "" : `\n  ${problem}`}\n`;
}

/** For the doctor; whoever runs it needs no key. */
async function runProbe({ state, config }: { state?: string; config?: string }): Promise<void> {
  const around = await probePlace(await findState(state), config);
  process.stdout.write(`${JSON.stringify(await probe(around))}\n`);
}

function commandLine(): Command {
  const program = new Command("countersign").exitOverride();
  program
    .command("validator")
    .description("publish the repository and judge proposals, until stopped")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .option("--set <key=value...>", "override keys of the configuration (not those of the policy)")
    .option("--once", "publish, judge what is there, and end")
    .option("--with-parent", "end when standard input ends")
    .action(runValidator);
  program
    .command("probe")
    .description("say which sandbox and which scanners can be used here, as JSON; needs no key")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .action(runProbe);
  const keys = program.command("keys").description("keys that sign verdicts and checkpoints");
  keys
    .command("new")
    .description("make the key pairs that are missing; nothing is overwritten")
    .option("--state <dir>", "state folder")
    .addOption(new Option("--role <role>", "only this one").choices([...keyRoles]))
    .option("--out <dir>", "put both halves of one key into this folder instead")
    .option("--repo <dir>", "repository outside of which the key must lie")
    .action(runKeysNew);
  keys
    .command("list")
    .description("show keys and whether they are trusted")
    .option("--state <dir>", "state folder")
    .option("--json", "as JSON")
    .action(runKeysList);
  addSigningWords(program, {
    now: Date.now,
    random: randomBytes,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
  });
  return program;
}

/** Exit codes: 0 done, 1 failed, 2 cannot tell (usage, configuration, key), 74 storage, 75 try again: another validator runs, or the configuration changed. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await commandLine().parseAsync(argv, { from: "user" });
    return 0;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
    if (!(cause instanceof CountersignError)) throw cause;
    process.stderr.write(
      `countersign: ${cause.message} [${cause.code}]\n${cause.fix === undefined ? "" : `  ${cause.fix}\n`}`,
    );
    return cause.exitCode;
  }
}

closeInherited();
process.exitCode = await main(process.argv.slice(2));
