// The required checks, in their order, and the one place that runs them: whatever a check does, an answer comes out.
import type { Check as CheckRecord } from "../../core/attestation/statement.ts";
import { CountersignError, type FailureCode } from "../../core/base/failure.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import { UnbuildableTree } from "../../io/exec/private-git.ts";
import type { Bench } from "../bench.ts";
import { asFinding, type Check, record } from "./check.ts";
import { excepted, tellIdle } from "./excepted.ts";
import { CheckFault, PassingFault } from "./fault.ts";
import { commandChecks } from "./command.ts";
import { dependenciesCheck } from "./dependencies.ts";
import { dispatchCheck } from "./dispatch.ts";
import { guardChecks } from "./guard.ts";
import { hiddenTextCheck } from "./hidden-text.ts";
import { limitsCheck } from "./limits.ts";
import { maskingCheck } from "./masking.ts";
import type { Matter } from "./matter.ts";
import { namespaceCheck } from "./namespace.ts";
import { orderCheck } from "./order.ts";
import { pathsCheck } from "./paths.ts";
import { scannerCheck } from "./scanner.ts";
import { secretsCheck } from "./secrets.ts";
import { staticAnalysisCheck } from "./static-analysis.ts";
import { structureCheck } from "./structure.ts";
import { treeCheck } from "./tree.ts";
import { wordsCheck } from "./words.ts";

/** The checks of every configuration. */
export const standingChecks: readonly Check[] = [
  orderCheck,
  wordsCheck,
  structureCheck,
  limitsCheck,
  pathsCheck,
  dependenciesCheck,
  dispatchCheck,
  namespaceCheck,
  maskingCheck,
  treeCheck,
  hiddenTextCheck,
];

/** Made once for a bench: rule packs are compiled for it. */
const made = new WeakMap<Bench, readonly Check[]>();

/** Every check of this configuration, in their order; a verdict without one of them is not an approval. */
export function checksOf(bench: Bench): readonly Check[] {
  const known = made.get(bench);
  if (known !== undefined) return known;
  const checks = checksFor(bench);
  made.set(bench, checks);
  return checks;
}

function checksFor(bench: Bench): readonly Check[] {
  const { scanners, sandbox } = bench;
  return [
    ...standingChecks,
    secretsCheck(bench),
    ...guardChecks(bench),
    staticAnalysisCheck(bench),
    ...scanners.map((use) => scannerCheck(use, sandbox)),
    ...commandChecks(bench),
  ];
}

export interface Ran {
  readonly records: readonly CheckRecord[];
  /** A check failed to run for a reason that may go away: full disk, slow machine, repository in motion. */
  readonly transient: CountersignError | undefined;
}

/** Run every check once. A check whose prerequisite did not pass is SKIPPED, one that throws is ERROR `check_error`. */
export async function runChecks(bench: Bench, matter: Matter, list: readonly Check[]): Promise<Ran> {
  const records: CheckRecord[] = [];
  const raw: TargetFinding[] = [];
  let transient: CountersignError | undefined;
  for (const check of list) {
    const ours = { name: check.tool, version: bench.versions[check.tool] };
    // What the others find names paths: nothing is said of an order whose very words hold a secret.
    const mute = records.some(({ id, result }) => id === wordsCheck.id && result === "FAILED");
    const held = mute || check.after.some((id) => !isPassable(records.find((done) => done.id === id)));
    if (held) {
      records.push(record(check, ours, "SKIPPED", []));
      continue;
    }
    try {
      const examined = await check.run(matter, records);
      if (check.exceptable === true) raw.push(...examined.findings);
      const { result, findings, tool } = excepted(bench, matter, check, examined);
      records.push(record(check, tool ?? ours, result, findings));
    } catch (cause) {
      transient ??= asTransient(cause);
      bench.log.error({ error: cause, patch: matter.id, check: check.id }, "check could not be carried out");
      records.push(record(check, ours, "ERROR", [erroneous(check.id, cause)]));
    }
  }
  if (records.every(isDone)) tellIdle(bench, matter, raw);
  return { records, transient };
}

/** The record of a check that could not be carried out. What went wrong is in the log: verdicts reach agents. */
function erroneous(id: string, cause: unknown): ReturnType<typeof asFinding> {
  if (cause instanceof CheckFault) return asFinding("error", cause.refusal);
  const why = cause instanceof UnbuildableTree ? ": git refuses a file name of the base" : "";
  return asFinding("error", refusal("check_error", `the check ${id} could not be carried out${why}`, id));
}

function isDone({ result }: CheckRecord): boolean {
  return result !== "SKIPPED" && result !== "ERROR";
}

function isPassable(done: CheckRecord | undefined): boolean {
  return done?.result === "PASSED" || done?.result === "WARNED";
}

const LASTING: readonly FailureCode[] = ["canonical_domain", "config_invalid", "key_unusable", "usage"];

/** Failures of ours with a name come from the world outside and are tried again; a bug gives the same answer again. */
function asTransient(cause: unknown): CountersignError | undefined {
  if (cause instanceof UnbuildableTree) return undefined;
  if (cause instanceof PassingFault) return new CountersignError("exec_failed", cause.message, { cause });
  if (cause instanceof CountersignError) return LASTING.includes(cause.code) ? undefined : cause;
  if (cause instanceof Error && "syscall" in cause)
    return new CountersignError("storage", cause.message, { cause });
  return undefined;
}
