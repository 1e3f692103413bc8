// The validator's command line: `validator`, `keys new|list|rotate`, `evidence sign` and `schema sign`.
import { randomBytes } from "node:crypto";
import { Command, CommanderError } from "commander";
import { shardPattern } from "../core/audit/checkpoint.ts";
import { environmentOverrides, flagOverrides } from "../core/config/overrides.ts";
import { CountersignError } from "../core/base/failure.ts";
import { closeInherited } from "../io/file/inherited.ts";
import { compose, findState, foldersWithoutKeys, probePlace, stopSignal } from "./compose.ts";
import { probe } from "./probe.ts";
import { serve } from "./serve.ts";
import { addKeyWords } from "./signing/key-words.ts";
import { addSigningWords } from "./signing/words.ts";

interface ValidatorOptions {
  readonly state?: string;
  readonly config?: string;
  readonly once?: true;
  readonly withParent?: true;
  readonly admitMonth?: string;
  /** `key=value`, as given. */
  readonly set?: readonly string[];
}

/** An open standard input keeps this process alive: its parent would wait for the end of one that serves no more. */
async function runValidator(options: ValidatorOptions): Promise<void> {
  const stop = stopSignal(options.withParent === true);
  try {
    await runUntil(stop, options);
  } finally {
    if (options.withParent === true) process.stdin.destroy();
  }
}

async function runUntil(stop: AbortSignal, options: ValidatorOptions): Promise<void> {
  const { state, config, once, admitMonth, set = [] } = options;
  const overrides = [...environmentOverrides(process.env), ...flagOverrides(set)];
  const { bench, lock, progress, configurationNow, keys, sealing } = await compose(
    await findState(state),
    config,
    overrides,
    admitMonth === undefined ? undefined : monthIn(admitMonth),
  );
  try {
    bench.log.info({ key: bench.signer.key.keyid, git: bench.git.version }, "validator started");
    void bench.inspector.warm();
    await serve(bench, { once: once === true, stop, progress, configurationNow, keys });
    if (once === true) await sealing.sealNow();
  } finally {
    await sealing.stop();
    await bench.inspector.close();
    lock.release();
  }
}

function monthIn(text: string): string {
  if (shardPattern.test(text)) return text;
  throw new CountersignError("usage", `--admit-month ${text} is no month like 2027-03`);
}

/** For the doctor; whoever runs it needs no key. */
async function runProbe({ state, config }: { state?: string; config?: string }): Promise<void> {
  const around = await probePlace(await findState(state), config);
  process.stdout.write(`${JSON.stringify(await probe(around))}\n`);
}

const out = (text: string): void => void process.stdout.write(text);

function commandLine(): Command {
  const program = new Command("countersign").exitOverride();
  program
    .command("validator")
    .description("publish the repository and judge proposals, until stopped")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .option("--set <key=value...>", "override keys of the configuration (not those of the policy)")
    .option("--once", "publish, judge what is there, and end")
    .option(
      "--admit-month <month>",
      "seal this month of the log, although the clock or the order of months speaks against it",
    )
    .option("--with-parent", "end when standard input ends")
    .action(runValidator);
  program
    .command("probe")
    .description("say which sandbox and which scanners can be used here, as JSON; needs no key")
    .option("--state <dir>", "state folder")
    .option("--config <file>", "configuration, instead of the one in the state folder")
    .action(runProbe);
  addKeyWords(program, { findState, foldersWithoutKeys, now: Date.now, env: process.env, out });
  addSigningWords(program, {
    now: Date.now,
    random: randomBytes,
    cwd: process.cwd(),
    out,
  });
  return program;
}

/** Exit codes: 0 done, 1 failed, 2 cannot tell (usage, configuration, key), 74 storage, 75 try again: another validator runs, or the configuration or a key changed. */
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
