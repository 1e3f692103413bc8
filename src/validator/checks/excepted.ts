// What is left of a check's answer when the operator's exceptions are taken off; what they let pass stays in the verdict.
import { namedPaths } from "../../core/proposal/diff-model.ts";
import { exceptionsOf } from "../../core/rules/exceptions.ts";
import type { Bench } from "../bench.ts";
import { type Check, type Examined, judgedBy } from "./check.ts";
import type { Matter } from "./matter.ts";

/**
 * The result is computed anew from what counts still. An answer that does not say which of its findings block, and one of
 * a check that does not know exceptions, stays as it is.
 */
export function excepted(
  { log, setup }: Pick<Bench, "log" | "setup">,
  matter: Pick<Matter, "id" | "now" | "files">,
  check: Pick<Check, "id" | "exceptable">,
  examined: Examined,
): Examined {
  const { findings, blocking } = examined;
  const patch = matter.files();
  if (check.exceptable !== true || blocking === undefined || !patch.ok) return examined;
  const files = new Set<string>(namedPaths(patch.value));
  const exceptions = exceptionsOf(setup.config.rules);
  const sift = (some: Examined["findings"]): ReturnType<typeof exceptions.sift> =>
    exceptions.sift(some, files, matter.now);
  const [blocks, asks] = [sift(findings.slice(0, blocking)), sift(findings.slice(blocking))];
  const passed = [...blocks.passed, ...asks.passed];
  if (passed.length === 0) return examined;
  // The reference and not the path: a path is an agent's words, and may hold what no log may.
  for (const { rule, refusal } of passed)
    log.info({ patch: matter.id, check: check.id, rule, ref: refusal.ref }, "finding let pass");
  const left = judgedBy(blocks.left, asks.left);
  // Last: a verdict holds a limited number of findings, and what counts comes first.
  return { ...examined, ...left, findings: [...left.findings, ...passed] };
}

/** Tells the operator of suppressions that the patched files have and no finding needs, or that are over. */
export function tellIdle(
  { log, setup }: Pick<Bench, "log" | "setup">,
  { id, now, files }: Pick<Matter, "id" | "now" | "files">,
  findings: Examined["findings"],
): void {
  const patch = files();
  if (!patch.ok) return;
  const idle = exceptionsOf(setup.config.rules).idle(findings, new Set(namedPaths(patch.value)), now);
  for (const { rule, expires } of idle)
    log.warn(
      { patch: id, rule, expires },
      "a suppression of [rules] lets nothing pass: expired, or not needed",
    );
}
